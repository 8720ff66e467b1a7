"""The audit log as text: one JSON object a line (https://github.com/ndjson/ndjson-spec), oldest first."""

import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from cognito_portal.audit import queries

KEYS = (
    "time",
    "event",
    "phase",
    "attempt_id",
    "call_id",
    "step",
    "outcome",
    "pool_id",
    "client_id",
    "actor",
    "username",
    "canonical_username",
    "sub",
    "address",
    "user_agent",
    "error_code",
    "request_id",
    "duration_ms",
)
"""The keys of a line, in their order. `count` follows in summary rows alone."""


def as_json(row: queries.Row) -> str:
    """One row as JSON in ASCII, without a line break. Time is UTC in milliseconds, durations are too."""
    line: dict[str, Any] = {key: getattr(row, key) for key in KEYS}
    moment = row.time.astimezone(UTC).replace(tzinfo=None)
    line["time"] = moment.isoformat(timespec="milliseconds") + "Z"
    if row.count is not None:
        line["count"] = row.count
    return json.dumps(line, separators=(",", ":"))


def ndjson_lines() -> Iterator[str]:
    """Every row written until now as a line with its line feed. Raises django.db.Error."""
    for row in queries.rows_for_export():
        yield as_json(row) + "\n"
