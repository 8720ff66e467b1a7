"""What a signed-in person can do with their own account, and the order of work of every such act.

The begin row is committed, Cognito is called once, the end row and what the session keeps of it are committed
together. A form is acted upon once: its turn is unique within the sign-in that began this session.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.utils import timezone

from cognito_portal import identity, throttle
from cognito_portal.account.tokens import is_token_over, live_tokens
from cognito_portal.account.visit import SignInAgain, Visit
from cognito_portal.audit import queries, record
from cognito_portal.audit.events import TRIES, Event, Outcome
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.outcomes import outcome_of
from cognito_portal.signin import devices

# Signing out is the last turn of its attempt, and is taken once like the others.
SIGN_OUT_TURN = -1
# One open request per person (decision D10): to report again within a day adds nothing to it.
REPORT_OPEN_FOR = timedelta(days=1)
# What tries a secret, such as the present password or a code, has a limited number of tries; so has what
# sends a code to somebody, each counted by itself.
LIMITED = TRIES | {Event.ACCOUNT_CODE_SENT, Event.ACCOUNT_CONTACT_CHANGED}


Reply = TypeVar("Reply")


def act(
    visit: Visit,
    *,
    event: Event,
    step: str,
    turn: int,
    send: Callable[[str], Reply],
    then: Callable[[Reply], None] | None = None,
) -> Reply:
    """Make one call for a person with their access token, with its two rows; return what was answered.

    `then` writes what follows from a success, in the transaction of the end row. Raises `record.AlreadyTaken`
    (this form was sent before) and `throttle.Throttled` (nothing was sent), SignInAgain (the tokens are over),
    `CognitoError` (refused or no answer; the log knows why) and `record.AuditUnavailable`.
    """
    tokens = live_tokens(visit)
    call = _begin(visit, event=event, step=step, turn=turn)
    try:
        reply = send(tokens.access_token)
    except CognitoError as error:
        _end(call, error)
        if is_token_over(error):
            raise SignInAgain(Outcome.TOKEN_OVER) from error
        raise
    request_id = getattr(reply, "request_id", None) or ""
    try:
        with record.write_transaction():
            record.end(call, outcome=Outcome.SUCCESS, request_id=request_id)
            if then is not None:
                then(reply)
    except UpdateError as error:
        record.end(call, outcome=Outcome.SUCCESS, request_id=request_id)
        raise SessionInterrupted("Another request of this browser ended the session.") from error
    return reply


def _begin(visit: Visit, *, event: Event, step: str, turn: int) -> record.Call:
    begin = throttle.admit if event in LIMITED else record.begin
    return begin(
        event=event,
        step=step,
        attempt_id=visit.user.attempt_id,
        turn=turn,
        person=visit.person,
        client_id=visit.user.client_id,
        by=visit.by,
    )


def _end(call: record.Call, error: CognitoError | None) -> None:
    record.end(
        call,
        outcome=outcome_of(error) if error else Outcome.SUCCESS,
        error_code=error.code if error else "",
        request_id=(error and error.request_id) or "",
    )


def record_refused_input(visit: Visit, *, step: str, outcome: Outcome = Outcome.INPUT_REFUSED) -> None:
    """Write down that a form was refused before any call."""
    record.note_bounded(
        event=Event.ACCOUNT_INPUT_REFUSED,
        outcome=outcome,
        by=visit.by,
        step=step,
        attempt_id=visit.user.attempt_id,
        person=visit.person,
        client_id=visit.user.client_id,
    )


def end_session(visit: Visit, *, outcome: Outcome) -> None:
    """End a session whose tokens are over, with its row. One that another request ended has its row already."""
    try:
        with record.write_transaction():
            visit.keep()
            identity.record_end(visit.session, outcome=outcome, by=visit.by)
            visit.session.delete()
    except UpdateError:
        pass
    visit.session.flush()


def sign_out(visit: Visit) -> None:
    """End this session here, and at Cognito by RevokeToken.

    The session here ends whatever Cognito answers; the audit log holds the answer. Raises
    `record.AuditUnavailable`, and then the session here goes on.
    """
    try:
        call = _begin(visit, event=Event.ACCOUNT_SIGNED_OUT, step="RevokeToken", turn=SIGN_OUT_TURN)
    except record.AlreadyTaken:
        # The other request of a double click revokes; this one only leaves.
        visit.session.flush()
        return
    error = _revoke(visit, identity.refresh_token(visit.session, visit.user))
    with record.write_transaction():
        _end(call, error)
        visit.session.delete()
    # Only now: where the row could not be written, the person keeps the cookie to try again with.
    visit.session.flush()


def _revoke(visit: Visit, refresh_token: str | None) -> CognitoError | None:
    if refresh_token is None:
        return None
    try:
        visit.client.revoke_token(refresh_token=refresh_token)
    except CognitoError as error:
        return error
    return None


def sign_out_everywhere(visit: Visit, *, turn: int, not_me: bool = False) -> bool:
    """End every session of this person: here by the row, at Cognito by GlobalSignOut. Whether Cognito did.

    With `not_me` the browsers that are remembered for this person are forgotten as well, and ops is told
    that somebody else was signed in. The sessions here end whatever Cognito answers: the middleware reads
    the row. Raises `record.AlreadyTaken` and `record.AuditUnavailable`, and then they go on.
    """
    call = _begin(visit, event=Event.ACCOUNT_SIGNED_OUT_EVERYWHERE, step="GlobalSignOut", turn=turn)
    outcome, error = Outcome.SUCCESS, None
    try:
        visit.client.global_sign_out(access_token=live_tokens(visit).access_token)
    except SignInAgain as over:
        outcome = over.outcome
    except CognitoError as refused:
        outcome, error = outcome_of(refused), refused
    with record.write_transaction():
        record.end(
            call,
            outcome=outcome,
            error_code=error.code if error else "",
            request_id=(error and error.request_id) or "",
        )
        if not_me:
            devices.forget(pool_id=visit.user.pool_id, sub=visit.user.sub)
            _report(visit)
        visit.session.delete()
    visit.session.flush()
    return outcome is Outcome.SUCCESS


def _report(visit: Visit) -> None:
    user, event = visit.user, Event.ACCOUNT_NOT_ME_REPORTED
    since = timezone.now() - REPORT_OPEN_FOR
    if queries.has_open_request(event=event, pool_id=user.pool_id, typed=user.typed, since=since):
        return
    record.note(
        event=event,
        outcome=Outcome.RECORDED,
        by=visit.by,
        attempt_id=user.attempt_id,
        person=visit.person,
        client_id=user.client_id,
    )
