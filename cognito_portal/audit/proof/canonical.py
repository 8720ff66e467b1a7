"""The one form in which an audit row is authenticated, and the hash by which it is sealed.

No Django here: what this module computes is what an auditor's own program must be able to compute, from the
columns as they are exported. The stand-alone verifier does so by code of its own.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

SIGNED = (
    "version",
    "key_id",
    "time",
    "event",
    "phase",
    "attempt_id",
    "turn",
    "call_id",
    "step",
    "outcome",
    "pool_id",
    "client_id",
    "actor",
    "person_id",
    "person_commitment",
    "address",
    "address_key",
    "user_agent",
    "error_code",
    "request_id",
    "duration_ms",
    "count",
    "once",
)
"""The columns that a row's MAC covers, in their order: all but `id`, which the database gives, what is made of
`address`, and the MAC."""

MAC_TAG = b"cognito-portal/audit-row/v2\n"
LEAF_TAG = b"\x00"
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def time_text(moment: datetime) -> str:
    """A moment in UTC to the microsecond, such as 2026-11-25T02:31:00.000123Z. Without a zone it is UTC."""
    utc = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return utc.isoformat(timespec="microseconds") + "Z"


def signed_values(row: Mapping[str, Any]) -> list[Any]:
    """The values of SIGNED out of a row whose `time` is a datetime."""
    values = [row[name] for name in SIGNED]
    values[2] = time_text(row["time"])
    return values


def mac_of(values: Sequence[Any], *, key: bytes) -> bytes:
    """HMAC-SHA256 (32 bytes) over a tag and the JSON array of the signed values, in UTF-8."""
    return hmac.digest(key, MAC_TAG + _to_json(values).encode(), "sha256")


def leaf_of(row_id: int, mac: bytes | None, values: Sequence[Any]) -> bytes:
    """The leaf hash (32 bytes, RFC 6962 section 2.1) of a stored row.

    Its data is the JSON array of the id, the MAC in hex and the signed values, so that the proof needs no
    secret. A row of version 1 has no MAC: its place is empty text.
    """
    data = _to_json([row_id, mac.hex() if mac else "", *values]).encode()
    return hashlib.sha256(LEAF_TAG + data).digest()
