"""What an act came to, in the four words that charts and flags speak of.

`failed` acts of flags are those that hang on what somebody typed; charts count everything that did not go well.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.audit.events import BEGINNINGS, COUNTS, TRIES, Event, Outcome


class Result(StrEnum):
    """The four layers of the chart of sign-ins, from the bottom up."""

    SUCCESS = "success"
    REFUSED = "refused"
    REFUSED_HERE = "refused-here"
    FAULT = "fault"


RESULT_LABELS: Mapping[Result, str | Promise] = MappingProxyType(
    {
        Result.SUCCESS: _("Success"),
        Result.REFUSED: _("Refused by Cognito"),
        Result.REFUSED_HERE: _("Refused here"),
        Result.FAULT: _("Fault of a service"),
    }
)

_REFUSED_HERE = frozenset(
    {
        Outcome.THROTTLED_HERE,
        Outcome.INPUT_REFUSED,
        Outcome.ALREADY_SENT,
        Outcome.OUT_OF_ORDER,
        Outcome.EXPIRED,
        Outcome.UNREADABLE,
        Outcome.DENIED,
    }
)
_FAULTS = frozenset(
    {
        Outcome.SERVICE,
        Outcome.THROTTLED,
        Outcome.SERVER_ERROR,
        Outcome.NOT_SENT,
        Outcome.UNKNOWN,
        Outcome.GARBAGE,
        Outcome.TLS,
        Outcome.TRIGGER_BROKEN,
        Outcome.CODE_DELIVERY,
        Outcome.NO_CREDENTIALS,
        Outcome.UNEXPECTED,
        Outcome.UNSUPPORTED_CHALLENGE,
        Outcome.ERROR,
    }
)
UNDECIDED = frozenset({Outcome.NONE, Outcome.CHALLENGE, Outcome.ASKED_AGAIN})
"""Outcomes that are on the way to one of the results: the chart of sign-ins leaves them out."""


def result_of(outcome: Outcome) -> Result | None:
    """The layer an outcome belongs to; None for one that decides nothing."""
    if outcome in UNDECIDED:
        return None
    if outcome in {Outcome.SUCCESS, Outcome.RECORDED}:
        return Result.SUCCESS
    if outcome in _REFUSED_HERE:
        return Result.REFUSED_HERE
    return Result.FAULT if outcome in _FAULTS else Result.REFUSED


SIGN_INS = frozenset(
    {Event.SIGNIN_STARTED, Event.SIGNIN_ANSWERED, Event.SIGNIN_RENEWED, Event.STAFF_SIGNED_IN}
)
"""The events whose success is somebody signed in."""

THROTTLINGS = frozenset({Event.SIGNIN_THROTTLED, Event.STAFF_THROTTLED})

CHARTED = (
    SIGN_INS
    | BEGINNINGS
    | THROTTLINGS
    | {
        Event.SIGNIN_INPUT_REFUSED,
        Event.SIGNIN_OUT_OF_ORDER,
        Event.SIGNIN_STATE_UNREADABLE,
        Event.SIGNIN_EXPIRED,
        Event.SIGNIN_CSRF_FAILED,
    }
)
"""The events of signing in, which the charts speak of unless the filter names another one."""

TRIED = TRIES | BEGINNINGS | THROTTLINGS
"""The events of which flags are made."""

FAILED = (COUNTS - {Outcome.ASKED_AGAIN, Outcome.UNKNOWN}) | {Outcome.THROTTLED_HERE}
"""The outcomes that make a try a failed one in a flag: what Cognito refused, and what the throttle did."""
