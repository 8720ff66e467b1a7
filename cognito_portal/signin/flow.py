"""The walk itself: InitiateAuth, then answers to challenges until Cognito gives tokens or the attempt ends.

Each function makes at most one call to Cognito and keeps to one order of work: the begin row is committed,
Cognito is called, the end row and the next state are committed together. What comes next is returned;
refusals are raised as the `CognitoError` they were, after they have been written down.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cognito_portal import throttle
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.errors import (
    Cause,
    CognitoError,
    CognitoRefused,
    CognitoUnavailable,
    TokenRefused,
)
from cognito_portal.cognito.tokens import Identity, TokenVerifier
from cognito_portal.cognito.types import Answer, AuthenticationResult, IssuedChallenge
from cognito_portal.identity import CognitoUser
from cognito_portal.identity import person_of as person_of_user
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.challenges import is_supported
from cognito_portal.signin.session import AttemptStore, Ended, EndRow, Notice, SignedIn, State

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What the walk needs: Cognito, the check of its tokens, the browser's attempt, and who is there.

    `session_minutes()` tells the app client's AuthSessionValidity, or None where nobody knows it.
    """

    client: CognitoClient
    verifier: TokenVerifier
    store: AttemptStore
    by: record.By
    session_minutes: Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class _Step:
    """One call of the walk: what was there before it, and what it is begun with."""

    call: record.Call
    attempt: Attempt | None
    password: str = field(default="", repr=False)


def start(walk: Walk, *, attempt_id: str, username: str, password: str) -> State:
    """Begin a sign-in with InitiateAuth.

    Raises `throttle.Throttled` and `record.AlreadyTaken` (nothing was sent), `CognitoError` (refused or no
    answer; the log knows why) and `record.AuditUnavailable` (nothing was sent, or nothing was granted).
    """
    person = record.Person(pool_id=walk.client.pool_id, typed=username)
    call = throttle.admit(
        event=Event.SIGNIN_STARTED,
        step="InitiateAuth",
        attempt_id=attempt_id,
        turn=0,
        person=person,
        client_id=walk.client.client_id,
        by=walk.by,
    )
    step = _Step(call, attempt=None, password=password)
    return _carry_out(walk, step, lambda: walk.client.initiate_auth(username=username, password=password))


def answer(walk: Walk, attempt: Attempt, responses: Mapping[str, str]) -> State:
    """Answer the attempt's challenge with RespondToAuthChallenge. Raises what `start` raises.

    `responses` are AWS's ChallengeResponses without USERNAME and SECRET_HASH.
    """
    call = _admit(walk, attempt, event=Event.SIGNIN_ANSWERED)
    return _carry_out(
        walk,
        _Step(call, attempt=attempt),
        lambda: walk.client.respond_to_auth_challenge(
            challenge=attempt.challenge,
            session=attempt.cognito_session,
            username=attempt.canonical_username,
            responses=responses,
        ),
    )


def renew(walk: Walk, attempt: Attempt, *, password: str) -> State:
    """Put a fresh Session in the place of one that ran out, with the temporary password once more (D5).

    The name is the attempt's, never one that was typed again. Raises what `start` raises.
    """
    call = _admit(walk, attempt, event=Event.SIGNIN_RENEWED)
    step = _Step(call, attempt=attempt, password=password)
    return _carry_out(
        walk, step, lambda: walk.client.initiate_auth(username=attempt.username, password=password)
    )


def record_refused_input(
    walk: Walk, *, step: str, username: str = "", attempt: Attempt | None = None
) -> None:
    """Write down that a form was refused before any call."""
    typed = record.Person(pool_id=walk.client.pool_id, typed=username) if username else None
    record.note_bounded(
        event=Event.SIGNIN_INPUT_REFUSED,
        outcome=Outcome.INPUT_REFUSED,
        by=walk.by,
        step=step,
        attempt_id=attempt.attempt_id if attempt else "",
        person=person_of(attempt) if attempt else typed,
        client_id=walk.client.client_id,
    )


def person_of(attempt: Attempt) -> record.Person:
    """Whom an attempt's rows speak of. The sub is known from verified tokens only."""
    canonical = attempt.canonical_username if attempt.is_canonical_certain else ""
    return record.Person(pool_id=attempt.pool_id, typed=attempt.username, canonical=canonical)


def _admit(walk: Walk, attempt: Attempt, *, event: Event) -> record.Call:
    return throttle.admit(
        event=event,
        step=attempt.challenge,
        attempt_id=attempt.attempt_id,
        turn=attempt.turn,
        person=person_of(attempt),
        client_id=attempt.client_id,
        by=walk.by,
    )


def _carry_out(walk: Walk, step: _Step, send: Callable[[], Answer]) -> State:
    try:
        received = send()
    except CognitoError as error:
        _refused(walk, step, error)
        raise
    if isinstance(received, AuthenticationResult):
        return _signed_in(walk, step, received)
    return _challenged(walk, step, received)


