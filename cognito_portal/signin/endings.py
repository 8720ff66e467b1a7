"""How an attempt ends, in the next page's words."""

from cognito_portal.cognito.errors import Cause, CognitoError
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.session import Ended, Notice

_NOTICES: dict[Cause, str] = {
    Cause.SESSION_OVER: "session_over",
    Cause.CODE_DELIVERY: "no_code",
    Cause.MFA_NOT_SET_UP: "factor_missing",
    Cause.DEVICE_UNKNOWN: "device_unknown",
}


def notice_for(error: CognitoError) -> str:
    """Which notice the sign-in page shows after an error that ended an attempt."""
    if error.meaning.uniform:
        return "not_signed_in"
    return _NOTICES.get(error.meaning.cause, "interrupted")


def ended(attempt: Attempt, kind: str, *, reference: str = "") -> Ended:
    """The end of an attempt without a grant, and what the next page says of it."""
    return Ended(
        Notice(
            kind=kind,
            pool_id=attempt.pool_id,
            username=attempt.username,
            password_changed=attempt.password_changed,
            reference=reference,
        )
    )
