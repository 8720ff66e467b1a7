"""What audit tests write and read."""

import secrets
from typing import Any

from django.db import connection

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.models import AuditEvent, AuditPerson
from cognito_portal.audit.queries import Row

POOL = "eu-west-1_TESTS"
BY = record.By(actor="visitor", address="192.0.2.7", user_agent="Firefox")


def somebody(typed: str = "newhire", **more: str) -> record.Person:
    return record.Person(pool_id=POOL, typed=typed, **more)


def begun(
    person: record.Person | None = None, *, attempt_id: str | None = None, turn: int = 0, by: record.By = BY
) -> record.Call:
    return record.begin(
        event=Event.SIGNIN_STARTED,
        step="InitiateAuth",
        attempt_id=attempt_id or secrets.token_hex(16),
        turn=turn,
        person=person or somebody(),
        client_id="client",
        by=by,
    )


def noted(**more: Any) -> bool:
    return record.note(**{"event": Event.ACCESS_DENIED, "outcome": Outcome.DENIED, "by": BY} | more)


def stored(table: str = "audit_event", *, order: str = "id") -> list[dict[str, Any]]:
    """Every row of the table as the database holds it, in the order of writing."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY {order}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def shown() -> list[Row]:
    """Every row with the person it speaks of, in the order of writing: joined here, not by the code under test."""
    people = {each.commitment: each for each in AuditPerson.objects.all()}
    names = ("typed", "canonical", "sub")
    found = []
    for event in AuditEvent.objects.order_by("id").iterator():
        person = people.get(event.person_commitment)
        username, canonical, sub = (getattr(person, name) if person else "" for name in names)
        named = {"username": username, "canonical_username": canonical, "sub": sub}
        found.append(
            Row(**{name: named[name] if name in named else getattr(event, name) for name in Row.__slots__})
        )
    return found
