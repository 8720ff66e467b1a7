"""What each answer of Cognito's means for a row, and for the list it stands in.

Only the code decides, and where AWS does not say whether an account was made, the row counts as unknown and is
looked up before it is sent again.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from cognito_portal.cognito.errors import (
    Cause,
    CodeDeliveryFailureError,
    CognitoError,
    CognitoUnavailable,
    LimitExceededError,
    UsernameExistsError,
)
from cognito_portal.ops.models import OnboardingItem

_Item = OnboardingItem.State


class Why(StrEnum):
    """What made a list wait or pause."""

    STAFF = "staff"
    MAIL_LIMIT = "mail_limit"
    MAIL_LIMIT_OF_AWS = "mail_limit_of_aws"
    THROTTLED = "throttled"
    SERVICE = "service"
    ACCESS_DENIED = "access_denied"
    NO_CREDENTIALS = "no_credentials"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"


class Then(StrEnum):
    """What a list does after an answer."""

    GO_ON = "go_on"
    WAIT = "wait"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a row, and what its list does next. `least_s` and `most_s` bound how long it waits."""

    item: OnboardingItem.State
    then: Then = Then.GO_ON
    why: Why | None = None
    least_s: float = 0.0
    most_s: float = 0.0


DAY_S = 24 * 60 * 60.0
_DONE = Result(item=_Item.DONE)
_THROTTLED = Result(item=_Item.WAITING, then=Then.WAIT, why=Why.THROTTLED, least_s=1.0, most_s=60.0)
_SERVICE = Result(item=_Item.UNKNOWN, then=Then.WAIT, why=Why.SERVICE, least_s=5.0, most_s=600.0)
# "Exceeded daily email limit for the operation or the account": whether that comes before or after the account
# was made is not documented.
_NO_MORE_MAIL = Result(
    item=_Item.UNKNOWN, then=Then.WAIT, why=Why.MAIL_LIMIT_OF_AWS, least_s=DAY_S, most_s=DAY_S
)
# Refusals of this very row: another one may well be taken.
_OF_THE_ROW = frozenset(
    {
        Cause.WRONG_USER_STATE,
        Cause.ALIAS_EXISTS,
        Cause.BAD_REQUEST,
        Cause.INVALID_INPUT,
        Cause.ATTRIBUTE_MISSING,
        Cause.ATTRIBUTE_NOT_WRITABLE,
        Cause.PASSWORD_POLICY,
        Cause.TRIGGER_REFUSED,
    }
)


def result_of(error: CognitoError | None) -> Result:
    """The result of AdminCreateUser. Without an error the account was made and its invitation sent."""
    if error is None:
        return _DONE
    if isinstance(error, UsernameExistsError):
        return Result(item=_Item.EXISTS)
    if isinstance(error, CodeDeliveryFailureError):
        return Result(item=_Item.MAIL_FAILED)
    if isinstance(error, LimitExceededError):
        return _NO_MORE_MAIL
    return _by_cause(error)


def _by_cause(error: CognitoError) -> Result:
    cause = error.meaning.cause
    if cause is Cause.THROTTLED:
        return _THROTTLED
    if cause in (Cause.ACCESS_DENIED, Cause.NO_CREDENTIALS):
        return Result(item=_Item.WAITING, then=Then.PAUSE, why=Why(cause.value))
    if isinstance(error, CognitoUnavailable) or cause is Cause.SERVICE:
        is_unsent = isinstance(error, CognitoUnavailable) and not error.sent
        return replace(_SERVICE, item=_Item.WAITING) if is_unsent else _SERVICE
    if cause in _OF_THE_ROW:
        return Result(item=_Item.REFUSED)
    # A trigger that fails, a pool that is not there, a rule of WAF's: every other row would meet it too.
    return Result(item=_Item.UNKNOWN, then=Then.PAUSE, why=Why.REFUSED)
