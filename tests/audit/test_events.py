import pytest
from django.db import connection

from cognito_portal.audit.events import COUNTS, EVENTS, OUTCOMES, TRIES, Event, Outcome, result_of
from cognito_portal.audit.models import AuditEvent
from cognito_portal.cognito import meanings
from cognito_portal.cognito.meanings import Cause, Meaning

MEANINGS = [row.meaning for row in meanings.TABLE] if hasattr(meanings, "TABLE") else []


def test_every_event_and_outcome_has_its_names() -> None:
    assert set(EVENTS) == set(Event)
    assert set(OUTCOMES) == set(Outcome)


def test_events_are_named_room_and_verb() -> None:
    rooms = {"signin", "account", "staff", "ops", "access", "audit", "portal"}
    assert {event.value.partition(".")[0] for event in Event} == rooms
    assert all(event.value.partition(".")[2] for event in Event)
