"""The signed statement beside an export: what the file is, and the seals that its rows stand under.

docs/audit-exports.md has the form for whoever writes a verifier of their own; cognito_portal/audit/verifier.py
is one.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from cognito_portal.audit.exports.formats import Form
from cognito_portal.audit.exports.seal_numbers import SealNumbers
from cognito_portal.audit.exports.selection import Facts, Place
from cognito_portal.audit.proof import ledger
from cognito_portal.audit.proof.canonical import time_text
from cognito_portal.audit.proof.keys import BadKeys, SigningKey, public_keys, signing_keys
from cognito_portal.audit.proof.statements import Seal
from cognito_portal.audit.sql import fetch

KIND = "cognito-portal/export-manifest/v1"
SEALS_A_READ = 500
_to_json = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finished file: whose export it is, what it holds, and its SHA-256 in hex."""

    export_id: str
    query: str
    form: Form
    file: str
    size: int
    sha256: str
    facts: Facts


def signing_key() -> SigningKey:
    """The key that manifests are signed with here. Raises BadKeys where verifiers would not know it."""
    key = signing_keys()[0]
    if key.key_id not in public_keys():
        raise BadKeys("the key of this process is not among AUDIT_PUBLIC_KEYS")
    return key


def write(made: Made, file: BinaryIO, *, now: datetime) -> None:
    """Write the manifest of a finished file. Raises django.db.Error, BadKeys, stored.Doubt and OSError."""
    key = signing_key()
    newest = ledger.find_head()
    numbers = _numbers(made.facts)
    between = [*numbers.runs()]
    if newest is not None:
        numbers.add(newest.statement.no)
    listed = _list(numbers, file)
    statement = {
        "kind": KIND,
        "export": made.export_id,
        "filter": made.query,
        "format": made.form.format.value,
        "has_byte_order_mark": made.form.has_byte_order_mark,
        "file": made.file,
        "size": made.size,
        "sha256": made.sha256,
        "rows": made.facts.rows,
        "first": _place(made.facts.first),
        "last": _place(made.facts.last),
        "seals": listed | {"range": [between[0][0], between[-1][1]] if between else None},
        "newest_seal": {"no": newest.statement.no, "hash": newest.seal_hash.hex()} if newest else None,
        "made_at": time_text(now),
        "key_id": key.key_id,
    }
    body = _to_json(statement)
    signature = key.private.sign(f"{KIND}\n{body}".encode())
    file.write(f',"signature":"{signature.hex()}","statement":{body}}}\n'.encode())


def as_json(seal: Seal) -> dict[str, Any]:
    """A seal with all that its hash and its signature are made of."""
    said = seal.statement
    return {
        "log_id": said.log_id,
        "no": said.no,
        "first_leaf": said.first_leaf,
        "count": said.count,
        "total": said.total,
        "last_event_id": said.last_event_id,
        "root": said.root.hex(),
        "prev_hash": said.prev_hash.hex(),
        "time": time_text(said.time),
        "key_id": said.key_id,
        "hash": seal.seal_hash.hex(),
        "signature": seal.signature.hex(),
    }


def _list(numbers: SealNumbers, file: BinaryIO) -> dict[str, Any]:
    """Write the seals of these numbers as a JSON array; how many they are, and the SHA-256 over their lines."""
    digest, count = hashlib.sha256(), 0
    file.write(b'{"seals":[')
    for seal in _seals(numbers):
        text = _to_json(as_json(seal)).encode()
        digest.update(text + b"\n")
        file.write((b"," if count else b"") + text)
        count += 1
    file.write(b"]")
    return {"count": count, "sha256": digest.hexdigest()}


def _numbers(facts: Facts) -> SealNumbers:
    """The seals over the rows; where nobody took note of them, those over the first and the last row."""
    if facts.seals:
        return facts.seals
    numbers = SealNumbers()
    ids = [place[0] for place in (facts.first, facts.last) if place is not None]
    slots = ", ".join(["%s"] * len(ids))
    sql = f"SELECT seal_no FROM audit_leaf WHERE event_id IN ({slots}) ORDER BY seal_no"  # noqa: S608
    for (number,) in fetch(sql, ids) if ids else []:
        numbers.add(number)
    return numbers


def _seals(numbers: SealNumbers) -> Iterator[Seal]:
    for first, last in numbers.runs():
        after = first - 1
        while seals := ledger.seals_after(after, until=last, limit=SEALS_A_READ):
            yield from seals
            after = seals[-1].statement.no


def _place(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"id": place[0], "time": place[1]}
