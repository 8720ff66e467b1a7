"""The walk itself: what a person can do, from a name and a password to tokens.

Nothing here knows of requests, forms or pages. What comes next is returned; refusals are raised as the
`CognitoError` they were, after they have been written down. Both functions of SRP and those of a remembered
device make their calls within one request, so no password ever enters the session.
"""

from collections.abc import Mapping
from dataclasses import replace

from cognito_portal import clients, throttle
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.errors import Cause, CognitoError
from cognito_portal.cognito.srp import SrpHandshake
from cognito_portal.cognito.types import AuthFlow, ChallengeName
from cognito_portal.signin import devices, used_codes
from cognito_portal.signin.attempt import Attempt, Beginning
from cognito_portal.signin.automatic import DEVICE_STEPS, VERIFY, Ask, Hand, associate, next_ask, respond
from cognito_portal.signin.devices import Device
from cognito_portal.signin.run import DEVICE_LOST, Run, is_device_lost
from cognito_portal.signin.session import State
from cognito_portal.signin.walk import Walk, person_of

# Whoever has a code sent does not try a secret: it is counted by itself, so that nobody is flooded with codes.
_SENDS_CODE = frozenset({"EMAIL_OTP", "EMAIL_MFA", "SMS_OTP", "SMS_MFA"})
_SENDS_TO = frozenset({"EMAIL", "PHONE_NUMBER"})


class CodeReused(Exception):
    """This code of an authenticator app signed this person in a moment ago; nothing was sent."""


def start(
    walk: Walk,
    *,
    attempt_id: str,
    username: str,
    password: str = "",
    flow: AuthFlow | None = None,
    remember: bool = False,
    goal: str = "",
) -> State:
    """Begin a sign-in with InitiateAuth, by `flow` or by the one that the settings name.

    Raises `throttle.Throttled` and `record.AlreadyTaken` (nothing was sent), `CognitoError` (refused or no
    answer; the log knows why) and `record.AuditUnavailable` (nothing was sent, or nothing was granted).
    """
    chosen = flow or clients.auth_flow()
    run = Run(
        walk=walk,
        event=Event.SIGNIN_STARTED if password else Event.SIGNIN_USERNAME_SENT,
        attempt_id=attempt_id,
        turn=0,
        person=record.Person(pool_id=walk.client.pool_id, typed=username),
        beginning=Beginning(username=username, flow=chosen, password=password, remember=remember, goal=goal),
        is_first=True,
    )
    return _begin(run, forced=flow is not None)


def renew(walk: Walk, attempt: Attempt, *, password: str) -> State:
    """Put a fresh Session in the place of one that ran out, with the temporary password once more (D5).

    The name is the attempt's, never one that was typed again. Raises what `start` raises.
    """
    run = Run(
        walk=walk,
        event=Event.SIGNIN_RENEWED,
        attempt_id=attempt.attempt_id,
        turn=attempt.turn,
        person=person_of(attempt),
        beginning=Beginning(
            username=attempt.username,
            flow=attempt.flow,
            password=password,
            remember=attempt.remember,
            goal=attempt.goal,
        ),
        renewing=attempt,
    )
    return _begin(run, forced=False)


def answer(walk: Walk, attempt: Attempt, responses: Mapping[str, str], *, password: str = "") -> State:
    """Answer the attempt's challenge with RespondToAuthChallenge. Raises what `start` raises.

    `responses` are AWS's ChallengeResponses without USERNAME and SECRET_HASH. `password` is given where it
    is one that they, or an answer that follows by itself, rest on.
    """
    run = _answering(walk, attempt, password=password)
    if responses.get("ANSWER") in _SENDS_CODE or not _SENDS_TO.isdisjoint(responses):
        run = replace(run, event=Event.SIGNIN_CODE_REQUESTED)
    hand = Hand(device=_device_for(walk, attempt.username))
    return run.carry_out(
        Ask(step=attempt.challenge, send=lambda: respond(walk, attempt, responses), hand=hand)
    )


def answer_by_password(walk: Walk, attempt: Attempt, *, password: str) -> State:
    """Answer SELECT_CHALLENGE, PASSWORD or PASSWORD_SRP with a password, by whichever way the pool offers.

    Raises LookupError where the challenge takes no password, and what `start` raises.
    """
    hand = Hand(password=password, device=_device_for(walk, attempt.username))
    ask = next_ask(walk, attempt, None, hand)
    if ask is None:
        raise LookupError("this challenge takes no password")
    return _answering(walk, attempt, password=password).carry_out(ask)


def answer_with_app_code(walk: Walk, attempt: Attempt, *, code: str) -> State:
    """Answer SOFTWARE_TOKEN_MFA. Raises `CodeReused` for a code that was right a moment ago, and as `start`."""
    hand = Hand(device=_device_for(walk, attempt.username))
    responses = {"SOFTWARE_TOKEN_MFA_CODE": code}
    ask = Ask(step=attempt.challenge, send=lambda: respond(walk, attempt, responses), hand=hand)
    return _with_code(_answering(walk, attempt), ask, code)


def set_up_app(walk: Walk, attempt: Attempt) -> State:
    """Ask for the secret of an authenticator app, in MFA_SETUP. Raises what `start` raises."""
    return _answering(walk, attempt).carry_out(associate(walk, attempt, Hand()))


