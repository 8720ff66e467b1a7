"""Writing the audit log: a row before each call to Cognito, one after it, and single rows for the rest.

The rows go out as SQL, since a row through the ORM costs a multiple of it (decision D9). Every failure of the
database is AuditUnavailable. No function here takes a password, code, token or Session: what is not a
parameter cannot be stored.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.db import IntegrityError, connection
from django.utils import timezone

from cognito_portal.audit.errors import AlreadyTaken, AuditUnavailable
from cognito_portal.audit.events import Event, Outcome, Phase
from cognito_portal.audit.sql import append, fetch
from cognito_portal.audit.storable import account_of, storable
from cognito_portal.audit.triggers import TAKEN
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
    "note",
    "note_bounded",
    "write_transaction",
]

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom a row speaks of: the name as typed, and what Cognito calls them where that is known.

    `sub` is the link between a name and its aliases, so it comes only from a verified token or an Admin call.
    """

    pool_id: str
    typed: str
    canonical: str = ""
    sub: str = ""

    @property
    def account(self) -> str:
        return account_of(self.typed)


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


@lru_cache(maxsize=1024)
def address_key(address: str) -> str:
    """What the throttle counts an address by: IPv4 whole, IPv6 its /64. Anything else is kept as text."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return storable(address, 64)
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)


def commitment_of(*, salt: str, pool_id: str, typed: str, canonical: str, sub: str) -> str:
    """SHA-256, in hex, over the salt's bytes and the JSON array of the four parts in UTF-8."""
    named = json.dumps([pool_id, typed, canonical, sub], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(bytes.fromhex(salt) + named.encode()).hexdigest()


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
        row |= {"phase": Phase.BEGIN.value, "outcome": Outcome.NONE.value, "turn": turn} | _person_columns(
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
        row = _row(call, now) | _person_columns(person or call.person)
        row |= {
            "phase": Phase.END.value,
            "outcome": Outcome(outcome).value,
            "error_code": storable(error_code, 128),
            "request_id": storable(request_id, 128),
            "duration_ms": round(1000 * (time.monotonic() - call.started_monotonic)),
        }
        if not _insert(row):
            raise AuditUnavailable("this call has ended already")


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
            "outcome": Outcome(outcome).value,
            "error_code": storable(error_code, 128),
            "count": count,
            "once": once,
        }
        if person is not None:
            row |= _person_columns(person)
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
        "time": connection.ops.adapt_datetimefield_value(now or timezone.now()),
        "event": Event(event).value,
        "attempt_id": storable(attempt_id, 64),
        "step": storable(step, 64),
        "client_id": storable(client_id, 128),
        "actor": storable(by.actor, 150),
        "address": storable(by.address, 64),
        "address_key": address_key(by.address),
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
    """Append one row; False where a key of it is taken."""
    return _append(_INSERT, list(row.values()))


def _append(sql: str, values: list[Any]) -> bool:
    try:
        return append(sql, values) == 1
    except IntegrityError as error:
        # On SQLite the trigger speaks before ON CONFLICT does; the transaction goes on.
        if TAKEN not in str(error):
            raise
        return False


Named = tuple[str, str, str, str]
"""What makes a naming of a person one of its kind: pool id, name as typed, canonical name, sub."""

_FIND_PERSON = (
    "SELECT person_id, commitment FROM audit_person"
    " WHERE pool_id = %s AND typed = %s AND canonical = %s AND sub = %s"
)
_ADD_PERSON = (
    "INSERT INTO audit_person (person_id, pool_id, account, typed, canonical, sub, salt, commitment)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)


def _person_columns(person: Person) -> dict[str, Any]:
    """The columns that point to a person, whose row is made where it is the first of its kind."""
    named = (
        storable(person.pool_id, 64),
        storable(person.typed, 256),
        storable(person.canonical, 128),
        storable(person.sub, 64),
    )
    pool_id, _, canonical, sub = named
    person_id, commitment = _find_or_add(named, person.account)
    if canonical and sub and account_of(canonical) != person.account:
        # So that tries under the alias and under the canonical name meet in one counter.
        _find_or_add((pool_id, canonical, canonical, sub), account_of(canonical))
    return {"pool_id": pool_id, "person_id": person_id, "person_commitment": commitment}


def _find_or_add(named: Named, account: str) -> tuple[str, str]:
    """(person_id, commitment) of this naming. All spellings of one account take the id of its root row."""
    found = _find_person(named)
    if found is not None:
        return found
    pool_id, typed, canonical, sub = named
    root = (pool_id, account, "", "")
    person_id = secrets.token_hex(16) if named == root else _find_or_add(root, account)[0]
    salt = secrets.token_hex(16)
    commitment = commitment_of(salt=salt, pool_id=pool_id, typed=typed, canonical=canonical, sub=sub)
    made = person_id, commitment
    if _append(_ADD_PERSON, [person_id, pool_id, account, typed, canonical, sub, salt, commitment]):
        return made
    # Another writer was first with this very row.
    return _find_person(named) or made


def _find_person(named: Named) -> tuple[str, str] | None:
    for person_id, commitment in fetch(_FIND_PERSON, named):
        return person_id, commitment
    return None
