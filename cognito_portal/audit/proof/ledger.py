"""The seals and leaves as the database holds them.

SQL stands here for what cognito_portal.audit.proof.stored says. Every function raises django.db.Error, and those
that read seals raise stored.Doubt where one holds what a seal cannot.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from django.db import OperationalError, connection

from cognito_portal.audit.proof.statements import Seal, Statement
from cognito_portal.audit.proof.stored import Doubt, is_unreadable, stored_time
from cognito_portal.audit.sql import append, fetch

SealedRow = tuple[int, bytes]
"""The id of a row and its leaf hash."""

_SEAL = (
    "s.log_id, s.no, s.first_leaf, s.count, s.total, s.last_event_id, s.root, s.prev_hash,"
    " {time}, s.key_id, s.seal_hash, s.signature"
)
_ADD_SEAL = (
    "INSERT INTO audit_seal (log_id, no, first_leaf, count, total, last_event_id, root, prev_hash, time, key_id,"
    " seal_hash, signature) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_ADD_LEAF = "INSERT INTO audit_leaf (leaf_no, event_id, seal_no, leaf_hash) VALUES (%s, %s, %s, %s)"
# One statement for all leaves of a seal: PostgreSQL is a multiple slower with one for each.
_ADD_LEAVES = (
    "INSERT INTO audit_leaf (leaf_no, event_id, seal_no, leaf_hash)"
    " SELECT %s + l.place - 1, l.event_id, %s, l.leaf_hash"
    " FROM unnest(%s::bigint[], %s::bytea[]) WITH ORDINALITY AS l(event_id, leaf_hash, place)"
)


def find_head() -> Seal | None:
    """The newest seal; None where nothing was sealed yet."""
    found = _seals("TRUE ORDER BY s.no DESC LIMIT 1", [])
    return found[0] if found else None


def seals_after(no: int, *, until: int, limit: int) -> list[Seal]:
    """At most `limit` seals numbered above `no` and up to `until`, in their order."""
    return _seals("s.no > %s AND s.no <= %s ORDER BY s.no LIMIT %s", [no, until, limit])


def seals_numbered(numbers: Sequence[int]) -> dict[int, Seal]:
    """Those of these seals that there are, by number."""
    found = _seals(f"s.no IN ({', '.join(['%s'] * len(numbers))})", numbers)
    return {seal.statement.no: seal for seal in found}


def append_seal(seal: Seal, leaves: Sequence[SealedRow]) -> None:
    """Write a seal and the leaves it is over, within a transaction of the caller's."""
    said = seal.statement
    if leaves:
        _append_leaves(said, leaves)
    time = connection.ops.adapt_datetimefield_value(said.time)
    counts = [said.log_id, said.no, said.first_leaf, said.count, said.total, said.last_event_id]
    append(
        _ADD_SEAL,
        [*counts, said.root, said.prev_hash, time, said.key_id, seal.seal_hash, seal.signature],
    )


def _append_leaves(said: Statement, leaves: Sequence[SealedRow]) -> None:
    if connection.vendor == "postgresql":
        ids, hashes = map(list, zip(*leaves, strict=True))
        append(_ADD_LEAVES, [said.first_leaf, said.no, ids, hashes])
        return
    numbered = [
        (leaf_no, event_id, said.no, leaf)
        for leaf_no, (event_id, leaf) in enumerate(leaves, start=said.first_leaf)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_ADD_LEAF, numbered)


def _seals(condition: str, params: Sequence[Any]) -> list[Seal]:
    time = "+s.time" if connection.vendor == "sqlite" else "s.time"
    selected = _SEAL.format(time=time)
    try:
        rows = fetch(f"SELECT {selected} FROM audit_seal s WHERE {condition}", params)
    except OperationalError as error:
        if not is_unreadable(error):
            raise
        raise Doubt("unreadable", "text of it is none") from None
    return [_seal(*row) for row in rows]


def _seal(*row: Any) -> Seal:
    (
        log_id,
        no,
        first_leaf,
        count,
        total,
        last_event_id,
        root,
        prev_hash,
        time,
        key_id,
        seal_hash,
        signature,
    ) = row
    numbers = (no, first_leaf, count, total, last_event_id)
    hashes = (root, prev_hash, seal_hash, signature)
    if not all(type(number) is int for number in numbers) or not all(type(each) is bytes for each in hashes):
        raise Doubt("column_type", f"seal {no} holds another kind of value than is stored there")
    moment = stored_time(time)
    return Seal(
        statement=Statement(
            log_id=str(log_id),
            no=no,
            first_leaf=first_leaf,
            count=count,
            total=total,
            last_event_id=last_event_id,
            root=root,
            prev_hash=prev_hash,
            time=moment if moment.tzinfo else moment.replace(tzinfo=UTC),
            key_id=str(key_id),
        ),
        seal_hash=seal_hash,
        signature=signature,
    )