def verify_app(walk: Walk, attempt: Attempt, *, code: str, device_name: str = "") -> State:
    """Prove with a first code that the app is set up, then answer MFA_SETUP. Raises as `answer_with_app_code`."""
    session = attempt.cognito_session
    ask = Ask(
        step=VERIFY,
        send=lambda: walk.client.verify_software_token(
            code=code, session=session, friendly_device_name=device_name or None
        ),
        hand=Hand(),
    )
    return _with_code(_answering(walk, attempt), ask, code)


def record_refused_input(
    walk: Walk,
    *,
    step: str,
    username: str = "",
    attempt: Attempt | None = None,
    outcome: Outcome = Outcome.INPUT_REFUSED,
) -> None:
    """Write down that a form was refused before any call."""
    typed = record.Person(pool_id=walk.client.pool_id, typed=username) if username else None
    record.note_bounded(
        event=Event.SIGNIN_INPUT_REFUSED,
        outcome=outcome,
        by=walk.by,
        step=step,
        attempt_id=attempt.attempt_id if attempt else "",
        person=person_of(attempt) if attempt else typed,
        client_id=walk.client.client_id,
    )


def _begin(run: Run, *, forced: bool) -> State:
    device = _device_for(run.walk, run.beginning.username)
    try:
        return run.carry_out(_first_ask(run, device))
    except CognitoError as error:
        again = _another_way(run, error, device, forced=forced)
        if again is None:
            raise
    return again.carry_out(_first_ask(again, None if again.beginning.flow == run.beginning.flow else device))


def _another_way(run: Run, error: CognitoError, device: Device | None, *, forced: bool) -> Run | None:
    """The same sign-in, begun once more without what Cognito did not know, or None where that is no help."""
    cause = error.meaning.cause
    again = replace(run, turn=run.next_turn, event=run.event)
    if cause is Cause.FLOW_NOT_ENABLED and not forced:
        other = clients.another_auth_flow(run.beginning.flow)
        return replace(again, beginning=replace(run.beginning, flow=other)) if other else None
    if device is None:
        return None
    if run.step in DEVICE_STEPS:
        return again if is_device_lost(error) else None
    if cause in DEVICE_LOST:
        devices.forget(pool_id=device.pool_id, sub=device.sub, device_key=device.device_key)
        return again
    return None


def _first_ask(run: Run, device: Device | None) -> Ask:
    walk, username, password = run.walk, run.beginning.username, run.beginning.password
    if run.beginning.flow == AuthFlow.ADMIN_USER_PASSWORD_AUTH:
        return Ask(
            step="AdminInitiateAuth",
            send=lambda: walk.client.admin_initiate_auth(username=username, password=password),
            hand=Hand(password=password),
        )
    flow = AuthFlow(run.beginning.flow)
    parameters, hand = _parameters(walk, flow, Hand(password=password, device=device))
    if device is not None:
        parameters |= {"DEVICE_KEY": device.device_key}
    return Ask(
        step="InitiateAuth",
        send=lambda: walk.client.initiate_auth(username=username, flow=flow, parameters=parameters),
        hand=hand,
    )


def _parameters(walk: Walk, flow: AuthFlow, hand: Hand) -> tuple[dict[str, str], Hand]:
    """The AuthParameters of a flow beside the name, and what is in hand for the challenges that follow."""
    if flow is AuthFlow.USER_PASSWORD_AUTH:
        return {"PASSWORD": hand.password}, replace(hand, password="")
    if flow is AuthFlow.USER_AUTH:
        preferred = {"PREFERRED_CHALLENGE": ChallengeName.PASSWORD.value, "PASSWORD": hand.password}
        return (preferred if hand.password else {}), hand
    if flow is AuthFlow.CUSTOM_AUTH and not hand.password:
        return {}, hand
    srp = SrpHandshake(walk.client.pool_id)
    custom = {"CHALLENGE_NAME": "SRP_A"} if flow is AuthFlow.CUSTOM_AUTH else {}
    return {"SRP_A": srp.srp_a, **custom}, replace(hand, srp=srp)


def _answering(walk: Walk, attempt: Attempt, *, password: str = "") -> Run:
    return Run(
        walk=walk,
        event=Event.SIGNIN_ANSWERED,
        attempt_id=attempt.attempt_id,
        turn=attempt.turn,
        person=person_of(attempt),
        beginning=Beginning(
            username=attempt.username,
            flow=attempt.flow,
            password=password,
            remember=attempt.remember,
            goal=attempt.goal,
        ),
        attempt=attempt,
    )


def _device_for(walk: Walk, username: str) -> Device | None:
    return walk.device if walk.device is not None and walk.device.is_of(username) else None


def _with_code(run: Run, ask: Ask, code: str) -> State:
    """Carry out an act with the code of an app, which is given back where Cognito did not take it."""
    name = run.attempt.canonical_username if run.attempt else run.person.typed
    digest = used_codes.digest_of(pool_id=run.person.pool_id, username=name, code=code)
    if not used_codes.reserve(digest):
        raise CodeReused
    try:
        return run.carry_out(ask)
    except (CognitoError, throttle.Throttled, record.AlreadyTaken):
        if len(run.made) < 2:
            used_codes.release(digest)
        raise
