"""What is answered without asking the person again: SRP, a password in hand, a remembered device.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cognito_portal.cognito.errors import NotAuthorizedError
from cognito_portal.cognito.srp import DeviceHandshake, SrpHandshake
from cognito_portal.cognito.types import (
    Answer,
    AuthFlow,
    ChallengeName,
    IssuedChallenge,
    SoftwareTokenSecret,
    SoftwareTokenVerified,
)
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.devices import Device
from cognito_portal.signin.walk import Walk

# EMAIL_MFA is what AWS's prose calls EMAIL_OTP.
_CAN_BE_SET_UP = frozenset({"SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "EMAIL_MFA"})
Received = Answer | SoftwareTokenSecret | SoftwareTokenVerified
ASSOCIATE = "AssociateSoftwareToken"
VERIFY = "VerifySoftwareToken"
DEVICE_STEPS = frozenset({ChallengeName.DEVICE_SRP_AUTH, ChallengeName.DEVICE_PASSWORD_VERIFIER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What one request may answer with. None of it is kept beyond the request."""

    password: str = field(default="", repr=False)
    srp: SrpHandshake | None = field(default=None, repr=False)
    device: Device | None = None
    device_srp: DeviceHandshake | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One call to make: the audit log's name of the step, how to make it, and what is in hand after it."""

    step: str
    send: Callable[[], Received]
    hand: Hand


def respond(walk: Walk, attempt: Attempt, responses: Mapping[str, str]) -> Answer:
    """Answer the attempt's challenge by the operation of the flow it was begun with.

    A question that stands in for Cognito's is refused as Cognito refuses a wrong password.
    """
    if attempt.is_stand_in:
        refused = NotAuthorizedError(
            "NotAuthorizedException", "", status=400, operation="RespondToAuthChallenge"
        )
        refused.challenge = attempt.challenge
        raise refused
    admin = attempt.flow == AuthFlow.ADMIN_USER_PASSWORD_AUTH
    send = walk.client.admin_respond_to_auth_challenge if admin else walk.client.respond_to_auth_challenge
    return send(
        challenge=attempt.challenge,
        session=attempt.cognito_session,
        username=attempt.canonical_username,
        responses=responses,
    )


def next_ask(walk: Walk, attempt: Attempt, received: Received | None, hand: Hand) -> Ask | None:
    """The call that follows by itself, or None where the person has to say something.

    `received` is what brought the attempt to where it stands; the proofs of SRP are made from it.
    """
    answered = _AUTOMATIC.get(attempt.challenge)
    found = answered(walk, attempt, received, hand) if answered else None
    if found is None or isinstance(found, Ask):
        return found
    responses, hand = found
    return Ask(step=attempt.challenge, send=lambda: respond(walk, attempt, responses()), hand=hand)


Responses = Callable[[], dict[str, str]]
Found = tuple[Responses, Hand] | Ask | None
Automatic = Callable[[Walk, Attempt, Received | None, Hand], Found]


def _password(walk: Walk, attempt: Attempt, received: Received | None, hand: Hand) -> Found:
    # Sent once: should Cognito ask again, it was not right.
    password = hand.password
    return ((lambda: {"PASSWORD": password}), replace(hand, password="")) if password else None


def _password_srp(walk: Walk, attempt: Attempt, received: Received | None, hand: Hand) -> Found:
    if not hand.password or hand.srp is not None:
        return None
    srp = SrpHandshake(walk.client.pool_id)
    return (lambda: {"SRP_A": srp.srp_a}), replace(hand, srp=srp)


