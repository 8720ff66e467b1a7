"""What each answer of Cognito's means for an item of a job, and for the job.

Only the code decides, and where AWS does not say whether something was done, it counts as unknown.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from cognito_portal.cognito.errors import Cause, CognitoError, CognitoUnavailable


class Why(StrEnum):
    """What made a job wait or pause, or end before it was done (LEFT: staff did not come back to it)."""

    STAFF = "staff"
    LEFT = "left"
    MAIL_LIMIT = "mail_limit"
    MAIL_LIMIT_OF_AWS = "mail_limit_of_aws"
    THROTTLED = "throttled"
    SERVICE = "service"
    ACCESS_DENIED = "access_denied"
    NO_CREDENTIALS = "no_credentials"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"


class Then(StrEnum):
    """What a job does after an answer."""

    GO_ON = "go_on"
    WAIT = "wait"
    PAUSE = "pause"


# The states that items of every job have; each kind has more of its own.
WAITING, UNKNOWN, REFUSED = "waiting", "unknown", "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of an item, and what its job does next. `least_s` and `most_s` bound how long it waits."""

    item: str
    then: Then = Then.GO_ON
    why: Why | None = None
    least_s: float = 0.0
    most_s: float = 0.0


DAY_S = 24 * 60 * 60.0
DONE = Result(item="done")
# "Exceeded daily email limit for the operation or the account": whether that comes before or after the account
# was made or its password was changed is not documented.
NO_MORE_MAIL = Result(item=UNKNOWN, then=Then.WAIT, why=Why.MAIL_LIMIT_OF_AWS, least_s=DAY_S, most_s=DAY_S)
_THROTTLED = Result(item=WAITING, then=Then.WAIT, why=Why.THROTTLED, least_s=1.0, most_s=60.0)
_SERVICE = Result(item=UNKNOWN, then=Then.WAIT, why=Why.SERVICE, least_s=5.0, most_s=600.0)
# Refusals of this very item: another one may well be taken.
_OF_THE_ITEM = frozenset(
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


def by_cause(error: CognitoError, *, of_the_item: frozenset[Cause] = frozenset()) -> Result:
    """The result of a refusal or of no answer. `of_the_item`: further causes that say nothing of other items."""
    cause = error.meaning.cause
    if cause is Cause.THROTTLED:
        return _THROTTLED
    if cause in (Cause.ACCESS_DENIED, Cause.NO_CREDENTIALS):
        return Result(item=WAITING, then=Then.PAUSE, why=Why(cause.value))
    if isinstance(error, CognitoUnavailable) or cause is Cause.SERVICE:
        is_unsent = isinstance(error, CognitoUnavailable) and not error.sent
        return replace(_SERVICE, item=WAITING) if is_unsent else _SERVICE
    if cause in _OF_THE_ITEM | of_the_item:
        return Result(item=REFUSED)
    # A trigger that fails, a pool that is not there, a rule of WAF's: every other item would meet it too.
    return Result(item=UNKNOWN, then=Then.PAUSE, why=Why.REFUSED)
