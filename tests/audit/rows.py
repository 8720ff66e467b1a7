"""What audit tests write and read."""

import secrets
from typing import Any

from django.db import connection

from cognito_portal.audit import record, search
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import Filter
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
    """Every row with the person it speaks of, as the list of the auditors' page has it, in the order of writing."""
    page = search.page(Filter(begun=True), limit=10_000)
    assert not page.stopped
    return sorted(page.rows, key=lambda row: row.id)
