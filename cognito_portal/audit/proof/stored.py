"""Audit rows as the database holds them, and whether one is what the portal wrote.

SQL stands here because the proof is about what is stored: every column is read as it is, before any converter
has made something of it (decision D9). Functions that read raise django.db.Error.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection

from cognito_portal.audit.addresses import address_packed
from cognito_portal.audit.proof.canonical import LEAF_TAG, MAC_TAG, SIGNED, time_text
from cognito_portal.audit.sql import fetch

Stored = tuple[Any, ...]
"""One row: `id`, the columns of SIGNED in their order, `mac`, `address_packed`."""

ID, MAC, PACKED = 0, len(SIGNED) + 1, len(SIGNED) + 2
WIDTH = len(SIGNED) + 3
_AT = {name: index for index, name in enumerate(SIGNED, start=1)}
VERSION, KEY_ID, TIME, EVENT, PHASE = (_AT[name] for name in ("version", "key_id", "time", "event", "phase"))
STEP, ADDRESS, PERSON_ID, COMMITMENT = (
    _AT[name] for name in ("step", "address", "person_id", "person_commitment")
)
OUTCOME, ERROR_CODE, CLIENT_ID, POOL_ID = (
    _AT[name] for name in ("outcome", "error_code", "client_id", "pool_id")
)
FIRST_VERSION, PRESENT_VERSION = 1, 2
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Doubt(Exception):
    """A row that is not what the portal wrote. `code` names how, the text says it as the end of a sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def columns(alias: str = "e") -> str:
    """The columns of a Stored row, for a SELECT.

    On SQLite a plus before `time` keeps Django's converter away, which would read the same moment out of
    texts that differ.
    """
    time = f"+{alias}.time" if connection.vendor == "sqlite" else f"{alias}.time"
    named = [time if name == "time" else f'{alias}."{name}"' for name in SIGNED]
    return ", ".join([f"{alias}.id", *named, f"{alias}.mac", f"{alias}.address_packed"])


def stored_time(value: Any) -> datetime:
    """The moment in a `time` column. Raises Doubt where it is written in another way than Django writes it."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is None and str(moment) == value:
            return moment
    raise Doubt("time_form", "its time is not in the form in which times are stored")


def encoded(row: Stored) -> bytes:
    """The JSON array of the signed values (canonical.signed_values) of a stored row in UTF-8. Raises Doubt."""
    if row[VERSION] is None:
        raise Doubt("unreadable", "it cannot be read")
    values = list(row[1:MAC])
    values[TIME - 1] = time_text(stored_time(row[TIME]))
    try:
        return _to_json(values).encode()
    except (TypeError, ValueError):
        raise Doubt(
            "column_type", "a column of it holds another kind of value than is stored there"
        ) from None


def leaf_of_stored(row: Stored, body: bytes) -> bytes:
    """canonical.leaf_of of a stored row, out of what `encoded` made of it. Raises Doubt."""
    mac = row[MAC]
    if mac is not None and not isinstance(mac, bytes):
        raise Doubt("column_type", "its MAC is not stored as bytes")
    start = f'[{row[ID]},"{mac.hex() if mac else ""}",'
    return hashlib.sha256(LEAF_TAG + start.encode() + body[1:]).digest()


def authenticate(row: Stored, body: bytes, keys: Mapping[str, bytes], *, may_be_first_version: bool) -> None:
    """Return where the row's MAC is the portal's and what is made of its address fits it. Raises Doubt.

    Rows of version 1 have no MAC; where they may stand is for the caller to know.
    """
    version = row[VERSION]
    if version == FIRST_VERSION and may_be_first_version:
        if row[MAC] is not None or row[KEY_ID] is not None:
            raise Doubt("version", "it is of version 1 but has a MAC or a key")
    elif version != PRESENT_VERSION:
        raise Doubt("version", f"its version {version} is not one that rows may have here")
    else:
        _check_mac(row, body, keys)
    if row[PACKED] != address_packed(str(row[ADDRESS])) and not (
        version == FIRST_VERSION and row[PACKED] is None
    ):
        raise Doubt("address_packed", "its address as a number is not that of its address")


def _check_mac(row: Stored, body: bytes, keys: Mapping[str, bytes]) -> None:
    key = keys.get(row[KEY_ID])
    if key is None:
        raise Doubt("unknown_key", f"its key {str(row[KEY_ID])[:16]!r} is not one of the portal's")
    mac = row[MAC]
    found = hmac.digest(key, MAC_TAG + body, "sha256")
    if not isinstance(mac, bytes) or not hmac.compare_digest(found, mac):
        raise Doubt("wrong_mac", "its MAC is not that of what stands in it")


_HAS_TWIN = "EXISTS (SELECT 1 FROM audit_event o WHERE o.time = e.time AND o.mac = e.mac AND o.id <> e.id)"
_TWINS = (
    "SELECT e.id, l.leaf_no FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id"
    " WHERE e.time = %s AND e.mac = %s AND e.id <> %s"
)
# The second condition keeps PostgreSQL from going through every leaf for each batch.
_IS_UNSEALED = "NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.event_id = e.id AND l.event_id > %s)"


def unsealed(*, after: int, until: int, limit: int) -> list[Stored]:
    """At most `limit` rows without a leaf, by id, with ids above `after` and up to `until`.

    Each has one more value, for `leaf_of_unsealed`: whether another row has its time and its MAC.
    """
    condition = f"e.id > %s AND e.id <= %s AND {_IS_UNSEALED} ORDER BY e.id LIMIT %s"
    return _rows(condition, [after, until, after, limit], f"{columns()}, {_HAS_TWIN}")


def row_numbered(row_id: int) -> Stored | None:
    """The row with this id, if there is one."""
    found = _rows("e.id = %s", [row_id], columns())
    return found[0] if found else None


def leaf_of_unsealed(row: Stored, keys: Mapping[str, bytes], *, may_be_first_version: bool) -> bytes:
    """The leaf hash of one of the rows of `unsealed`, if it is what the portal wrote. Raises Doubt."""
    body = encoded(row)
    authenticate(row, body, keys, may_be_first_version=may_be_first_version)
    if row[WIDTH]:
        _refuse_copy(row)
    return leaf_of_stored(row, body)


def _refuse_copy(row: Stored) -> None:
    """Of rows that are alike in all but their id the sealed one is the original, or that with the lowest id."""
    for twin_id, leaf_no in fetch(_TWINS, [row[TIME], row[MAC], row[ID]]):
        if leaf_no is not None or twin_id < row[ID]:
            raise Doubt("copy", f"it is a copy of row {twin_id}")


def _rows(condition: str, params: Sequence[Any], selected: str) -> list[Stored]:
    """The rows that a condition chooses. SQLite may hold text that is none: such a row has None for all but
    its id, which is what no row can hold.
    """
    try:
        return fetch(f"SELECT {selected} FROM audit_event e WHERE {condition}", params)
    except OperationalError as error:
        if not is_unreadable(error):
            raise
    found = []
    for (row_id,) in fetch(f"SELECT e.id FROM audit_event e WHERE {condition}", params):
        try:
            found += fetch(f"SELECT {selected} FROM audit_event e WHERE e.id = %s", [row_id])
        except OperationalError:
            found.append((row_id, *[None] * WIDTH))
    return found


def is_unreadable(error: OperationalError) -> bool:
    """Whether this is what the SQLite driver says of text that is not UTF-8."""
    return "Could not decode to UTF-8" in str(error)
