"""The sealer: what was committed gets its leaf, and each batch a signed seal that is chained to the one before.

Rows are inserted without any lock and sealed a moment later, in one transaction a batch: leaves, seal and
roll-ups. Of several sealers one has its turn; the others leave it to that one. Until it is sealed a row is
guarded by its MAC and the database's own refusals, so one that is deleted in that moment is not missed; what
was printed as an anchor covers all before it.
"""

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from cognito_portal.audit import rollups
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.proof import ledger, rotation, stored, waiting
from cognito_portal.audit.proof.keys import SigningKey, row_keys, signing_keys
from cognito_portal.audit.proof.merkle import root_of
from cognito_portal.audit.proof.statements import NO_SEAL, Seal, Statement
from cognito_portal.audit.record import By, note
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.writing import write_transaction
from cognito_portal.worker import jobs

MAX_ROWS = 1000
HEARTBEAT = timedelta(seconds=60)
REPORTS_A_BATCH = 20
SEALER = By(actor="worker", address="", user_agent="")
_LOCK = 0x5EA1_0A0D_1755_EA15


@dataclass(frozen=True, slots=True)
class _Pick:
    """A row that may be sealed, and its leaf hash."""

    row: stored.Stored
    leaf: bytes


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one transaction writes."""

    seal: Seal
    leaves: Sequence[ledger.SealedRow]
    counts: Mapping[rollups.Cell, int]


def seal_pending(*, now: datetime | None = None, stopping: threading.Event | None = None) -> int:
    """Seal every row that was committed until now, in batches of at most MAX_ROWS; how many those were.

    A row that is not what the portal wrote is left out, and a row of the log says so, once. Where another
    sealer is at work the rest is left to that one, and once `stopping` is set to the next time.

    Raises AuditUnavailable, django.db.Error, and keys.BadKeys.
    """
    moment = now or timezone.now()
    # Before a change of keys is sealed, whose row stands above those that wait.
    look = waiting.look(moment)
    head, key = _head_and_key(moment)
    after, sealed = look.after, 0
    while rows := stored.unsealed(after=after, until=look.until, limit=MAX_ROWS):
        after = rows[-1][stored.ID]
        picks = _picked(rows, head, moment)
        if not picks:
            continue
        made = _seal(head, picks, key, moment)
        if made is None:
            break
        head, sealed = made, sealed + len(picks)
        if stopping is not None and stopping.is_set():
            break
    else:
        waiting.whole(look)
    return sealed


def heartbeat(now: datetime | None = None) -> bool:
    """Seal that nothing came, where the newest seal is HEARTBEAT old; whether that was due. Raises as above."""
    moment = now or timezone.now()
    head = ledger.find_head()
    if head is not None and moment - head.statement.time < HEARTBEAT:
        return False
    head, key = _head_and_key(moment)
    return _seal(head, [], key, moment) is not None


def work() -> None:
    """The worker's job: seal what is new, or that nothing is. Raises as `seal_pending` does."""
    seal_pending(stopping=jobs.stopping())
    heartbeat()


def _head_and_key(moment: datetime) -> tuple[Seal | None, SigningKey]:
    """The newest seal, and the key for the next; a change of keys is written down and sealed first."""
    head, keys = ledger.find_head(), signing_keys()
    if head is None or not rotation.is_due(head, keys[0].key_id):
        return head, keys[0]
    old = head.statement.key_id
    signer = next((key for key in keys if key.key_id == old), keys[0])
    with write_transaction():
        if _is_our_turn(head):
            note(
                event=Event.AUDIT_KEY_ROTATED,
                outcome=Outcome.RECORDED,
                by=SEALER,
                step=rotation.step_of(old, keys[0].key_id),
                now=moment,
            )
            pick = _pick(rotation.newest_row(), row_keys(), may_be_first_version=False)
            return _append(_batch(head, [pick], signer, moment)), keys[0]
    return ledger.find_head(), keys[0]


def _seal(head: Seal | None, picks: Sequence[_Pick], key: SigningKey, moment: datetime) -> Seal | None:
    """One batch in one transaction; None where it is not this sealer's turn.

    What can be computed before is: while this writes, nobody else can on SQLite.
    """
    batch = _batch(head, picks, key, moment)
    with write_transaction():
        return _append(batch) if _is_our_turn(head) else None


