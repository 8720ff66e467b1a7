"""Charts equal a recount: random logs, filters and spans, part of the log sealed, on both databases."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import ANY_FAILURE, Filter
from cognito_portal.audit.insight import charts, counting
from cognito_portal.audit.insight.results import Result, result_of
from cognito_portal.audit.insight.spans import Grain, Span, floor
from cognito_portal.audit.models import AuditEvent, AuditRollup, AuditSeal
from cognito_portal.audit.proof import seals
from cognito_portal.audit.time_limit import time_limit
from tests.audit.insight.acts import throttled, tried
from tests.databases import Database

START = datetime(2026, 2, 20, 0, 0, tzinfo=UTC)
MINUTES = 20 * 24 * 60
EVENTS = (Event.SIGNIN_STARTED, Event.SIGNIN_ANSWERED, Event.ACCOUNT_PASSWORD_CHANGED)
OUTCOMES = (
    Outcome.SUCCESS,
    Outcome.CHALLENGE,
    Outcome.BAD_CREDENTIALS,
    Outcome.SERVER_ERROR,
    Outcome.UNKNOWN_USER,
)
CLIENTS, ERRORS = ("one", "two"), ("", "NotAuthorizedException")

# Whole hours and days are where an edge goes wrong, so they come often.
moments = st.one_of(
    st.integers(0, MINUTES).map(lambda number: START + timedelta(minutes=number)),
    st.integers(0, MINUTES // 60).map(lambda number: START + timedelta(hours=number)),
    st.integers(0, MINUTES // 1440).map(lambda number: START + timedelta(days=number)),
)
acts = st.tuples(
    moments,
    st.sampled_from(EVENTS),
    st.sampled_from(OUTCOMES),
    st.sampled_from(CLIENTS),
    st.sampled_from(ERRORS),
)
filters = st.builds(
    Filter,
    event=st.sampled_from(["", *EVENTS]),
    outcome=st.sampled_from(["", ANY_FAILURE, *OUTCOMES]),
    client_id=st.sampled_from(["", *CLIENTS]),
    error_code=st.sampled_from(["", ERRORS[1]]),
    person=st.sampled_from(["", "", "", '"ann"']),
    begun=st.booleans(),
)
spans = st.tuples(moments, moments).filter(lambda ends: ends[0] != ends[1]).map(sorted)


def recounted(asked: Filter, span: Span, grain: Grain) -> Counter[tuple[datetime, str]]:
    """The same by reading every row."""
    found: Counter[tuple[datetime, str]] = Counter()
    for row in AuditEvent.objects.exclude(phase="begin"):
        if not span.since <= row.time < span.until or row.event not in charts.charted_events(asked):
            continue
        wanted = (
            (not asked.outcome or row.outcome in asked.outcomes())
            and asked.client_id in ("", row.client_id)
            and asked.error_code in ("", row.error_code)
        )
        if wanted:
            found[(floor(row.time, grain), row.outcome)] += 1
    return found


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(
    sealed=st.lists(acts, max_size=12),
    fresh=st.lists(acts, max_size=4),
    asked=st.lists(st.tuples(filters, spans, st.sampled_from(Grain)), min_size=8, max_size=8),
)
def test_chart_equals_a_recount(
    database: Database,
    sealed: list[tuple[datetime, Event, Outcome, str, str]],
    fresh: list[tuple[datetime, Event, Outcome, str, str]],
    asked: list[tuple[Filter, tuple[datetime, datetime], Grain]],
) -> None:
    """The rows of one example stay for the next: so the log grows, sealed in ever other pieces."""
    for written, seal in ((sealed, True), (fresh, False)):
        for moment, event, outcome, client_id, error_code in written:
            tried("ann", outcome, at=moment, event=event, client_id=client_id, error_code=error_code)
        if seal:
            seals.seal_pending()
    for each, (since, until), grain in asked:
        span = Span(since, until)
        with time_limit(60) as clock:
            counts = charts.counted(each, span, grain, clock)
        assert counts == recounted(each, span, grain)


def count(asked: Filter, span: Span) -> dict[tuple[datetime, str], int]:
    with time_limit(60) as clock:
        return charts.counted(asked, span, span.grain, clock)


@pytest.mark.parametrize("days", [1, 30, 500])
def test_whole_span_is_found_where_the_filter_names_none(database: Database, days: int) -> None:
    tried(at=START)
    tried(at=START + timedelta(days=days, minutes=5))
    span = counting.span_of(Filter(), now=START)
    assert span == Span(START, START + timedelta(days=days, hours=1))
    seals.seal_pending()
    assert sum(count(Filter(), span).values()) == 2


def test_sealed_acts_come_from_the_rollups(database: Database) -> None:
    tried(at=START)
    seals.seal_pending()
    AuditRollup.objects.update(acts=7)
    assert list(count(Filter(), Span(START, START + timedelta(days=9))).values()) == [7]


def test_act_that_is_not_sealed_yet_is_counted_from_its_row(database: Database) -> None:
    tried(at=START)
    seals.seal_pending()
    tried(at=START)
    assert list(count(Filter(), Span(START, START + timedelta(days=9))).values()) == [2]


def test_row_that_appears_below_one_that_is_sealed_is_counted(database: Database) -> None:
    """PostgreSQL gives out ids before it commits."""
    tried(at=START)
    newest = AuditEvent.objects.latest("id")
    AuditSeal.objects.create(
        no=1,
        log_id="0" * 32,
        first_leaf=0,
        count=0,
        total=0,
        last_event_id=newest.id + 5,
        root=b"",
        prev_hash=b"",
        seal_hash=b"",
        time=datetime.now(UTC),
        key_id="tests",
        signature=b"",
    )
    assert list(count(Filter(), Span(START, START + timedelta(days=9))).values()) == [1]


def test_person_is_counted_from_rows(database: Database) -> None:
    tried("ann", at=START)
    tried("bob", at=START)
    seals.seal_pending()
    assert list(count(Filter(person='"ann"'), Span(START, START + timedelta(days=9))).values()) == [1]


def test_summary_of_the_throttle_is_one_row(database: Database) -> None:
    throttled(count=50, at=START)
    assert list(count(Filter(), Span(START, START + timedelta(days=9))).values()) == [1]


@pytest.mark.parametrize(
    ("hours", "grain"),
    [(1, Grain.HOUR), (168, Grain.HOUR), (169, Grain.DAY), (9600, Grain.DAY), (9601, Grain.MONTH)],
)
def test_bars_are_hours_up_to_a_week_and_days_beyond(hours: int, grain: Grain) -> None:
    assert Span(START, START + timedelta(hours=hours)).grain is grain


@pytest.mark.parametrize("grain", Grain)
def test_bars_fill_their_span_without_a_gap(grain: Grain) -> None:
    span = Span(START + timedelta(minutes=7), START + timedelta(days=70, minutes=3))
    pieces = list(span.pieces(grain))
    assert (pieces[0].since, pieces[-1].until) == (span.since, span.until)
    assert all(one.until == other.since for one, other in pairwise(pieces))


def test_every_outcome_has_its_place() -> None:
    undecided = {outcome for outcome in Outcome if result_of(outcome) is None}
    assert undecided == {Outcome.NONE, Outcome.CHALLENGE, Outcome.ASKED_AGAIN}
    assert {result_of(outcome) for outcome in Outcome} - {None} == set(Result)
