"""What an export says of each row, under which names, and in which order (decision D1)."""

from django.db import connection

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
"""The keys of a line. `count` follows in summary rows alone."""
COLUMNS = (*KEYS, "count")
"""The columns of a table, where a row without a count has an empty cell."""

_PERSON = {"username": "p.typed", "canonical_username": "p.canonical", "sub": "p.sub"}
_NUMBERS = ("duration_ms", "count")
_TIME = {
    "sqlite": "substr(e.time, 1, 10) || 'T' || substr(e.time || '.000000', 12, 15) || 'Z'",
    "postgresql": """to_char(e.time AT TIME ZONE INTERVAL '0', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
}


def time_as_text() -> str:
    """The time of a row for a SELECT, as canonical.time_text has it."""
    return _TIME[connection.vendor]


def as_texts() -> str:
    """The columns for a SELECT, each as the text that a cell holds."""
    return ", ".join(_as_text(name) for name in COLUMNS)


def _as_text(name: str) -> str:
    if name == "time":
        return time_as_text()
    if name in _PERSON:
        return f"COALESCE({_PERSON[name]}, '')"
    return f"COALESCE(CAST(e.{name} AS TEXT), '')" if name in _NUMBERS else f"e.{name}"