def _is_our_turn(head: Seal | None) -> bool:
    """Whether no other sealer is in such a transaction, nor has been since `head` was read.

    SQLite lets one writer in at a time. PostgreSQL's lock is given back with the commit, after what was
    committed can be seen.
    """
    if connection.vendor == "postgresql":
        ((is_held,),) = fetch("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not is_held:
            return False
    present = ledger.find_head()
    return (present and present.seal_hash) == (head and head.seal_hash)


def _batch(head: Seal | None, picks: Sequence[_Pick], key: SigningKey, moment: datetime) -> _Batch:
    before = head.statement if head else None
    total = before.total if before else 0
    ids = [pick.row[stored.ID] for pick in picks]
    statement = Statement(
        log_id=before.log_id if before else secrets.token_hex(16),
        no=before.no + 1 if before else 1,
        first_leaf=total,
        count=len(picks),
        total=total + len(picks),
        last_event_id=max([before.last_event_id if before else 0, *ids]),
        root=root_of([pick.leaf for pick in picks]),
        prev_hash=head.seal_hash if head else NO_SEAL,
        time=moment,
        key_id=key.key_id,
    )
    return _Batch(
        Seal.signed(statement, key.private),
        [(pick.row[stored.ID], pick.leaf) for pick in picks],
        rollups.counts_of(_act(pick.row) for pick in picks),
    )


def _append(batch: _Batch) -> Seal:
    ledger.append_seal(batch.seal, batch.leaves)
    rollups.add(batch.counts)
    return batch.seal


def _act(row: stored.Stored) -> rollups.Act:
    moment = stored.stored_time(row[stored.TIME])
    return rollups.Act(
        time=moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC),
        phase=row[stored.PHASE],
        event=row[stored.EVENT],
        outcome=row[stored.OUTCOME],
        error_code=row[stored.ERROR_CODE],
        client_id=row[stored.CLIENT_ID],
    )


def _picked(rows: Sequence[stored.Stored], head: Seal | None, moment: datetime) -> list[_Pick]:
    """The rows that are what the portal wrote; the others are reported."""
    keys, picks = row_keys(), []
    doubts: dict[int, stored.Doubt] = {}
    may_be_first_version = any(row[stored.VERSION] == stored.FIRST_VERSION for row in rows) and _is_young(
        head
    )
    for row in rows:
        try:
            picks.append(_pick(row, keys, may_be_first_version=may_be_first_version))
        except stored.Doubt as doubt:
            doubts[row[stored.ID]] = doubt
        else:
            may_be_first_version &= row[stored.VERSION] == stored.FIRST_VERSION
    if doubts:
        _report(doubts, moment)
    return picks


def _pick(row: stored.Stored, keys: rotation.RowKeys, *, may_be_first_version: bool) -> _Pick:
    return _Pick(row, stored.leaf_of_unsealed(row, keys, may_be_first_version=may_be_first_version))


_LAST_VERSION = (
    "SELECT e.version FROM audit_leaf l LEFT JOIN audit_event e ON e.id = l.event_id"
    " ORDER BY l.leaf_no DESC LIMIT 1"
)


def _is_young(head: Seal | None) -> bool:
    """Whether no row with a MAC was sealed yet, so that rows of before there were MACs may still be."""
    if head is None or not head.statement.total:
        return True
    return [version for (version,) in fetch(_LAST_VERSION, [])] == [stored.FIRST_VERSION]


def _report(doubts: dict[int, stored.Doubt], moment: datetime) -> None:
    """Write down, once each, which rows are not what the portal wrote."""
    named = {f"tampering:{row_id}:{doubt.code}": (row_id, doubt) for row_id, doubt in doubts.items()}
    slots = ", ".join(["%s"] * len(named))
    known = fetch(f"SELECT once FROM audit_event WHERE once IN ({slots})", list(named))  # noqa: S608
    for once in [name for name in named if (name,) not in known][:REPORTS_A_BATCH]:
        row_id, doubt = named[once]
        note(
            event=Event.AUDIT_TAMPERING_FOUND,
            outcome=Outcome.ERROR,
            by=SEALER,
            step=f"row {row_id}",
            error_code=doubt.code,
            once=once,
            now=moment,
        )
