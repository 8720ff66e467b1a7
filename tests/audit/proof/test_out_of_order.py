"""PostgreSQL gives out row ids before it commits: a row may appear below others that are sealed already."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from cognito_portal.audit.proof import seals, waiting
from tests.audit.proof.logs import fault, guarded, sealed_ids, unguarded
from tests.audit.rows import noted, stored
from tests.databases import Database


def test_rows_that_commit_out_of_order_are_sealed_all_the_same(postgresql: Database) -> None:
    noted()
    with psycopg.connect(postgresql.url) as other:
        other.execute("SELECT nextval(pg_get_serial_sequence('audit_event', 'id'))")
        (early,) = other.execute("SELECT lastval()").fetchone() or (0,)
        noted()
        assert seals.seal_pending() == 2
        _write_as(other, early)
    assert seals.seal_pending() == 1
    assert sealed_ids() == [early - 1, early + 1, early]
    assert fault() == ""


def test_row_that_committed_long_after_its_number_is_found_by_a_sweep(postgresql: Database) -> None:
    noted()
    later = datetime.now(UTC) + timedelta(minutes=30)
    with psycopg.connect(postgresql.url) as other:
        other.execute("SELECT nextval(pg_get_serial_sequence('audit_event', 'id'))")
        (early,) = other.execute("SELECT lastval()").fetchone() or (0,)
        noted()
        seals.seal_pending()
        noted()
        seals.seal_pending()
        seals.heartbeat(later)
        _write_as(other, early)
    assert seals.seal_pending(now=later + timedelta(minutes=3)) == 0
    waiting._known.clear()
    assert seals.seal_pending(now=later + timedelta(minutes=3)) == 1


def test_row_of_a_transaction_that_still_runs_is_waited_for(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it runs; and what was looked through is not looked through again."""
    monkeypatch.setattr(waiting, "SETTLED_S", 0.0)
    monkeypatch.setattr(waiting, "MARK_EVERY_S", 0.0)
    noted()
    with psycopg.connect(postgresql.url) as other:
        other.execute("SELECT nextval(pg_get_serial_sequence('audit_event', 'id'))")
        (early,) = other.execute("SELECT lastval()").fetchone() or (0,)
        other.execute("SELECT pg_current_xact_id()")
        for _ in range(4):
            noted()
            assert seals.seal_pending() >= 1
        assert waiting.look(datetime.now(UTC)).after < early
        _write_as(other, early)
    assert seals.seal_pending() == 1
    for _ in range(2):
        seals.seal_pending()
    assert waiting.look(datetime.now(UTC)).after == stored()[-1]["id"]
    assert fault() == ""


def test_database_that_was_put_back_to_an_old_copy_is_looked_through_from_its_newest_seal(
    postgresql: Database,
) -> None:
    noted()
    seals.seal_pending()
    waiting.whole(waiting.Look(after=0, until=0, settled=stored()[-1]["id"] + 1_000))
    noted()
    assert seals.seal_pending() == 1


def _write_as(other: psycopg.Connection[Any], row_id: int) -> None:
    """Commit a row of the portal's under an id that was taken earlier."""
    noted()
    columns = ", ".join(f'"{name}"' for name in stored()[0] if name != "id")
    newest = "(SELECT MAX(id) FROM audit_event)"
    unguarded()
    other.execute(
        f"INSERT INTO audit_event (id, {columns}) SELECT %s, {columns} FROM audit_event WHERE id = {newest}",
        [row_id],
    )
    other.execute(f"DELETE FROM audit_event WHERE id = {newest}")
    other.commit()
    guarded()
