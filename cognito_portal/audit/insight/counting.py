"""How many acts of each outcome there were in each hour, day or month of a filter.

The acts of whole hours and days are read from the roll-ups, which the sealer keeps in the transaction of each
seal; to them come the rows that are not sealed yet, and those of the minutes at both ends. All of it is one
statement, so that a seal made meanwhile is counted once. A filter that asks for more than the roll-ups know (a
person, an address) is counted from its rows, within the clock that is given.

SQL stands here because the ORM has no such statement (decision D9).
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from cognito_portal.audit.events import Event
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.insight.spans import Grain, Span, Split, split
from cognito_portal.audit.insight.times import stored, utc
from cognito_portal.audit.search import where
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.time_limit import Clock

Counts = dict[tuple[datetime, str], int]
"""By the beginning of the hour, day or month, and the outcome."""

LATE = timedelta(seconds=30)
"""PostgreSQL gives out ids before it commits, so a row may appear below one that is sealed, for as long as a
transaction of the site lasts. Rows above a seal of so long ago are looked up one by one."""

_SQLITE_STARTS = {
    Grain.HOUR: "substr({0}, 1, 13) || ':00:00'",
    Grain.DAY: "substr({0}, 1, 10) || ' 00:00:00'",
    Grain.MONTH: "substr({0}, 1, 7) || '-01 00:00:00'",
}


@dataclass(frozen=True, slots=True)
class _Sql:
    text: str
    params: tuple[Any, ...]


def is_in_rollups(asked: Filter) -> bool:
    """Whether the roll-ups know everything that a filter asks for."""
    return not any((asked.person, asked.actor, asked.address, asked.attempt_id, asked.request_id))


def span_of(asked: Filter, *, now: datetime) -> Span:
    """From when to when a filter reaches; where it does not say, as far as the log does, in whole hours."""
    since, until = asked.since, asked.until
    if until is None:
        newest = _end_of_log("DESC")
        until = max(now.astimezone(UTC), newest or now) + timedelta(microseconds=1)
        until = _whole_hour(until) + timedelta(hours=1)
    if since is None:
        oldest = _end_of_log("ASC")
        since = min(_whole_hour(oldest or until), _whole_hour(until - timedelta(hours=1)))
    return Span(since, max(until, since + timedelta(hours=1)))


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _end_of_log(order: str) -> datetime | None:
    rows = fetch(f"SELECT e.time FROM audit_event e ORDER BY e.time {order}, e.id {order} LIMIT 1", [])
    return utc(rows[0][0]) if rows else None


def count(asked: Filter, span: Span, *, grain: Grain, events: Collection[Event], clock: Clock) -> Counts:
    """The acts of a filter in a span, of these events. Raises OutOfTime, names.TooManyPeople."""
    names = sorted(event.value for event in events)
    if is_in_rollups(asked) and _is_sealed(clock):
        parts = _parts(asked, split(span, by_hour=grain is Grain.HOUR), grain, names)
    else:
        parts = [_of_rows(asked, span, grain, names)]
    united = " UNION ALL ".join(part.text for part in parts)
    recent, cutoff = (_RECENT, [stored(timezone.now() - LATE)]) if "FROM recent" in united else ("", [])
    sql = (
        f"{recent} SELECT {_read('counted.start')}, counted.outcome, SUM(counted.acts) FROM ({united}) counted"
        " GROUP BY counted.start, counted.outcome"
    )
    params = [*cutoff, *(param for part in parts for param in part.params)]
    return {(_moment(start), outcome): int(acts) for start, outcome, acts in clock.fetch(sql, params)}


def _is_sealed(clock: Clock) -> bool:
    return bool(clock.fetch("SELECT 1 FROM audit_seal LIMIT 1", []))


# As a table of its own, so that no plan begins with the index of the filter and reads a year to find a second.
_RECENT = """
WITH recent AS MATERIALIZED (
  SELECT n.* FROM audit_event n
  WHERE n.id > COALESCE((
    SELECT s.last_event_id FROM audit_seal s WHERE s.time <= %s ORDER BY s.time DESC, s.no DESC LIMIT 1
  ), 0)
  AND NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.event_id = n.id)
)
"""


def _parts(asked: Filter, pieces: Split, grain: Grain, events: Sequence[str]) -> list[_Sql]:
    parts = [_of_rollups(asked, span, Grain.DAY, grain, events) for span in pieces.days]
    parts += [_of_rollups(asked, span, Grain.HOUR, grain, events) for span in pieces.hours]
    parts += [_of_rows(asked, span, grain, events) for span in pieces.edges]
    whole = pieces.whole
    return parts + ([_of_rows(asked, whole, grain, events, table="recent")] if whole else [])


def _of_rollups(asked: Filter, span: Span, cells: Grain, grain: Grain, events: Sequence[str]) -> _Sql:
    conditions = [f"r.event IN ({_slots(events)})"]
    params: list[Any] = [cells.value, stored(span.since), stored(span.until), *events]
    if outcomes := asked.outcomes():
        conditions.append(f"r.outcome IN ({_slots(outcomes)})")
        params += outcomes
    for column, value in (
        ("event", asked.event),
        ("error_code", asked.error_code),
        ("client_id", asked.client_id),
    ):
        if value:
            conditions.append(f"r.{column} = %s")
            params.append(value)
    start = "r.start" if cells is grain else _start("r.start", grain)
    text = (
        f"SELECT {start} AS start, r.outcome, r.acts FROM audit_rollup r"
        f" WHERE r.grain = %s AND r.start >= %s AND r.start < %s AND {' AND '.join(conditions)}"
    )
    return _Sql(text, tuple(params))


def _of_rows(
    asked: Filter, span: Span, grain: Grain, events: Sequence[str], *, table: str = "audit_event"
) -> _Sql:
    condition, params = where(acts_of(asked, span))
    text = (
        f"SELECT {_start('e.time', grain)} AS start, e.outcome, 1 AS acts FROM {table} e"
        f" WHERE {condition} AND e.event IN ({_slots(events)})"
    )
    return _Sql(text, (*params, *events))


def acts_of(asked: Filter, span: Span) -> Filter:
    """The same filter in that span, without the rows that stand before calls."""
    return replace(asked, preset="", since=span.since, until=span.until, begun=False)


def _start(column: str, grain: Grain) -> str:
    """SQL for the beginning of the hour, day or month of a column."""
    if connection.vendor == "sqlite":
        return _SQLITE_STARTS[grain].format(column)
    return f"date_trunc('{grain}', {column}, 'UTC')"


def _read(start: str) -> str:
    """SQL for a beginning as it is read fastest: of a year's days, psycopg reads numbers in a tenth of the time."""
    return start if connection.vendor == "sqlite" else f"CAST(EXTRACT(EPOCH FROM {start}) AS bigint)"


def _moment(found: int | str) -> datetime:
    if isinstance(found, int):
        return datetime.fromtimestamp(found, UTC)
    return utc(datetime.fromisoformat(found))


def _slots(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))
