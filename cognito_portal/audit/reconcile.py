"""Every begun call gets an end row: where its process died, from here.

A call takes 8 seconds at most (decision D7), so one that has stood open for OPEN_S has nobody any more who would
end it. Should its process live after all, it cannot write its own end row now, and so grants nothing.

SQL stands here for the reason it does in cognito_portal.audit.queries.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from cognito_portal.audit.record import OF_ITS_CALL, By, end_left_open, write_transaction
from cognito_portal.audit.sql import fetch
from cognito_portal.worker.jobs import last_run, stop_if_told

JOB = "reconcile"
EVERY_S = 10.0
OPEN_S = 60
NO_END_ROW = "NoEndRow"
WORKER = By(actor="worker", address="", user_agent="")
LOOK_BACK = timedelta(minutes=10)
"""What was looked at is looked at again for so long: a row may be committed late, and clocks differ."""
WINDOW = 5_000
"""How many rows one statement reads at most, so that none runs long however much there is to catch up on."""
BATCH = 50
"""How many rows one transaction writes at most, so that no sign-in waits for long."""

START = datetime(1970, 1, 1, tzinfo=UTC)

_LAST_OF_WINDOW = (
    "SELECT time FROM audit_event WHERE time > %s AND time <= %s ORDER BY time LIMIT 1 OFFSET %s"
)
# A subquery for a value, not NOT EXISTS: that may be planned as one pass over every end row there is.
_OPEN = (
    f"SELECT {', '.join(f'b.{name}' for name in OF_ITS_CALL)} FROM audit_event b"
    " WHERE b.time > %s AND b.time <= %s AND b.phase = 'begin'"
    " AND (SELECT e.id FROM audit_event e WHERE e.call_id = b.call_id AND e.phase = 'end') IS NULL"
    " ORDER BY b.time, b.id"
)


def reconcile(*, clock: Callable[[], datetime] = timezone.now) -> int:
    """End the calls that were left open, as unknown; return how many.

    Looks at what was begun since the last run that ended well, by the worker's own knowledge of it, and at
    everything where there was none. Raises django.db.Error, AuditUnavailable, and Interrupted where the worker
    is told to stop.
    """
    ran_at = last_run(JOB)
    since = START if ran_at is None else ran_at - timedelta(seconds=OPEN_S) - LOOK_BACK
    ended = 0
    for rows in _left_open(since, clock):
        for start in range(0, len(rows), BATCH):
            ended += _end(rows[start : start + BATCH], clock())
    return ended


def _end(begun: list[dict[str, Any]], now: datetime) -> int:
    with write_transaction():
        return sum(end_left_open(row, by=WORKER, error_code=NO_END_ROW, now=now) for row in begun)


def _left_open(since: datetime, clock: Callable[[], datetime]) -> Iterator[list[dict[str, Any]]]:
    """The begin rows without an end row, a window at a time, until there is none that is old enough."""
    is_last = False
    while not is_last:
        stop_if_told()
        until = clock() - timedelta(seconds=OPEN_S)
        full = fetch(_LAST_OF_WINDOW, [_stored(since), _stored(until), WINDOW - 1])
        is_last = not full
        upto = until if is_last else _utc(full[0][0])
        rows = fetch(_OPEN, [_stored(since), _stored(upto)])
        yield [dict(zip(OF_ITS_CALL, row, strict=True)) for row in rows]
        since = upto


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
