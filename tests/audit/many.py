"""A log of many rows, written by the shortest way: the same rows for the same seed."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection, transaction

from cognito_portal.audit.addresses import address_key, address_packed
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.people import commitment_of, name_parts, name_starts
from cognito_portal.audit.record import COLUMNS
from tests.audit.bare import bare

POOL = "eu-west-1_MANY"
END = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = ("anna", "bea", "carl", "dora", "emil", "finn", "gina", "hugo", "ivan", "jana")
CLIENTS = ("web", "mobile", "batch")
RARELY = 0.002
SALT = "00"
_BATCH = 5000
_EVENT_COLUMNS = tuple(COLUMNS)


def fill(rows: int, *, people: int, gap_s: float = 3.0, seed: int = 1) -> None:
    """Add so many people and rows, the last of them at END; two rows an act, `gap_s` between the acts."""
    chance = random.Random(seed)
    with bare("audit_name_part"), transaction.atomic():
        _insert("audit_person", _PERSON_COLUMNS, (_person(number) for number in range(people)))
        _insert("audit_name_part", ("part", "person_id"), _parts(_named()))
    begin = END - timedelta(seconds=gap_s * (rows // 2))
    with bare("audit_event"):
        for first in range(0, rows // 2, _BATCH):
            numbers = range(first, min(first + _BATCH, rows // 2))
            made = [row for number in numbers for row in _act(chance, begin, number, gap_s, people)]
            with transaction.atomic():
                _insert("audit_event", _EVENT_COLUMNS, made)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def name_of(number: int) -> str:
    return f"{NAMES[number % len(NAMES)]}.{number:06d}"


def person_id_of(number: int) -> str:
    return f"{number:032x}"


_PERSON_COLUMNS = ("person_id", "pool_id", "account", "typed", "canonical", "sub", "salt", "commitment")


def _person(number: int) -> tuple[Any, ...]:
    name = name_of(number)
    named = {"pool_id": POOL, "typed": name.title(), "canonical": name, "sub": _sub_of(number)}
    commitment = commitment_of(salt=SALT, **named)
    return person_id_of(number), POOL, name, name.title(), name, named["sub"], SALT, commitment


def _sub_of(number: int) -> str:
    return f"{(number * 2654435761) % 2**32:08x}-0000-4000-8000-{number:012x}"


@cache
def _commitment(number: int) -> str:
    return str(_person(number)[-1])


def _named() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, account, sub FROM audit_person")
        return list(cursor.fetchall())


def _parts(named: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, int]]:
    for row_id, account, sub in named:
        for part in sorted(name_parts(account) | name_starts(account) | name_parts(sub)):
            yield part, row_id


def _act(
    chance: random.Random, begin: datetime, number: int, gap_s: float, people: int
) -> list[tuple[Any, ...]]:
    moment = begin + timedelta(seconds=gap_s * number)
    who = chance.randrange(people)
    address = f"10.{chance.randrange(4)}.{chance.randrange(256)}.{chance.randrange(256)}"
    rare = chance.random() < RARELY
    failed = chance.random() < 0.2
    event = Event.SIGNIN_ANSWERED if chance.random() < 0.3 else Event.SIGNIN_STARTED
    row = COLUMNS | {
        "event": (Event.OPS_THROTTLE_LIFTED if rare else event).value,
        "attempt_id": f"{number:032x}",
        "call_id": f"{number:032x}",
        "pool_id": POOL,
        "client_id": chance.choice(CLIENTS),
        "actor": "staff:1" if rare else "visitor",
        "person_id": person_id_of(who),
        "person_commitment": _commitment(who),
        "address": address,
        "address_key": address_key(address),
        "address_packed": address_packed(address),
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "version": 1,
    }
    end = {
        "phase": "end",
        "outcome": (Outcome.BAD_CREDENTIALS if failed else Outcome.SUCCESS).value,
        "error_code": "NotAuthorizedException" if failed else "",
        "request_id": f"aws-{number:032x}",
        "duration_ms": chance.randrange(400),
    }
    if rare:
        end |= {"outcome": Outcome.THROTTLED.value, "error_code": "TooManyRequestsException"}
    return [
        tuple((row | {"time": _stored(moment), "phase": "begin", "turn": 0}).values()),
        tuple((row | end | {"time": _stored(moment + timedelta(milliseconds=300))}).values()),
    ]


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _insert(table: str, columns: Sequence[str], rows: Iterator[Any] | Sequence[Any]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        slots = ", ".join("?" * len(columns))
        connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({slots})", rows)
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
