"""Retention: whole sealed batches that are older than AUDIT_RETENTION_DAYS go, and the log says so itself.

First one transaction writes the row `audit.pruned` and names the batches in `audit_prune`. Once that row is
sealed the rows are deleted, DELETE_ROWS in a transaction, so that no sign-in waits for long. Leaf hashes stay
LEAVES_STAY longer, seals and roll-ups for ever: what was exported before can still be proved. Names that no row
points to any more go too.

It goes on where it was stopped, and two at once do no harm. SQL stands here for the reason it does in
cognito_portal.audit.queries.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from cognito_portal.audit import forgetting
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.proof.prunes import step_of
from cognito_portal.audit.record import By, note
from cognito_portal.audit.sql import append as execute
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.writing import write_transaction
from cognito_portal.worker import jobs

JOB = "retention"
EVERY_S = 3600.0
LEAVES_STAY = timedelta(days=400)
MARK_SEALS = 5_000
"""How many batches one row `audit.pruned` is for at most."""
DELETE_ROWS = 500
PAUSE_S = 0.02
SEAL_WAIT_S = 10.0
"""How long to wait for the sealer, which has its turn every second and keys that retention needs not have."""
WORKER = By(actor="worker", address="", user_agent="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Batches that are old enough to go: up to which seal, how many, and of how many rows."""

    through_seal: int
    batches: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What one run did. `marked` rows may be deleted once the row that says so is sealed."""

    marked: int
    deleted: int
    people: int
    leaves: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """When retention last ran (UTC; None: never), and what it last had deleted, and when that was."""

    ran_at: datetime | None
    pruned_at: datetime | None
    rows: int
    step: str


def work(*, by: By = WORKER, now: datetime | None = None) -> Done:
    """Mark what has become too old, seal that, and delete what is marked and sealed.

    Raises keys.BadKeys,  AuditUnavailable, django.db.Error, and Interrupted where the worker is told to stop.
    """
    moment = now or timezone.now()
    marked = 0
    while rows := mark(by=by, now=moment):
        marked += rows
    if marked:
        _wait_for_seal()
    deleted = _delete_rows()
    return Done(
        marked=marked,
        deleted=deleted,
        people=forgetting.delete_unmentioned() if deleted else 0,
        leaves=_delete_leaves(moment - LEAVES_STAY),
    )


def last_run() -> LastRun:
    """What a page says about retention. Raises django.db.Error."""
    newest = "SELECT time, count, step FROM audit_event WHERE event = %s ORDER BY time DESC, id DESC LIMIT 1"
    ran_at = jobs.last_run(JOB)
    for moment, count, step in fetch(newest, [Event.AUDIT_PRUNED.value]):
        return LastRun(ran_at=ran_at, pruned_at=_utc(moment), rows=count or 0, step=step)
    return LastRun(ran_at=ran_at, pruned_at=None, rows=0, step="")


def cutoff(now: datetime) -> datetime | None:
    """Batches sealed before this moment are too old; None where rows are kept for ever."""
    days: int = settings.AUDIT_RETENTION_DAYS
    return now - timedelta(days=days) if days else None


_NEWEST_OLD = "SELECT no FROM audit_seal WHERE time <= %s ORDER BY time DESC, no DESC LIMIT 1"
_BATCHES = (
    "SELECT COALESCE(MAX(b.no), 0), COUNT(*), COALESCE(SUM(b.count), 0) FROM (SELECT s.no, s.count"
    " FROM audit_seal s WHERE s.no > (SELECT COALESCE(MAX(seal_no), 0) FROM audit_prune) AND s.no <= %s"
    " AND s.count > 0 ORDER BY s.no LIMIT %s) b"
)
_NAME_BATCHES = (
    "INSERT INTO audit_prune (seal_no, event_id, time) SELECT s.no, e.id, e.time FROM audit_seal s,"
    " audit_event e WHERE e.once = %s AND s.no <= %s AND s.count > 0"
    " AND s.no > (SELECT COALESCE(MAX(seal_no), 0) FROM audit_prune) ORDER BY s.no"
)


def due(now: datetime, *, limit: int) -> Due:
    """The oldest batches that may go and are not marked yet, at most `limit` of them. Raises django.db.Error."""
    before = cutoff(now)
    newest = fetch(_NEWEST_OLD, [_stored(before)]) if before else []
    if not newest:
        return Due(through_seal=0, batches=0, rows=0)
    ((last, batches, rows),) = fetch(_BATCHES, [newest[0][0], limit])
    return Due(through_seal=last, batches=batches, rows=int(rows))


def mark(*, by: By, now: datetime) -> int:
    """Have the log say which batches go next, at most MARK_SEALS; of how many rows. Raises AuditUnavailable."""
    with write_transaction():
        found = due(now, limit=MARK_SEALS)
        once = f"pruned:{found.through_seal}"
        if not found.batches or not note(
            event=Event.AUDIT_PRUNED,
            outcome=Outcome.RECORDED,
            by=by,
            step=step_of(found.through_seal),
            count=found.rows,
            once=once,
            now=now,
        ):
            return 0
        execute(_NAME_BATCHES, [once, found.through_seal])
    return found.rows


# The row that says so must be sealed: a prune row without one is a fault of the log (decision D3).
_SEALED_END = (
    "SELECT s.first_leaf + s.count FROM audit_prune p JOIN audit_seal s ON s.no = p.seal_no"
    " WHERE EXISTS (SELECT 1 FROM audit_leaf l WHERE l.event_id = p.event_id) ORDER BY p.seal_no DESC LIMIT 1"
)
_UNSEALED = (
    "SELECT 1 FROM audit_prune p WHERE p.seal_no = (SELECT MAX(seal_no) FROM audit_prune)"
    " AND NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.event_id = p.event_id)"
)
_FIRST_LEAF = "SELECT leaf_no, seal_no FROM audit_leaf ORDER BY leaf_no LIMIT 1"
_ANY_LEFT = (
    "SELECT 1 FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id"
    " WHERE l.leaf_no >= %s AND l.leaf_no < %s LIMIT 1"
)
_DELETE_ROWS = (
    "DELETE FROM audit_event"
    " WHERE id IN (SELECT event_id FROM audit_leaf WHERE leaf_no >= %s AND leaf_no < %s)"
)
_OLD_END = (
    "SELECT MAX(b.upto) FROM (SELECT p.time, s.first_leaf + s.count AS upto FROM audit_prune p JOIN audit_seal s"
    " ON s.no = p.seal_no WHERE p.seal_no >= %s ORDER BY p.seal_no LIMIT %s) b WHERE b.time <= %s"
)
_DELETE_LEAVES = "DELETE FROM audit_leaf WHERE leaf_no >= %s AND leaf_no < %s"


def _wait_for_seal() -> None:
    deadline = time.monotonic() + SEAL_WAIT_S
    while time.monotonic() < deadline and fetch(_UNSEALED, []):
        jobs.stop_if_told()
        jobs.stopping().wait(0.2)


def _delete_rows() -> int:
    """Delete the rows of the batches whose mark is sealed; how many those were."""
    for (end,) in fetch(_SEALED_END, []):
        return _delete_between(_DELETE_ROWS, _first_with_rows(end), end)
    return 0


def _first_with_rows(end: int) -> int:
    """The leaf from which on rows are left: they go in the order of their leaves, so below it there is none."""
    lowest: int = fetch(_FIRST_LEAF, [])[0][0]
    first = end
    while first > lowest and fetch(_ANY_LEFT, [first - DELETE_ROWS, first]):
        first -= DELETE_ROWS
    return max(first, lowest)


def _delete_leaves(before: datetime) -> int:
    """Delete the leaves of batches that were marked before this moment; how many those were."""
    deleted = 0
    while first := fetch(_FIRST_LEAF, []):
        leaf_no, seal_no = first[0]
        ((end,),) = fetch(_OLD_END, [seal_no, MARK_SEALS, _stored(before)])
        if end is None:
            break
        deleted += _delete_between(_DELETE_LEAVES, leaf_no, end)
    return deleted


def _delete_between(sql: str, first: int, end: int) -> int:
    deleted = 0
    for start in range(first, end, DELETE_ROWS):
        jobs.stop_if_told()
        began = time.monotonic()
        with write_transaction():
            deleted += execute(sql, [start, min(start + DELETE_ROWS, end)])
        # Whoever waits to write has at least as long a turn.
        jobs.stopping().wait(max(PAUSE_S, time.monotonic() - began))
    return deleted


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
