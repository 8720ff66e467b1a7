"""NDJSON (https://github.com/ndjson/ndjson-spec): one JSON object a line in ASCII.

A row that is sealed has a member `proof`: what its leaf is made of beside the keys, and the path from the leaf
to the root of its seal, so that one line can be checked by itself (docs/audit-exports.md).
"""

import json
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from cognito_portal.audit.exports.columns import KEYS
from cognito_portal.audit.exports.selection import Facts, Selection, batches
from cognito_portal.audit.proof import ledger
from cognito_portal.audit.proof.canonical import SIGNED, time_text
from cognito_portal.audit.proof.merkle import levels_of, path_in
from cognito_portal.audit.proof.stored import MAC, columns, stored_time
from cognito_portal.audit.sql import fetch

KEPT_SEALS = 8
PROOF_COLUMNS = ("version", "key_id", "turn", "person_id", "person_commitment")
_PERSON = "COALESCE(p.typed, ''), COALESCE(p.canonical, ''), COALESCE(p.sub, ''), p.salt"
_LEAF = "l.leaf_no, l.seal_no"
_SOURCE = (
    "FROM audit_event e LEFT JOIN audit_person p ON p.commitment = e.person_commitment"
    " LEFT JOIN audit_leaf l ON l.event_id = e.id"
)
_to_json = json.JSONEncoder(separators=(",", ":")).encode


class _Trees:
    """The trees of the seals that were looked at last, since rows of one seal stand together."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[int, list[list[bytes]]]] = OrderedDict()

    def place_of(self, leaf_no: int, seal_no: int) -> tuple[int, list[str]]:
        """(index, path) of a leaf below its seal. Of a leaf that its seal knows nothing of the path is empty."""
        if seal_no not in self._kept:
            self._kept[seal_no] = self._read(seal_no)
            if len(self._kept) > KEPT_SEALS:
                self._kept.popitem(last=False)
        first, levels = self._kept[seal_no]
        index = leaf_no - first
        is_there = 0 <= index < len(levels[0])
        return index, [node.hex() for node in path_in(levels, index)] if is_there else []

    @staticmethod
    def _read(seal_no: int) -> tuple[int, list[list[bytes]]]:
        seal = ledger.seals_numbered([seal_no]).get(seal_no)
        if seal is None:
            return 0, [[]]
        first = seal.statement.first_leaf
        found = fetch(
            "SELECT leaf_hash FROM audit_leaf WHERE leaf_no >= %s AND leaf_no < %s ORDER BY leaf_no",
            [first, first + seal.statement.count],
        )
        return first, levels_of([bytes(leaf) for (leaf,) in found])


def lines(selection: Selection, facts: Facts) -> Iterator[str]:
    """The rows as text, a batch at a time. Raises django.db.Error, and stored.Doubt where a row is unreadable."""
    trees = _Trees()
    for rows in batches(selection, f"{columns()}, {_PERSON}, {_LEAF}", _SOURCE):
        yield "".join(_line(row, trees, facts) for row in rows)
        facts.add(len(rows))


def _line(row: tuple[Any, ...], trees: _Trees, facts: Facts) -> str:
    *stored, typed, canonical, sub, salt, leaf_no, seal_no = row
    row_id, values, mac = stored[0], dict(zip(SIGNED, stored[1:MAC], strict=True)), stored[MAC]
    values["time"] = time_text(stored_time(values["time"]))
    facts.last = (row_id, values["time"])
    facts.first = facts.first or facts.last
    named = {"username": typed, "canonical_username": canonical, "sub": sub}
    line = {key: named[key] if key in named else values[key] for key in KEYS}
    if values["count"] is not None:
        line["count"] = values["count"]
    if leaf_no is not None:
        facts.seals.add(seal_no)
        index, path = trees.place_of(leaf_no, seal_no)
        line["proof"] = {
            "id": row_id,
            **{name: values[name] for name in PROOF_COLUMNS},
            "salt": salt,
            "address_key": values["address_key"],
            "once": values["once"],
            "mac": bytes(mac).hex() if mac else "",
            "seal": seal_no,
            "leaf": index,
            "path": path,
        }
    return _to_json(line) + "\n"
