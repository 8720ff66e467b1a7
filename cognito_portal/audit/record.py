"""Writing the audit log: a row before each call to Cognito, one after it, and single rows for the rest.

The rows go out as SQL, since a row through the ORM costs a multiple of it (decision D9). Every failure of the
database is AuditUnavailable. No function here takes a password, code, token or Session: what is not a
parameter cannot be stored.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from cognito_portal.audit.addresses import address_key, address_packed
from cognito_portal.audit.errors import AlreadyTaken, AuditUnavailable
from cognito_portal.audit.events import Event, Outcome, Phase
from cognito_portal.audit.people import Person, commitment_of, person_columns
from cognito_portal.audit.proof.canonical import mac_of, signed_values
from cognito_portal.audit.proof.keys import row_key
from cognito_portal.audit.sql import append_new
from cognito_portal.audit.storable import account_of, storable
from cognito_portal.audit.writing import write_transaction

__all__ = [
    "AlreadyTaken",
    "AuditUnavailable",
    "By",
    "Call",
    "Person",
    "account_of",
    "address_key",
    "begin",
    "commitment_of",
    "end",
    "end_left_open",
    "note",
    "note_bounded",
    "write_transaction",
]

VERSION = 2


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, and from where. `actor` names a role or a staff account, never a Cognito user."""

    actor: str
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A begun call; hand it to `end` when the call is over."""

    call_id: str
    attempt_id: str
    turn: int
    event: Event
    step: str
    person: Person
    by: By
    client_id: str
    started_monotonic: float = field(repr=False)


def begin(
    *,
    event: Event,
    step: str,
    attempt_id: str,
    turn: int,
    person: Person,
    client_id: str,
    by: By,
    now: datetime | None = None,
) -> Call:
    """Write the row that stands before a call. The call may be made once its transaction is committed.

    Raises AlreadyTaken where (attempt_id, turn) has a row, AuditUnavailable where none can be written.
    """
    call = Call(
        call_id=secrets.token_hex(16),
        attempt_id=attempt_id,
        turn=turn,
        event=Event(event),
        step=step,
        person=person,
        by=by,
        client_id=client_id,
        started_monotonic=time.monotonic(),
    )
    with write_transaction():
        row = _row(call, now)
        row |= {"phase": Phase.BEGIN.value, "outcome": Outcome.NONE.value, "turn": turn} | person_columns(
            person
        )
        if not _insert(row):
            raise AlreadyTaken
    return call


def end(
    call: Call,
    *,
    outcome: Outcome,
    person: Person | None = None,
    error_code: str = "",
    request_id: str = "",
    now: datetime | None = None,
) -> None:
    """Write the row that stands after a call, with the milliseconds since `begin`.

    `person` says more than the call knew, for instance the canonical name and the sub. Call it inside the
    transaction that saves the session. Raises AuditUnavailable, also where the call has ended already.
    """
    if Outcome(outcome) is Outcome.NONE:
        raise ValueError("a call ends with an outcome")
    with write_transaction():
        row = _row(call, now) | person_columns(person or call.person)
        row |= {
            "phase": Phase.END.value,
            "outcome": Outcome(outcome).value,
            "error_code": storable(error_code, 128),
            "request_id": storable(request_id, 128),
            "duration_ms": round(1000 * (time.monotonic() - call.started_monotonic)),
        }
        if not _insert(row):
            raise AuditUnavailable("this call has ended already")


OF_ITS_CALL = (
    *("event", "attempt_id", "call_id", "step", "pool_id", "client_id"),
    *("person_id", "person_commitment", "address", "address_key", "user_agent", "address_packed"),
)
"""What an end row that another process writes has in common with the begin row of its call."""


def end_left_open(begun: Mapping[str, Any], *, by: By, error_code: str, now: datetime | None = None) -> bool:
    """Write the end row, `unknown`, of a call whose own process wrote none; False where it has one already.

    `begun` holds OF_ITS_CALL out of its begin row as it is stored. From then on that process cannot end the
    call any more, so it can grant nothing. Raises AuditUnavailable.
    """
    with write_transaction():
        row = COLUMNS | {name: begun[name] for name in OF_ITS_CALL}
        row |= {
            "time": now or timezone.now(),
            "phase": Phase.END.value,
            "outcome": Outcome.UNKNOWN.value,
            "actor": storable(by.actor, 150),
            "error_code": storable(error_code, 128),
        }
        return _insert(row)


def note(
    *,
    event: Event,
    outcome: Outcome,
    by: By,
    step: str = "",
    attempt_id: str = "",
    person: Person | None = None,
    client_id: str = "",
    error_code: str = "",
    count: int | None = None,
    once: str | None = None,
    now: datetime | None = None,
) -> bool:
    """Write the single row of an act that makes no call. Commits by itself unless inside a transaction.

    `once` names the row: where that name is taken nothing is written and the answer is False.
    Raises AuditUnavailable.
    """
    if Outcome(outcome) is Outcome.NONE:
        raise ValueError("a single row has an outcome")
    with write_transaction():
        row = _act(event=event, step=step, attempt_id=attempt_id, client_id=client_id, by=by, now=now)
        row |= {
            "phase": Phase.SINGLE.value,
            # Makes this row one of its kind, so that a copy of it is known for one by its MAC.
            "call_id": secrets.token_hex(16),
            "outcome": Outcome(outcome).value,
            "error_code": storable(error_code, 128),
            "count": count,
            "once": once,
        }
        if person is not None:
            row |= person_columns(person)
        return _insert(row)


ROWS_A_SECOND = 8


def note_bounded(
    *,
    event: Event,
    outcome: Outcome,
    by: By,
    step: str,
    attempt_id: str = "",
    person: Person | None = None,
    client_id: str = "",
) -> bool:
    """`note` for acts that nobody has to be admitted to: a flood of them must not be a flood of rows.

    An address has ROWS_A_SECOND of them a second for each event; the answer is False for what came on top.
    """
    second = f"second:{event}:{address_key(by.address)}:{int(time.time())}"
    return any(
        note(
            event=event,
            outcome=outcome,
            by=by,
            step=step,
            attempt_id=attempt_id,
            person=person,
            client_id=client_id,
            once=f"{second}:{number}",
        )
        for number in range(ROWS_A_SECOND)
    )


COLUMNS: dict[str, Any] = {
    "time": None,
    "event": "",
    "phase": "",
    "attempt_id": "",
    "turn": None,
    "call_id": "",
    "step": "",
    "outcome": "",
    "pool_id": "",
    "client_id": "",
    "actor": "",
    "person_id": "",
    "person_commitment": "",
    "address": "",
    "address_key": "",
    "user_agent": "",
    "error_code": "",
    "request_id": "",
    "duration_ms": None,
    "count": None,
    "once": None,
    "version": VERSION,
    "key_id": None,
    "mac": None,
    "address_packed": None,
}
"""Every column of a row beside its id, and what stands in it unless something else is written."""

_QUOTED = ", ".join(f'"{name}"' for name in COLUMNS)
_INSERT = (
    f"INSERT INTO audit_event ({_QUOTED}) VALUES ({', '.join(['%s'] * len(COLUMNS))}) ON CONFLICT DO NOTHING"
)


def _act(
    *, event: Event, step: str, attempt_id: str, client_id: str, by: By, now: datetime | None
) -> dict[str, Any]:
    return COLUMNS | {
        "time": now or timezone.now(),
        "event": Event(event).value,
        "attempt_id": storable(attempt_id, 64),
        "step": storable(step, 64),
        "client_id": storable(client_id, 128),
        "actor": storable(by.actor, 150),
        "address": storable(by.address, 64),
        "address_key": address_key(by.address),
        "address_packed": address_packed(by.address),
        "user_agent": storable(by.user_agent, 256),
    }


def _row(call: Call, now: datetime | None) -> dict[str, Any]:
    act = _act(
        event=call.event,
        step=call.step,
        attempt_id=call.attempt_id,
        client_id=call.client_id,
        by=call.by,
        now=now,
    )
    return act | {"call_id": call.call_id}


def _insert(row: dict[str, Any]) -> bool:
    """Append one row with its MAC; False where a key of it is taken."""
    key = row_key()
    row["key_id"] = key.key_id
    row["mac"] = mac_of(signed_values(row), key=key.key)
    row["time"] = connection.ops.adapt_datetimefield_value(row["time"])
    return append_new(_INSERT, list(row.values()))
