"""What no seal is over: rows that wait for one, and leaves, prune rows and names that fit nothing.

SQL stands here for what cognito_portal.audit.proof.stored says.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cognito_portal.audit.people import commitment_of
from cognito_portal.audit.proof import prunes, stored
from cognito_portal.audit.proof.chain import Broken
from cognito_portal.audit.proof.statements import Seal
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.storable import account_of

PAGE = 1000
MAY_WAIT = timedelta(minutes=5)
LOWEST, HIGHEST = -(2**63), 2**63 - 1


def check_unsealed(
    head: Seal | None, row_keys: Mapping[str, bytes], *, may_be_first_version: bool, now: datetime
) -> int:
    """How many rows wait for their seal: new ones, with a right MAC. Raises Broken, and django.db.Error."""
    last_event_id = head.statement.last_event_id if head else LOWEST
    after, count = LOWEST, 0
    while rows := stored.unsealed(after=after, until=HIGHEST, limit=PAGE):
        for row in rows:
            _check_unsealed_row(row, row_keys, may_be_first_version=may_be_first_version)
            may_be_first_version &= row[stored.VERSION] == stored.FIRST_VERSION
            if (
                row[stored.ID] <= last_event_id
                and _utc(stored.stored_time(row[stored.TIME])) < now - MAY_WAIT
            ):
                raise Broken(
                    f"Row {row[stored.ID]} has no leaf, though later rows were sealed: it was put in."
                )
        after, count = rows[-1][stored.ID], count + len(rows)
    return count


def _check_unsealed_row(
    row: stored.Stored, row_keys: Mapping[str, bytes], *, may_be_first_version: bool
) -> None:
    try:
        stored.leaf_of_unsealed(row, row_keys, may_be_first_version=may_be_first_version)
    except stored.Doubt as doubt:
        raise Broken(f"Row {row[stored.ID]}, which is not sealed, is not the portal's: {doubt}.") from None


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_STRAY_LEAF = (
    "SELECT l.leaf_no FROM audit_leaf l WHERE l.leaf_no < 0 OR (l.leaf_no >= %s"
    " AND (l.seal_no <= %s OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.no = l.seal_no))) LIMIT 1"
)


def check_stray_leaves(head: Seal | None) -> None:
    """Raises Broken where there is a leaf that no seal is over."""
    total, no = (head.statement.total, head.statement.no) if head else (0, 0)
    for (leaf_no,) in fetch(_STRAY_LEAF, [total, no]):
        raise Broken(f"Leaf {leaf_no} belongs to no seal.")


def check_stray_seals(head: Seal | None) -> None:
    """Raises Broken where there is a seal before the first."""
    for (no,) in fetch("SELECT no FROM audit_seal WHERE no < 1 LIMIT 1", []):
        raise Broken(f"Seal {no} is numbered below the first.")


def check_prunes() -> None:
    """Raises Broken where `audit_prune` names a batch that no row `audit.pruned` does."""
    seal_no = prunes.find_above(prunes.pruned_through())
    if seal_no is not None:
        raise Broken(f"Seal {seal_no} is marked as pruned, but no row of the log says so.")


_NAMES = (
    "SELECT id, pool_id, account, typed, canonical, sub, salt, commitment FROM audit_person"
    " WHERE id > %s ORDER BY id LIMIT %s"
)
_TWO_IDS = "SELECT MIN(id) FROM audit_person GROUP BY pool_id, account HAVING MIN(person_id) <> MAX(person_id) LIMIT 1"
# CROSS JOIN keeps SQLite from asking for the rows of each name, which no index answers.
_OTHER_ID = (
    "SELECT e.id FROM audit_event e CROSS JOIN audit_person p WHERE p.commitment = e.person_commitment"
    " AND (e.person_id <> p.person_id OR e.pool_id <> p.pool_id) LIMIT 1"
)


def check_people() -> None:
    """Names that are there are the ones that rows were written for. Raises Broken, and django.db.Error."""
    after = LOWEST
    while people := fetch(_NAMES, [after, PAGE]):
        for row_id, *named in people:
            if not _is_committed(*named):
                raise Broken(f"The name in row {row_id} of audit_person is not the one that was written.")
        after = people[-1][0]
    for (row_id,) in fetch(_TWO_IDS, []):
        raise Broken(f"The account in row {row_id} of audit_person has two person ids.")
    for (row_id,) in fetch(_OTHER_ID, []):
        raise Broken(f"Row {row_id} and the name it was written for are of two persons.")


def _is_committed(*named: str) -> bool:
    pool_id, account, typed, canonical, sub, salt, commitment = named
    try:
        is_hex = bytes.fromhex(salt).hex() == salt
        found = commitment_of(salt=salt, pool_id=pool_id, typed=typed, canonical=canonical, sub=sub)
    except (TypeError, ValueError):
        return False
    return is_hex and found == commitment and account == account_of(typed)
