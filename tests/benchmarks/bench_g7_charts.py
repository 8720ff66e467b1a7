"""G7: what a year's chart costs at many rows, against the same year at 10 thousand, and against Django's TruncDate
over the same rows; and what keeping the roll-ups costs beside the inserts they count.

Both logs span one year, so the short one has all the cells of the long one but a few. SQLite in CPU time of this
process; on PostgreSQL in wall time, since the server thinks elsewhere.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import django

from tests.benchmarks import logs
from tests.benchmarks.logs import AS_LONG, LONG, LONG_ROWS, SHORT_ROWS, Databases
from tests.benchmarks.measuring import COSTS

CALLS = 20
KEPT_ROWS = 1_000


@dataclass
class Log:
    """A database of so many rows over a year, and its connection."""

    rows: int
    connection: Any


def run() -> dict[str, float]:
    """Print the tables and return the ratios of G7."""
    os.environ.update(DJANGO_SETTINGS_MODULE="tests.settings", DJANGO_ALLOW_ASYNC_UNSAFE="1")
    django.setup()
    ratios: dict[str, float] = {}
    for vendor in logs.VENDORS:
        with logs.databases(vendor) as databases:
            ratios |= _compare(databases)
    return ratios


def _compare(databases: Databases) -> dict[str, float]:
    vendor, long_url = databases.vendor, databases.made(LONG.name, logs.fill_log(LONG))
    with (
        databases.passing("short", logs.fill_log(AS_LONG)) as short_url,
        _log(short_url, SHORT_ROWS) as short,
        _log(long_url, LONG_ROWS) as long,
    ):
        _assert_same(long)
        ways = {f"{name}|{log.rows}": _way(log, act) for log in (short, long) for name, act in ACTS.items()}
        charts = COSTS[vendor](ways, calls=CALLS)
        baseline = _slow_us(long)
        # On the short log: the long one stays as it was filled. Fewer rows in the indexes make an insert cheaper.
        kept = _keeping(short)
    print(f"\nG7 a year's chart, {vendor} (us, median; ratio of {LONG_ROWS:,} rows to {SHORT_ROWS:,})")
    for name in ACTS:
        few, many = charts[f"{name}|{SHORT_ROWS}"], charts[f"{name}|{LONG_ROWS}"]
        print(f"  {name:<24}{few:>12.0f}{many:>12.0f}{many / few:>8.2f}")
    read = charts[f"all|{LONG_ROWS}"]
    print(f"  {'TruncDate over the rows':<24}{'':>12}{baseline:>12.0f}{baseline / read:>8.0f} x `all`")
    print(f"  keeping: {kept['roll-ups']:.1f} a row, its insert {kept['insert']:.1f}")
    return {
        f"g7_{vendor}_year_many_vs_few": _ratio(charts, "one outcome, whole days"),
        f"g7_{vendor}_bars_many_vs_few": _ratio(charts, "all, and its bars"),
        f"g7_{vendor}_truncdate_vs_year": baseline / read,
        f"g7_{vendor}_keeping_vs_insert": kept["roll-ups"] / kept["insert"],
    }


def _ratio(costs: Mapping[str, float], name: str) -> float:
    return costs[f"{name}|{LONG_ROWS}"] / costs[f"{name}|{SHORT_ROWS}"]


@contextmanager
def _log(url: str, rows: int) -> Iterator[Log]:
    from django.db import connections

    with logs.patient_database(url):
        yield Log(rows, connections["default"])


def _year(*, whole_days: bool = False, **more: str) -> tuple[Any, Any]:
    """A year that begins and ends within an hour, so that both edges are counted from rows; or with days."""
    from cognito_portal.audit.filters import Filter
    from cognito_portal.audit.insight.spans import Span
    from tests.audit.many import END

    midnight = END.replace(hour=0)
    span = Span(END - timedelta(days=364, minutes=23), END + timedelta(minutes=7))
    if whole_days:
        span = Span(midnight - timedelta(days=364), midnight)
    return Filter(since=span.since, until=span.until, **more), span


def _counts(**more: Any) -> Any:
    """What the database does for the first two charts."""
    from cognito_portal.audit.insight import charts
    from cognito_portal.audit.time_limit import time_limit

    asked, span = _year(**more)
    with time_limit(60) as clock:
        return charts.counted(asked, span, span.grain, clock)


def _bars() -> None:
    """The same, and the bars made of it."""
    from cognito_portal.audit.insight import charts

    asked, span = _year()
    counts = _counts()
    charts.buckets(asked, span, span.grain, counts)
    charts.reasons(asked, span, counts)


ACTS: Mapping[str, Callable[[], Any]] = {
    # The short log has these on nearly every day as well, so that both read about as many cells.
    "one outcome, whole days": lambda: _counts(whole_days=True, event="signin.started", outcome="success"),
    "one outcome": lambda: _counts(event="signin.started", outcome="success"),
    "all": _counts,
    "all, and its bars": _bars,
}


def _by_trunc_date() -> Any:
    from django.db.models import Count
    from django.db.models.functions import TruncDate

    from cognito_portal.audit.insight.results import CHARTED
    from cognito_portal.audit.models import AuditEvent

    _, span = _year()
    rows = AuditEvent.objects.exclude(phase="begin").filter(time__gte=span.since, time__lt=span.until)
    days = rows.filter(event__in=[event.value for event in CHARTED]).annotate(day=TruncDate("time"))
    return list(days.values_list("day", "outcome").annotate(acts=Count("id")))


def _assert_same(log: Log) -> None:
    counted = {(start.date(), outcome): acts for (start, outcome), acts in _counts().items()}
    if counted != {(day, outcome): acts for day, outcome, acts in _by_trunc_date()}:
        raise AssertionError(f"the chart of {log.rows} rows is not their recount")


def _slow_us(log: Log) -> float:
    clock = time.process_time if log.connection.vendor == "sqlite" else time.perf_counter
    began = clock()
    _way(log, _by_trunc_date)()
    return (clock() - began) * 1e6


def _keeping(log: Log) -> dict[str, float]:
    """What a row costs to be written, and to be counted in a batch of the sealer's."""
    from django.db import transaction
    from django.utils import timezone

    from cognito_portal.audit import rollups
    from cognito_portal.audit.events import Outcome
    from tests.audit.rows import begun, record, somebody

    now = timezone.now()
    acts = [
        rollups.Act(
            time=now,
            phase="begin" if number % 2 else "end",
            event="signin.started",
            outcome="success" if number % 5 else "bad_credentials",
            error_code="",
            client_id="web",
        )
        for number in range(KEPT_ROWS)
    ]

    def count() -> None:
        with transaction.atomic():
            rollups.add(rollups.counts_of(acts))

    def insert() -> None:
        for _ in range(KEPT_ROWS // 20):
            call = begun(somebody(f"person-{secrets.randbelow(50)}"))
            record.end(call, outcome=Outcome.SUCCESS)

    ways = {"roll-ups": _way(log, count), "insert": _way(log, insert)}
    costs = COSTS[log.connection.vendor](ways, calls=3)
    return {"roll-ups": costs["roll-ups"] / KEPT_ROWS, "insert": costs["insert"] / (KEPT_ROWS // 10)}


def _way(log: Log, act: Callable[[], Any]) -> Callable[[], None]:
    from django.db import connections

    def way() -> None:
        connections["default"] = log.connection
        act()

    return way


if __name__ == "__main__":
    run()