def _select_challenge(walk: Walk, attempt: Attempt, received: Received | None, hand: Hand) -> Found:
    if not hand.password or hand.srp is not None:
        return None
    if ChallengeName.PASSWORD in attempt.available_challenges or not attempt.available_challenges:
        chosen = {"ANSWER": ChallengeName.PASSWORD.value, "PASSWORD": hand.password}
        return (lambda: chosen), replace(hand, password="")
    if ChallengeName.PASSWORD_SRP in attempt.available_challenges:
        srp = SrpHandshake(walk.client.pool_id)
        started = {"ANSWER": ChallengeName.PASSWORD_SRP.value, "SRP_A": srp.srp_a}
        return (lambda: started), replace(hand, srp=srp)
    return None


def _password_verifier(walk: Walk, attempt: Attempt, received: Received | None, hand: Hand) -> Found:
    srp = hand.srp
    if srp is None or not isinstance(received, IssuedChallenge):
        return None
    parameters = {"USER_ID_FOR_SRP": attempt.canonical_username, **received.parameters}
    password = hand.password
    return (lambda: srp.claim(parameters, password)), replace(hand, password="", srp=None)


def _admin_no_srp_auth(walk: Walk, attempt: Attempt, received: Received | None, hand: Hand) -> Found:
    if attempt.flow != AuthFlow.ADMIN_USER_PASSWORD_AUTH:
        return None
    return _password(walk, attempt, received, hand)


def _device_srp_auth(walk: Walk, attempt: Attempt, received: Received | None, hand: Hand) -> Found:
    device = hand.device
    if device is None or hand.device_srp is not None:
        return None
    srp = DeviceHandshake(device.group_key, device.device_key)
    return (lambda: {"DEVICE_KEY": device.device_key, "SRP_A": srp.srp_a}), replace(hand, device_srp=srp)


def _device_password_verifier(walk: Walk, attempt: Attempt, received: Received | None, hand: Hand) -> Found:
    device, srp = hand.device, hand.device_srp
    if device is None or srp is None or not isinstance(received, IssuedChallenge):
        return None
    parameters = received.parameters
    return (lambda: srp.claim(parameters, device.password)), hand


def _mfa_setup(walk: Walk, attempt: Attempt, received: Received | None, hand: Hand) -> Found:
    """Where an authenticator app is the only factor there is to set up, its secret is asked for at once."""
    if attempt.is_app_verified:
        return dict, hand
    if attempt.secret_code or factors_to_set_up(attempt) != (ChallengeName.SOFTWARE_TOKEN_MFA.value,):
        return None
    return associate(walk, attempt, hand)


def associate(walk: Walk, attempt: Attempt, hand: Hand) -> Ask:
    """Ask for the secret of an authenticator app."""
    session = attempt.cognito_session
    return Ask(step=ASSOCIATE, send=lambda: walk.client.associate_software_token(session=session), hand=hand)


def factors_to_set_up(attempt: Attempt) -> tuple[str, ...]:
    """The factors that MFA_SETUP offers and that can be set up here; an app where Cognito names none of them."""
    named = named_list(attempt.parameters.get("MFAS_CAN_SETUP"))
    known = tuple(name for name in named if name in _CAN_BE_SET_UP)
    return known or (ChallengeName.SOFTWARE_TOKEN_MFA.value,)


def named_list(text: str | None) -> tuple[str, ...]:
    """A JSON list of names out of a ChallengeParameter, each once; empty where it is none."""
    try:
        names = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return ()
    if not isinstance(names, list):
        return ()
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))


_AUTOMATIC: dict[str, Automatic] = {
    ChallengeName.PASSWORD: _password,
    ChallengeName.PASSWORD_SRP: _password_srp,
    ChallengeName.PASSWORD_VERIFIER: _password_verifier,
    ChallengeName.SELECT_CHALLENGE: _select_challenge,
    ChallengeName.ADMIN_NO_SRP_AUTH: _admin_no_srp_auth,
    ChallengeName.DEVICE_SRP_AUTH: _device_srp_auth,
    ChallengeName.DEVICE_PASSWORD_VERIFIER: _device_password_verifier,
    ChallengeName.MFA_SETUP: _mfa_setup,
}
