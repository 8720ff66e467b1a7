"""Which rows can be waiting for their seal: a pass of the sealer need not look through the others again.

SQLite gives out ids in the order of commits: above the newest seal everything waits, below it nothing. PostgreSQL
gives them out before, so a row may appear below one that is sealed.
SQL stands here for what cognito_portal.audit.proof.stored says. Every function raises django.db.Error.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from cognito_portal.audit.proof import ledger
from cognito_portal.audit.proof.statements import Seal
from cognito_portal.audit.sql import fetch

LOOK_BACK = timedelta(minutes=2)
SETTLED_S = 3.0
MARK_EVERY_S = 1.0
SWEEP = timedelta(days=1)
SWEEP_EVERY_S = 600.0


@dataclass(frozen=True, slots=True)
class Look:
    """What a pass looks through: rows with ids above `after` and up to `until`.

    Every row up to `settled` had been committed, or never will be, before the pass began.
    """

    after: int
    until: int
    settled: int


@dataclass(frozen=True, slots=True)
class _Mark:
    """The newest row at a moment (seconds, monotonic), and a transaction id that was given out after it."""

    newest: int
    transaction: int
    at: float


@dataclass(slots=True)
class _Known:
    """What this process knows of a database: up to which row whole passes have looked once it was settled."""

    swept_at: float = float("-inf")
    marks: list[_Mark] = field(default_factory=list)
    whole: int = 0


_known: dict[str, _Known] = {}


def look(moment: datetime) -> Look:
    """What a pass that begins at this moment has to look through.

    On PostgreSQL that is what came since the last whole pass, and since the oldest transaction that still runs;
    at most LOOK_BACK, which is far more than a request's transaction lasts. A SWEEP when the process starts and
    now and then finds what was held up for longer, or was left by a sealer that died.
    """
    known = _of_database()
    is_swept = time.monotonic() - known.swept_at < SWEEP_EVERY_S
    head = ledger.find_head()
    if connection.vendor == "sqlite":
        ((newest,),) = fetch("SELECT MAX(id) FROM audit_event", [])
        until = settled = int(newest or 0)
    else:
        until, settled = _marked(known)
    if not is_swept:
        known.swept_at = time.monotonic()
    if head is None:
        return Look(0, until, settled)
    if not is_swept:
        return Look(_sealed_before(min(moment, head.statement.time) - SWEEP), until, settled)
    return Look(_floor(head, known, moment), until, settled)


def whole(looked: Look) -> None:
    """Remember that a pass has gone through all of it: what was settled then is sealed, or reported."""
    known = _of_database()
    known.whole = max(known.whole, looked.settled)


def _floor(head: Seal, known: _Known, moment: datetime) -> int:
    newest_sealed = head.statement.last_event_id
    if connection.vendor == "sqlite":
        return newest_sealed
    # Never above the newest seal: the database may have been put back to an old copy.
    looked_through = min(known.whole, newest_sealed)
    return max(looked_through, _sealed_before(min(moment, head.statement.time) - LOOK_BACK))


def _sealed_before(moment: datetime) -> int:
    """The greatest row id that was sealed by then."""
    found = fetch(
        "SELECT last_event_id FROM audit_seal WHERE time <= %s ORDER BY time DESC, no DESC LIMIT 1",
        [connection.ops.adapt_datetimefield_value(moment)],
    )
    return int(found[0][0]) if found else 0


def _marked(known: _Known) -> tuple[int, int]:
    """The newest row now, and up to which row everything is settled.

    A row gets its id and, a moment later, its transaction the id under which it writes. So once every transaction
    up to a mark's has ended, no row up to the mark's can appear any more; SETTLED_S stands for that moment
    (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT).
    """
    ((newest, transaction, oldest),) = fetch(
        "SELECT COALESCE((SELECT MAX(id) FROM audit_event), 0), pg_current_xact_id()::text::bigint,"
        " pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
        [],
    )
    now = time.monotonic()
    over = [mark for mark in known.marks if mark.transaction < oldest and now - mark.at >= SETTLED_S]
    kept = [mark for mark in known.marks if mark not in over and now - mark.at < LOOK_BACK.total_seconds()]
    if not kept or now - kept[-1].at >= MARK_EVERY_S:
        kept.append(_Mark(newest, transaction, now))
    known.marks = kept
    return newest, max([0, *(mark.newest for mark in over)])


def _of_database() -> _Known:
    return _known.setdefault(str(connection.settings_dict["NAME"]), _Known())