def _refused(walk: Walk, step: _Step, error: CognitoError, *, is_answered: bool = False) -> None:
    person = person_of(step.attempt) if step.attempt else step.call.person
    row = EndRow(
        call=step.call,
        outcome=outcome_of(error),
        person=person,
        error_code=error.code,
        request_id=error.request_id or "",
    )
    walk.store.commit(row, _after_refusal(step, error, is_answered=is_answered))


def _after_refusal(step: _Step, error: CognitoError, *, is_answered: bool) -> State:
    """Keep the attempt where its Session lives on; otherwise end it, and say why on the next page.

    `is_answered`: Cognito gave tokens, which used the Session up, and only then something failed.
    """
    attempt = step.attempt
    if attempt is None:
        return Ended()
    if step.call.event is Event.SIGNIN_RENEWED:
        # A renewal never touched the old Session; the person may try the temporary password again.
        return attempt.kept()
    if not error.meaning.restart and not is_answered:
        missing = error.attribute if isinstance(error, CognitoRefused) else None
        also_required = missing if error.meaning.cause is Cause.ATTRIBUTE_MISSING else None
        return attempt.kept(also_required=also_required)
    kind = "session_over" if error.meaning.cause is Cause.SESSION_OVER else "interrupted"
    return Ended(Notice(kind=kind, pool_id=attempt.pool_id, username=attempt.username))


def outcome_of(error: CognitoError) -> Outcome:
    """The audit log's word for an error: the kind of a missing answer, else the cause of a refusal."""
    if isinstance(error, CognitoUnavailable):
        return Outcome(error.kind)
    return Outcome(error.meaning.cause.value)


def _challenged(walk: Walk, step: _Step, challenge: IssuedChallenge) -> State:
    attempt = _next_attempt(walk, step, challenge)
    supported = is_supported(challenge.name)
    state: State = attempt
    if not supported:
        state = Ended(
            Notice(
                kind="unsupported",
                pool_id=attempt.pool_id,
                username=attempt.username,
                password_changed=attempt.password_changed,
                reference=step.call.call_id[:8],
            )
        )
    row = EndRow(
        call=step.call,
        outcome=Outcome.CHALLENGE if supported else Outcome.UNSUPPORTED_CHALLENGE,
        person=person_of(attempt),
        error_code="" if supported else challenge.name,
        request_id=challenge.request_id or "",
    )
    walk.store.commit(row, state)
    return state


def _next_attempt(walk: Walk, step: _Step, challenge: IssuedChallenge) -> Attempt:
    minutes = walk.session_minutes()
    if step.attempt is not None and step.call.event is Event.SIGNIN_ANSWERED:
        return step.attempt.advanced(challenge, session_minutes=minutes)
    begun = Attempt.begun(
        challenge,
        attempt_id=step.call.attempt_id,
        turn=step.call.turn + 1,
        pool_id=walk.client.pool_id,
        client_id=walk.client.client_id,
        username=step.call.person.typed,
        password=step.password,
        session_minutes=minutes,
    )
    return begun if step.attempt is None else begun.after_renewal(step.attempt)


def _signed_in(walk: Walk, step: _Step, result: AuthenticationResult) -> State:
    try:
        attempt = step.attempt
        asked = attempt.canonical_username if attempt and attempt.is_canonical_certain else None
        identity = walk.verifier.verify(result, expected_username=asked)
    except CognitoUnavailable as error:
        # It was the keys that could not be read: what Cognito was asked before, it did.
        unverified = TokenRefused("keys_unavailable")
        _refused(walk, step, unverified, is_answered=True)
        _revoke_quietly(walk, result)
        raise unverified from error
    except CognitoError as error:
        _refused(walk, step, error, is_answered=True)
        _revoke_quietly(walk, result)
        raise
    state = _grant(walk, step, result, identity)
    row = EndRow(
        call=step.call,
        outcome=Outcome.SUCCESS,
        person=person_of_user(state.user),
        request_id=result.request_id or "",
    )
    try:
        walk.store.commit(row, state)
    except record.AuditUnavailable:
        _revoke_quietly(walk, result)
        raise
    return state


def _grant(walk: Walk, step: _Step, result: AuthenticationResult, identity: Identity) -> SignedIn:
    attempt = step.attempt
    changed = attempt is not None and step.call.event is Event.SIGNIN_ANSWERED and attempt.changes_password
    user = CognitoUser(
        pool_id=walk.client.pool_id,
        client_id=walk.client.client_id,
        username=identity.username,
        typed=step.call.person.typed,
        sub=identity.sub,
        groups=identity.groups,
        attempt_id=step.call.attempt_id,
        since=time.time(),
    )
    return SignedIn(
        user=user,
        access_token=result.access_token,
        refresh_token=result.refresh_token,
        password_changed=changed,
    )


def _revoke_quietly(walk: Walk, result: AuthenticationResult) -> None:
    """Give back tokens that nobody may have. Their grant was refused already, so a failure changes nothing."""
    if result.refresh_token is None:
        return
    try:
        walk.client.revoke_token(refresh_token=result.refresh_token)
    except CognitoError as error:
        log.warning("signin.revoke_failed", extra={"code": error.code, "aws_request_id": error.request_id})
