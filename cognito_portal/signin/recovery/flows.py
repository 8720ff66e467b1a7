"""The ways out for somebody who cannot sign in: a forgotten password, an account never confirmed.

Each function makes one call to Cognito, between its begin row and its end row. Nothing that hangs on whether
there is such a user comes out of the two that send a code (decision D2): the audit log alone has the cause.
"""

from collections.abc import Callable

from cognito_portal import throttle
from cognito_portal.audit import queries, record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.errors import Cause, CognitoError, CognitoUnavailable
from cognito_portal.cognito.types import CodeSent, Receipt
from cognito_portal.outcomes import outcome_of
from cognito_portal.signin import devices
from cognito_portal.signin.session import Ended, EndRow, Notice
from cognito_portal.signin.walk import Walk

# Refusals that are the same for every name. Any other, one that nobody knows included, may tell of a person.
_ABOUT_EVERYBODY = frozenset(
    {
        Cause.SERVICE,
        Cause.THROTTLED,
        Cause.SECRET_HASH,
        Cause.WAF,
        Cause.NO_SUCH_CLIENT,
        Cause.NOT_AVAILABLE,
        Cause.ACCESS_DENIED,
    }
)


def is_about_everybody(error: CognitoError) -> bool:
    """Whether this error would have met any other name as well, so that it may be shown."""
    return isinstance(error, CognitoUnavailable) or error.meaning.cause in _ABOUT_EVERYBODY


def request_code(walk: Walk, *, attempt_id: str, username: str) -> None:
    """Have Cognito send a reset code, if there is a user of that name who can have one.

    Returns alike whether one was sent or not. Raises `throttle.Throttled` and `record.AlreadyTaken` (nothing
    was sent), `CognitoError` where `is_about_everybody`, and `record.AuditUnavailable`.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgotPassword.html
    """
    call = _admit(walk, Event.SIGNIN_RESET_REQUESTED, "ForgotPassword", attempt_id, username)
    _have_code_sent(walk, call, lambda: walk.client.forgot_password(username=username), notice="code_sent")


def reset_password(walk: Walk, *, attempt_id: str, username: str, code: str, password: str) -> None:
    """Set a new password with the code that was sent. It signs nobody in.

    Raises what `request_code` raises, and every other `CognitoError`: a wrong code, a password that breaks a
    rule. What of it may be shown is for the page to say.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmForgotPassword.html
    """
    call = _admit(walk, Event.SIGNIN_RESET_CONFIRMED, "ConfirmForgotPassword", attempt_id, username)
    _try_code(
        walk,
        call,
        lambda: walk.client.confirm_forgot_password(username=username, code=code, password=password),
        notice="password_set",
        also=lambda: _forget_devices(call.person),
    )


def resend_confirmation(walk: Walk, *, attempt_id: str, username: str) -> None:
    """Have Cognito send a new code to somebody who has not confirmed their account yet.

    Returns alike whether one was sent or not. Raises what `request_code` raises.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResendConfirmationCode.html
    """
    call = _admit(walk, Event.SIGNIN_CONFIRMATION_SENT, "ResendConfirmationCode", attempt_id, username)
    _have_code_sent(
        walk,
        call,
        lambda: walk.client.resend_confirmation_code(username=username),
        notice="confirmation_sent",
    )


def confirm_account(walk: Walk, *, attempt_id: str, username: str, code: str) -> None:
    """Confirm an account with the code that was sent. Raises what `reset_password` raises.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmSignUp.html
    """
    call = _admit(walk, Event.SIGNIN_CONFIRMED, "ConfirmSignUp", attempt_id, username)
    _try_code(
        walk,
        call,
        lambda: walk.client.confirm_sign_up(username=username, code=code),
        notice="account_confirmed",
    )


def _admit(walk: Walk, event: Event, operation: str, attempt_id: str, username: str) -> record.Call:
    return throttle.admit(
        event=event,
        step=operation,
        attempt_id=attempt_id,
        turn=0,
        person=record.Person(pool_id=walk.client.pool_id, typed=username),
        client_id=walk.client.client_id,
        by=walk.by,
    )


def _have_code_sent(walk: Walk, call: record.Call, send: Callable[[], CodeSent], *, notice: str) -> None:
    try:
        row = _succeeded(call, send())
    except CognitoError as error:
        row = _failed(call, error)
        if is_about_everybody(error):
            _end(row)
            raise
    walk.store.commit(row, Ended(_notice(call, notice)))


def _try_code(
    walk: Walk,
    call: record.Call,
    send: Callable[[], Receipt],
    *,
    notice: str,
    also: Callable[[], None] = lambda: None,
) -> None:
    try:
        row = _succeeded(call, send())
    except CognitoError as error:
        # A sign-in that is open in this browser goes on: nothing of it was touched.
        _end(_failed(call, error))
        raise
    with record.write_transaction():
        walk.store.commit(row, Ended(_notice(call, notice)))
        also()


def _forget_devices(person: record.Person) -> None:
    """No browser stays remembered across a new password (decision D13). Whose they are, the log knows."""
    for sub in queries.find_identity(pool_id=person.pool_id, account=person.account).subs:
        devices.forget(pool_id=person.pool_id, sub=sub)


def _succeeded(call: record.Call, answer: CodeSent | Receipt) -> EndRow:
    return EndRow(call=call, outcome=Outcome.SUCCESS, person=call.person, request_id=answer.request_id or "")


def _failed(call: record.Call, error: CognitoError) -> EndRow:
    return EndRow(
        call=call,
        outcome=outcome_of(error),
        person=call.person,
        error_code=error.code,
        request_id=error.request_id or "",
    )


def _end(row: EndRow) -> None:
    record.end(row.call, outcome=row.outcome, error_code=row.error_code, request_id=row.request_id)


def _notice(call: record.Call, kind: str) -> Notice:
    return Notice(kind=kind, pool_id=call.person.pool_id, username=call.person.typed)
