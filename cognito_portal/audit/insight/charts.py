"""The four charts over a filter, as numbers: sign-ins over time, failure reasons, onboarding, addresses.

The first two come from the roll-ups where these know all that the filter asks for. The others speak of people
and addresses, which no roll-up holds, so they are counted from rows, for LIMIT_S at most in all.

SQL stands here because each of these questions is one statement (decision D9).
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from cognito_portal.audit.addresses import parsed_address
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import Filter, time_text
from cognito_portal.audit.insight.counting import Counts, acts_of, count, span_of
from cognito_portal.audit.insight.results import CHARTED, Result, result_of
from cognito_portal.audit.insight.spans import Grain, Span, floor
from cognito_portal.audit.names import TooManyPeople
from cognito_portal.audit.readings import OUTCOMES
from cognito_portal.audit.search import where
from cognito_portal.audit.time_limit import Clock, OutOfTime, time_limit

LIMIT_S = 2.0
MOST_ADDRESSES = 10

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bar of sign-ins over time."""

    span: Span
    acts: dict[Result, int]
    query: str

    @property
    def total(self) -> int:
        return sum(self.acts.values())


@dataclass(frozen=True, slots=True)
class Reason:
    """One outcome that was no success, and how often it came."""

    outcome: str
    label: str | Promise
    acts: int
    query: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the onboarding funnel: how many distinct people came so far."""

    label: str | Promise
    counted: str | Promise
    people: int
    query: str


@dataclass(frozen=True, slots=True)
class Source:
    """One address with the refusals that it met, and the successes beside them."""

    address_key: str
    failures: int
    successes: int
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """All charts of a filter. None stands for one that took too long."""

    span: Span
    grain: Grain
    sign_ins: list[Bucket] | None
    reasons: list[Reason] | None
    funnel: list[Stage] | None
    sources: list[Source] | None

    @property
    def totals(self) -> dict[Result, int]:
        return {result: sum(bucket.acts[result] for bucket in self.sign_ins or []) for result in Result}


def charts(asked: Filter, *, now: datetime) -> Charts:
    """Everything the page of charts shows. Raises django.db.Error."""
    span = span_of(asked, now=now)
    grain = span.grain
    with_people = replace(asked, event="", outcome="", error_code="")
    counts = _in_time(lambda clock: counted(asked, span, grain, clock), LIMIT_S)
    clock_left = LIMIT_S / 2
    return Charts(
        span=span,
        grain=grain,
        sign_ins=None if counts is None else buckets(asked, span, grain, counts),
        reasons=None if counts is None else reasons(asked, span, counts),
        funnel=_in_time(lambda clock: funnel(with_people, span, clock), clock_left),
        sources=_in_time(lambda clock: sources(asked, span, clock), clock_left),
    )


def _in_time(make: Callable[[Clock], Made], limit_s: float) -> Made | None:
    try:
        with time_limit(limit_s) as clock:
            return make(clock)
    except (OutOfTime, TooManyPeople):
        return None


def charted_events(asked: Filter) -> Collection[Event]:
    """What the first two charts speak of: signing in, or the one event that the filter names."""
    return {Event(asked.event)} if asked.event else CHARTED


def counted(asked: Filter, span: Span, grain: Grain, clock: Clock) -> Counts:
    """What sign-ins over time and failure reasons are made of. Raises OutOfTime, names.TooManyPeople."""
    return count(asked, span, grain=grain, events=charted_events(asked), clock=clock)


def buckets(asked: Filter, span: Span, grain: Grain, counts: Counts) -> list[Bucket]:
    """The bars of sign-ins over time, without a gap."""
    acts: dict[datetime, dict[Result, int]] = {}
    for (start, outcome), number in counts.items():
        result = _result(outcome)
        if result is not None:
            acts.setdefault(start, dict.fromkeys(Result, 0))[result] += number
    nothing = dict.fromkeys(Result, 0)
    rest = replace(asked, preset="", since=None, until=None).query()
    return [
        Bucket(piece, acts.get(floor(piece.since, grain), nothing), _narrowed(rest, piece))
        for piece in span.pieces(grain)
    ]


def _result(outcome: str) -> Result | None:
    """The layer of a stored outcome; one of another release is a fault until it is known."""
    return result_of(Outcome(outcome)) if outcome in set(Outcome) else Result.FAULT


def _narrowed(rest: str, span: Span) -> str:
    """The query string of a filter in that span. Made by hand: there is one for each bar of a year."""
    times = urlencode({"since": time_text(span.since), "until": time_text(span.until)})
    return f"{times}&{rest}" if rest else times


def reasons(asked: Filter, span: Span, counts: Counts) -> list[Reason]:
    """Why acts failed, the most frequent reason first."""
    acts: Counter[str] = Counter()
    for (_start, outcome), number in counts.items():
        if _result(outcome) not in (None, Result.SUCCESS):
            acts[outcome] += number
    return [
        Reason(outcome, _label(outcome), number, replace(asked, outcome=outcome).query())
        for outcome, number in sorted(acts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _label(outcome: str) -> str | Promise:
    return OUTCOMES[Outcome(outcome)].label if outcome in set(Outcome) else outcome


_WENT_WELL = f"e.outcome IN ('{Outcome.SUCCESS}', '{Outcome.CHALLENGE}')"
_NEW_PASSWORD = f"e.event = '{Event.SIGNIN_ANSWERED}' AND e.step = 'NEW_PASSWORD_REQUIRED'"
_FACTOR = (
    f"(e.event = '{Event.SIGNIN_ANSWERED}' AND e.step = 'MFA_SETUP' AND {_WENT_WELL}"
    f" OR e.event = '{Event.ACCOUNT_FACTOR_ENROLLED}' AND e.outcome = '{Outcome.SUCCESS}')"
)
_STEPS_OF_ONBOARDING = (
    f"e.event = '{Event.SIGNIN_INVITATION_REQUESTED}'",
    f"e.outcome = '{Outcome.TEMPORARY_PASSWORD_EXPIRED}' AND e.outcome > ''",
    f"e.event = '{Event.SIGNIN_ANSWERED}' AND e.step IN ('NEW_PASSWORD_REQUIRED', 'MFA_SETUP')",
    f"e.event = '{Event.ACCOUNT_FACTOR_ENROLLED}'",
)
_ACT = f"""
SELECT e.person_id AS person_id,
  CASE WHEN {_NEW_PASSWORD} THEN 1 ELSE 0 END AS came,
  CASE WHEN {_NEW_PASSWORD} AND {_WENT_WELL} THEN 1 ELSE 0 END AS chose,
  CASE WHEN {_FACTOR} THEN 1 ELSE 0 END AS factor,
  CASE WHEN {_NEW_PASSWORD} OR e.event = '{Event.SIGNIN_INVITATION_REQUESTED}'
    OR e.outcome = '{Outcome.TEMPORARY_PASSWORD_EXPIRED}' THEN 1 ELSE 0 END AS invited
