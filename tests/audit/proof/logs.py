"""Logs to be sealed and verified: rows, people and keys of the tests' own."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from cognito_portal.audit import record, triggers
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.proof import ledger
from cognito_portal.audit.proof.statements import Seal
from cognito_portal.audit.proof.verify import Verdict, verify
from cognito_portal.audit.sql import fetch
from tests.audit.rows import begun, noted, somebody

HIGHEST = 2**62


def key_line(name: str) -> str:
    return f"{name}:{secrets.token_urlsafe(32)}"


def write_rows(count: int) -> None:
    """About this many rows of several kinds, and never fewer."""
    with transaction.atomic():
        for number in range((count + 2) // 3):
            name = f"Person.{number % 7}"
            call = begun(
                somebody(name), by=record.By("visitor", f"192.0.2.{number % 250}", "Firefox 142 – é")
            )
            known = somebody(name, canonical=f"person-{number % 7}", sub=f"sub-{number % 7}")
            record.end(call, outcome=Outcome.SUCCESS if number % 3 else Outcome.BAD_CREDENTIALS, person=known)
            noted(
                event=Event.ACCESS_DENIED,
                by=record.By("staff:1", "2001:db8::7", "curl"),
                count=number or None,
            )


def all_seals() -> list[Seal]:
    return ledger.seals_after(0, until=HIGHEST, limit=100_000)


def sealed_ids() -> list[int]:
    """The ids of all rows with a leaf, in the order of their leaves."""
    return [event_id for (event_id,) in fetch("SELECT event_id FROM audit_leaf ORDER BY leaf_no", [])]


def leaf_numbers() -> list[int]:
    return [leaf_no for (leaf_no,) in fetch("SELECT leaf_no FROM audit_leaf ORDER BY leaf_no", [])]


def anchor_lines() -> list[str]:
    return [seal.anchor_line() for seal in all_seals()]


def fault(lines: Sequence[str] | None = None) -> str:
    """The first fault of the log in words, empty where it is whole."""
    verdict: Verdict = verify(lines)
    return verdict.first_fault or ""


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def unguarded(*statements: str, params: Sequence[object] = ()) -> None:
    """Run SQL as someone does who has put the triggers out of the way."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute(
                "SELECT tgname, relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE NOT tgisinternal"
            )
            for name, table in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name} ON {table}")
        for statement in statements:
            cursor.execute(statement, params)


def guarded() -> None:
    """Put the triggers back, without which nothing is written."""
    triggers.install(connection)
