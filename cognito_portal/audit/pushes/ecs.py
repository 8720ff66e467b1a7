"""An audit row as a SIEM takes it: one JSON object in ECS's field names, with OWASP's word for the event.

https://www.elastic.co/docs/reference/ecs and
https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html
"""

from datetime import UTC
from ipaddress import ip_address
from typing import Any

from cognito_portal.audit.event_names import EVENTS
from cognito_portal.audit.events import Event, Outcome, Phase, result_of
from cognito_portal.audit.queries import Row
from cognito_portal.audit.readings import OUTCOMES

ECS_VERSION = "8.11.0"
NS_PER_MS = 1_000_000
_TYPES = {Phase.BEGIN: "start", Phase.END: "end", Phase.SINGLE: "info"}

Document = dict[str, Any]


def document(row: Row, *, sequence: int) -> Document:
    """The row's ECS document. `sequence` is its place among the sealed rows; what is empty is left out."""
    failed = result_of(Outcome(row.outcome)) == "failure"
    return _without_empty(
        {
            "@timestamp": row.time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "ecs": {"version": ECS_VERSION},
            "message": f"{EVENTS[Event(row.event)].label}: {OUTCOMES[Outcome(row.outcome)].label}",
            "log": {"level": "warn" if failed else "info"},
            "event": _event(row, sequence),
            "user": {"name": row.username or row.canonical_username, "id": row.sub},
            "source": _source(row.address),
            "user_agent": {"original": row.user_agent},
            "http": {"request": {"id": row.request_id}},
            "owasp": {"event": _owasp(row, failed), "level": "WARN" if failed else "INFO"},
            "cognito_portal": _ours(row),
        }
    )


def _event(row: Row, sequence: int) -> Document:
    return {
        "id": str(row.id),
        "sequence": sequence,
        "kind": "event",
        "module": "cognito_portal",
        "dataset": "cognito_portal.audit",
        "action": row.event,
        "category": list(EVENTS[Event(row.event)].category),
        "type": [_TYPES[Phase(row.phase)]],
        "outcome": result_of(Outcome(row.outcome)),
        "code": row.error_code,
        "duration": None if row.duration_ms is None else row.duration_ms * NS_PER_MS,
    }


def _ours(row: Row) -> Document:
    names = ("outcome", "phase", "step", "attempt_id", "call_id", "pool_id", "client_id", "actor", "count")
    return {name: getattr(row, name) for name in names} | {"canonical_username": row.canonical_username}


def _owasp(row: Row, failed: bool) -> str:
    names = EVENTS[Event(row.event)]
    who = row.username or row.canonical_username or row.actor
    word = names.owasp_failed if failed else names.owasp
    return f"{word}:{who}" if who else word


def _source(address: str) -> Document:
    try:
        return {"ip": str(ip_address(address.partition("%")[0]))}
    except ValueError:
        return {"address": address}


def _without_empty(fields: Document) -> Document:
    kept = {
        name: _without_empty(value) if isinstance(value, dict) else value for name, value in fields.items()
    }
    return {name: value for name, value in kept.items() if value not in ("", None, {}, [])}