FROM audit_event e WHERE
"""
_FUNNEL = """
SELECT SUM(p.invited), SUM(p.came), SUM(p.chose),
  SUM(CASE WHEN p.chose = 1 AND p.factor = 1 THEN 1 ELSE 0 END)
FROM (
  SELECT a.person_id, MAX(a.came) AS came, MAX(a.chose) AS chose, MAX(a.factor) AS factor, MAX(a.invited) AS invited
  FROM ({acts}) a GROUP BY a.person_id
) p
"""


def funnel(asked: Filter, span: Span, clock: Clock) -> list[Stage]:
    """How far distinct people came on their way in. Raises OutOfTime, names.TooManyPeople."""
    condition, params = where(acts_of(asked, span))
    acts = " UNION ALL ".join(
        f"{_ACT} {step} AND {condition} AND e.person_id > ''" for step in _STEPS_OF_ONBOARDING
    )
    found = clock.fetch(_FUNNEL.format(acts=acts), [*params] * len(_STEPS_OF_ONBOARDING))[0]
    people = [int(number or 0) for number in found]
    return [
        Stage(label, explanation, number, replace(asked, event=event.value).query())
        for (label, explanation, event), number in zip(STAGES, people, strict=True)
    ]


STAGES: Sequence[tuple[str | Promise, str | Promise, Event]] = (
    (
        _("Invited"),
        _("asked for an invitation, were refused because theirs had expired, or came with one"),
        Event.SIGNIN_INVITATION_REQUESTED,
    ),
    (
        _("First sign-in"),
        _("of these, signed in with a temporary password and sent a new one"),
        Event.SIGNIN_ANSWERED,
    ),
    (_("Password set"), _("of these, chose a new password that was taken"), Event.SIGNIN_ANSWERED),
    (
        _("Second factor set"),
        _("of these, set up a second factor, at once or later in the same span"),
        Event.ACCOUNT_FACTOR_ENROLLED,
    ),
)


def sources(asked: Filter, span: Span, clock: Clock) -> list[Source]:
    """The addresses with the most refusals. Raises OutOfTime, names.TooManyPeople."""
    condition, params = where(acts_of(asked, span))
    events = sorted(event.value for event in charted_events(asked))
    slots = ", ".join(["%s"] * len(events))
    sql = (
        f"SELECT s.address_key, s.failures, s.successes FROM (SELECT e.address_key,"
        f" SUM(CASE WHEN e.outcome IN ({_REFUSALS}) THEN 1 ELSE 0 END) AS failures,"
        f" SUM(CASE WHEN e.outcome = '{Outcome.SUCCESS}' THEN 1 ELSE 0 END) AS successes FROM audit_event e"
        f" WHERE {condition} AND e.event IN ({slots}) AND e.address_key > '' GROUP BY e.address_key) s"
        " WHERE s.failures > 0 ORDER BY s.failures DESC, s.address_key LIMIT %s"
    )
    found = clock.fetch(sql, [*params, *events, MOST_ADDRESSES])
    return [
        Source(key, int(failures), int(successes), _from(asked, key)) for key, failures, successes in found
    ]


def _from(asked: Filter, address_key: str) -> str:
    """The filter narrowed to an address; "" where that is none, for no filter finds it."""
    is_address = parsed_address(address_key.partition("/")[0]) is not None
    return replace(asked, address=address_key).query() if is_address else ""


_REFUSALS = ", ".join(
    f"'{outcome}'" for outcome in Outcome if result_of(outcome) in (Result.REFUSED, Result.REFUSED_HERE)
)
