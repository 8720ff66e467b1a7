"""A change of the key that seals are signed with.

Before the first seal of a new key there is a row `audit.key_rotated` that names both, alone in a seal of its
own, which the old key signs where it is still at hand, and otherwise the new one.
"""

from collections.abc import Mapping

from cognito_portal.audit.events import Event
from cognito_portal.audit.proof import stored
from cognito_portal.audit.proof.statements import Seal
from cognito_portal.audit.sql import fetch

RowKeys = Mapping[str, bytes]


def step_of(old: str, new: str) -> str:
    """What the row of a change says in `step`."""
    return f"{old} to {new}"


def is_due(head: Seal, key_id: str) -> bool:
    """Whether the next seal, by this key, needs a row before it that says so. Raises django.db.Error."""
    return head.statement.key_id != key_id and not announces(only_row_of(head), head.statement.key_id, key_id)


def announces(row: stored.Stored | None, old: str, new: str) -> bool:
    """Whether a row is the one that says that `new` follows `old`."""
    return row is not None and (row[stored.EVENT], row[stored.STEP]) == (
        Event.AUDIT_KEY_ROTATED.value,
        step_of(old, new),
    )


def only_row_of(seal: Seal) -> stored.Stored | None:
    """The row of a seal over one row; None of other seals, and where that row is gone."""
    if seal.statement.count != 1:
        return None
    for (row_id,) in fetch("SELECT event_id FROM audit_leaf WHERE leaf_no = %s", [seal.statement.first_leaf]):
        return stored.row_numbered(row_id)
    return None


def newest_row() -> stored.Stored:
    """The row of the newest change, within the transaction that wrote it."""
    ((row_id,),) = fetch("SELECT MAX(id) FROM audit_event WHERE event = %s", [Event.AUDIT_KEY_ROTATED.value])
    row = stored.row_numbered(row_id)
    if row is None:
        raise RuntimeError("the row that this transaction wrote is not there")
    return (*row, False)
