"""Reviews: an auditor's signature under what a filter showed, and what nobody has signed yet.

SQL stands here because counts stop at a cap (decision D9).
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.utils import timezone

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import BadFilter, Filter
from cognito_portal.audit.insight.times import stored
from cognito_portal.audit.models import Review
from cognito_portal.audit.search import where
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.time_limit import OutOfTime, time_limit

CAP = 10_000
LIMIT_S = 2.0
MAX_REMARKS = 4000


class TooWide(Exception):
    """The rows of this filter cannot be counted in time: nobody could say what would be signed."""


class Changed(Exception):
    """The log no longer shows what was to be signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Exactly what is signed: the rows of a filter, up to and including the row `last_event_id`."""

    asked: Filter
    rows: int
    is_capped: bool
    last_event_id: int

    @property
    def covers_everything(self) -> bool:
        """Whether the filter leaves nothing out but by time."""
        return is_whole(self.asked)


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """How many acts came since the last review that covered everything, or since ever."""

    acts: int
    is_capped: bool
    since: datetime | None


def is_whole(asked: Filter) -> bool:
    """Whether a filter narrows by nothing but time."""
    return replace(asked, preset="", since=None, until=None, begun=False) == Filter()


def scope_of(asked: Filter, *, now: datetime) -> Scope:
    """What a review of this filter would sign at this moment. Raises TooWide, names.TooManyPeople."""
    moment = now.astimezone(UTC)
    # Nobody can sign what is yet to come.
    until = min(asked.until or moment, moment)
    return _scope(replace(asked.fixed(now=now), until=until), _newest_row(until))


def _scope(asked: Filter, last_event_id: int) -> Scope:
    condition, params = where(asked)
    sql = (
        f"SELECT COUNT(*) FROM (SELECT 1 FROM audit_event e WHERE {condition} AND e.id <= %s LIMIT %s) found"
    )
    try:
        with time_limit(LIMIT_S) as clock:
            rows = int(clock.fetch(sql, [*params, last_event_id, CAP + 1])[0][0])
    except OutOfTime:
        raise TooWide from None
    return Scope(asked=asked, rows=min(rows, CAP), is_capped=rows > CAP, last_event_id=last_event_id)


_NEWEST_BEFORE = """
SELECT MAX(near.id) FROM (
  SELECT e.id FROM audit_event e WHERE e.time < %s ORDER BY e.time DESC, e.id DESC LIMIT 1000
) near
"""


def _newest_row(until: datetime) -> int:
    """The greatest id before that moment. Clocks of several machines differ, hence not simply the newest row's."""
    return int(fetch(_NEWEST_BEFORE, [stored(until)])[0][0] or 0)


def sign(scope: Scope, *, remarks: str, by: record.By, now: datetime | None = None) -> Review:
    """Sign off a scope, in one transaction with its row of the log.

    Raises Changed where the log shows another number of rows than the scope says, TooWide, AuditUnavailable.
    """
    now = now or timezone.now()
    until = scope.asked.until
    if until is None or until > now or scope.last_event_id > _newest_row(until):
        raise Changed
    if _scope(scope.asked, scope.last_event_id) != scope:
        raise Changed
    with record.write_transaction():
        review = Review.objects.create(
            reviewer=by.actor,
            reviewed_at=now,
            query=scope.asked.query(),
            since=scope.asked.since,
            until=until,
            last_event_id=scope.last_event_id,
            rows=scope.rows,
            remarks=remarks,
        )
        record.note(
            event=Event.AUDIT_REVIEWED,
            outcome=Outcome.RECORDED,
            by=by,
            step=f"review:{review.id}",
            now=now,
        )
    return review


def unreviewed(cap: int = CAP) -> Unreviewed:
    """How many acts nobody has signed: those written since the last review that covered everything.

    A review covers everything where its filter narrows by time alone, and begins no later than the one before
    it ended. Raises django.db.Error.
    """
    covered = _covered()
    after = covered.last_event_id if covered else 0
    # In the order of the primary key: PostgreSQL would begin to read the whole table, past what it keeps in memory.
    found = "SELECT 1 FROM audit_event e WHERE e.id > %s AND e.phase <> 'begin' ORDER BY e.id LIMIT %s"
    acts = int(fetch(f"SELECT COUNT(*) FROM ({found}) found", [after, cap + 1])[0][0])
    return Unreviewed(min(acts, cap), acts > cap, covered.until if covered else None)


def _covered() -> Review | None:
    """The review up to which everything is signed."""
    reached: Review | None = None
    for review in Review.objects.order_by("until", "id"):
        starts_in_time = review.since is None or (reached is not None and review.since <= reached.until)
        if starts_in_time and _is_of_everything(review):
            reached = review
    return reached


def _is_of_everything(review: Review) -> bool:
    try:
        return is_whole(Filter.of_query(review.query, now=review.reviewed_at))
    except BadFilter:
        # Made by another release, whose filter this one cannot read.
        return False


def listed(*, limit: int, before: int | None = None) -> list[Review]:
    """The newest reviews; those older than the one of the id `before`."""
    reviews = Review.objects.order_by("-id")
    if before is not None:
        reviews = reviews.filter(id__lt=before)
    return list(reviews[:limit])
