"""Audit rows in words: labels beside codes, and the names of staff. Codes of another release stay as they are."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.functional import Promise

from cognito_portal.audit import queries
from cognito_portal.audit.event_names import EVENTS
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.readings import OUTCOMES

_STAFF = "staff:"
_EVENT_LABELS: dict[str, str | Promise] = {event.value: names.label for event, names in EVENTS.items()}
_OUTCOMES = {outcome.value: reading for outcome, reading in OUTCOMES.items()}


def in_words(rows: Iterable[queries.Row]) -> list[dict[str, Any]]:
    """Rows as a page shows them."""
    shown = [asdict(row) | _words(row.event, row.outcome) for row in rows]
    names = staff_names(row["actor"] for row in shown)
    for row in shown:
        row["actor_name"] = names.get(row["actor"], "" if row["actor"] == "visitor" else row["actor"])
        named = row["username"] or row["canonical_username"] or row["sub"]
        # Only a row that speaks of somebody has a pool.
        row["is_forgotten"] = bool(row["pool_id"]) and not named
    return shown


def _words(event: str, outcome: str) -> dict[str, Any]:
    reading = _OUTCOMES.get(outcome)
    return {
        "event_label": _EVENT_LABELS.get(event, event),
        "outcome_label": reading.label if reading else outcome,
        "outcome_tone": reading.tone if reading else "plain",
    }


def staff_names(actors: Iterable[str]) -> dict[str, str]:
    """The usernames of those actors that are accounts of staff, by the actor."""
    numbers = {actor.removeprefix(_STAFF) for actor in actors if actor.startswith(_STAFF)}
    ids = [int(number) for number in numbers if number.isascii() and number.isdigit() and len(number) < 10]
    if not ids:
        return {}
    users = get_user_model().objects.filter(pk__in=ids).values_list("pk", "username")
    return {f"{_STAFF}{pk}": username for pk, username in users}


def event_choices() -> list[tuple[str, list[tuple[str, str | Promise]]]]:
    """Every event with its label, by the room it belongs to."""
    rooms: dict[str, list[tuple[str, str | Promise]]] = {}
    for event in Event:
        rooms.setdefault(event.partition(".")[0], []).append((event.value, EVENTS[event].label))
    return list(rooms.items())


def outcome_choices() -> list[tuple[str, str | Promise]]:
    """Every outcome with its label."""
    return [(outcome.value, OUTCOMES[outcome].label) for outcome in Outcome if outcome]
