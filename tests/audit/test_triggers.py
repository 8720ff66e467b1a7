"""Every door to an audit row that SQL has, tried on a database that `migrate` made."""

import re

import pytest
from django.core.management import call_command
from django.db import Error, IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from cognito_portal.audit import record, triggers
from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.events import Outcome
from tests.audit.rows import begun, noted, somebody, stored
from tests.databases import Database

COPIED = "event, phase, attempt_id, turn, call_id, step, outcome, pool_id, client_id, actor, person_id"
REST = "person_commitment, address, address_key, user_agent, error_code, request_id, version"

# Each rewrites the row of id 1 as a forged success, or removes it.
DOORS = {
    "update": "UPDATE audit_event SET outcome = 'success' WHERE id = 1",
    "update of every row": "UPDATE audit_event SET outcome = 'success'",
    "update that changes nothing": "UPDATE audit_event SET id = id",
    "delete": "DELETE FROM audit_event WHERE id = 1",
    "delete of every row": "DELETE FROM audit_event",
    "upsert on the id": (
        f"INSERT INTO audit_event (id, time, {COPIED}, {REST}) SELECT id, time, {COPIED}, {REST}"
        " FROM audit_event WHERE id = 1 ON CONFLICT (id) DO UPDATE SET outcome = 'success'"
    ),
    "upsert on the turn": (
        f"INSERT INTO audit_event (time, {COPIED}, {REST}) SELECT time, {COPIED}, {REST} FROM audit_event"
        " WHERE id = 1 ON CONFLICT (attempt_id, turn) DO UPDATE SET outcome = 'success'"
    ),
    "insert over the id": (
        f"INSERT INTO audit_event (id, time, {COPIED}, {REST}) SELECT id, time, {COPIED}, {REST}"
        " FROM audit_event WHERE id = 1"
    ),
}
SQLITE_DOORS = {
    "replace by the id": (
        f"INSERT OR REPLACE INTO audit_event (id, time, {COPIED}, {REST})"
        f" SELECT id, time, {COPIED}, {REST} FROM audit_event WHERE id = 1"
    ),
    "replace by the turn": (
        f"REPLACE INTO audit_event (time, {COPIED}, {REST})"
        f" SELECT time, {COPIED}, {REST} FROM audit_event WHERE id = 1"
    ),
    "replace by the name": (
        f"REPLACE INTO audit_event (time, once, {COPIED}, {REST})"
        f" SELECT time, once, {COPIED}, {REST} FROM audit_event WHERE once IS NOT NULL"
    ),
    "replace by the end of a call": (
        f"REPLACE INTO audit_event (time, {COPIED}, {REST})"
        f" SELECT time, {COPIED}, {REST} FROM audit_event WHERE phase = 'end'"
    ),
    "update or replace": "UPDATE OR REPLACE audit_event SET id = 1 WHERE id = 2",
    "replace with recursive triggers off": (
        f"PRAGMA recursive_triggers = OFF; REPLACE INTO audit_event (id, time, {COPIED}, {REST})"
        f" SELECT id, time, {COPIED}, {REST} FROM audit_event WHERE id = 1"
    ),
}
POSTGRESQL_DOORS = {
    "truncate": "TRUNCATE audit_event",
    "truncate with others": "TRUNCATE audit_person, audit_event CASCADE",
    "as a replica": "SET LOCAL session_replication_role = replica; DELETE FROM audit_event",
    "merge": (
        "MERGE INTO audit_event e USING (SELECT 1 AS id) n ON e.id = n.id"
        " WHEN MATCHED THEN UPDATE SET outcome = 'success'"
    ),
}


def _try(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in sql.split("; "):
            cursor.execute(statement)


def _three_rows() -> None:
    record.end(begun(somebody("ann", canonical="ann", sub="s")), outcome=Outcome.DISABLED)
    noted(once="k")


@pytest.mark.parametrize("door", DOORS)
def test_no_statement_changes_or_removes_a_row(database: Database, door: str) -> None:
    _three_rows()
    before = stored()
    with pytest.raises(IntegrityError):
        _try(DOORS[door])
    assert stored() == before


@pytest.mark.parametrize("door", SQLITE_DOORS)
def test_sqlite_replaces_no_row(sqlite: Database, door: str) -> None:
    _three_rows()
    before = stored()
    with pytest.raises(IntegrityError):
        _try(SQLITE_DOORS[door])
    assert stored() == before


@pytest.mark.parametrize("door", POSTGRESQL_DOORS)
def test_postgresql_empties_no_table(postgresql: Database, door: str) -> None:
    _three_rows()
    before = stored()
    with pytest.raises(IntegrityError):
        _try(POSTGRESQL_DOORS[door])
    assert stored() == before


def test_a_person_is_not_altered(database: Database) -> None:
    begun(somebody("ann"))
    with pytest.raises(IntegrityError):
        _try("UPDATE audit_person SET typed = 'bob'")
    assert [row["typed"] for row in stored("audit_person")] == ["ann"]


def test_sqlite_replaces_no_person(sqlite: Database) -> None:
    begun(somebody("ann"))
    with pytest.raises(IntegrityError):
        _try(
            "REPLACE INTO audit_person (person_id, pool_id, account, typed, canonical, sub, salt, commitment)"
            " SELECT 'other', pool_id, account, typed, canonical, sub, 'x', 'y' FROM audit_person"
        )
    assert stored("audit_person")[0]["person_id"] != "other"


def test_a_person_can_be_forgotten_and_every_row_stays(database: Database) -> None:
    begun(somebody("ann"))
    before = stored()
    _try("DELETE FROM audit_person")
    assert stored("audit_person") == []
    assert stored() == before


def _states() -> list[str]:
    """Every state that the audit room's tables were ever in, by its migration; `zero` is before the first."""
    loader = MigrationLoader(None)
    return ["zero", *sorted(name for app, name in loader.disk_migrations if app == "audit")]


@pytest.mark.parametrize("state", _states())
def test_migrating_from_every_earlier_state_leaves_the_log_guarded(database: Database, state: str) -> None:
    call_command("migrate", "audit", state, verbosity=0, skip_checks=True)
    call_command("migrate", verbosity=0, skip_checks=True)
    assert triggers.missing(connection) == []


def test_migrate_restores_a_trigger_that_a_remade_table_lost(sqlite: Database) -> None:
    _try(
        "DROP TRIGGER audit_leaf_no_delete; CREATE TABLE remade AS SELECT * FROM audit_event; DROP TABLE audit_event; "
        "ALTER TABLE remade RENAME TO audit_event"
    )
    assert len(triggers.missing(connection)) == 4
    call_command("migrate", verbosity=0, skip_checks=True)
    assert triggers.missing(connection) == []


def test_a_trigger_with_another_body_counts_as_missing(sqlite: Database) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_event_no_delete")
        cursor.execute(
            "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event WHEN 0 BEGIN SELECT 1; END"
        )
    assert triggers.missing(connection) == ["audit_event_no_delete"]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE audit_event DISABLE TRIGGER audit_event_no_update",
        "DROP TRIGGER audit_event_no_update ON audit_event",
        "ALTER TABLE audit_event ENABLE REPLICA TRIGGER audit_event_no_update",
    ],
)
def test_a_trigger_that_is_off_counts_as_missing(postgresql: Database, sql: str) -> None:
    _try(sql)
    assert triggers.missing(connection) == ["audit_event_no_update"]


def _drop_one(vendor: str) -> None:
    on = " ON audit_person" if vendor == "postgresql" else ""
    _try(f"DROP TRIGGER audit_person_no_update{on}")


def test_nothing_is_written_to_a_log_that_is_not_guarded(database: Database) -> None:
    _drop_one(database.vendor)
    with pytest.raises(AuditUnavailable, match="audit_person_no_update"):
        begun()
    assert stored() == []


def test_require_asks_again_as_long_as_a_trigger_is_missing(database: Database) -> None:
    _drop_one(database.vendor)
    with pytest.raises(AuditUnavailable):
        triggers.require()
    triggers.install(connection)
    triggers.require()


def test_system_check_names_what_is_missing(database: Database) -> None:
    assert triggers.check_triggers(None, databases=["default"]) == []
    _drop_one(database.vendor)
    (problem,) = triggers.check_triggers(None, databases=["default"])
    assert problem.id == "audit.E001"
    assert "audit_person_no_update" in problem.msg


def test_system_check_is_quiet_before_the_first_migration(database: Database) -> None:
    call_command("migrate", "audit", "zero", verbosity=0, skip_checks=True)
    assert triggers.check_triggers(None, databases=["default"]) == []


@pytest.mark.parametrize(
    ("table", "keys"), [("audit_event", triggers.EVENT_KEYS), ("audit_person", triggers.PERSON_KEYS)]
)
def test_duplicates_are_looked_up_in_an_index(sqlite: Database, table: str, keys: tuple[str, ...]) -> None:
    for key in keys:
        condition = re.sub(r"NEW\.\w+", "'end'", key)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {condition}")
            plan = str(cursor.fetchall())
        assert "SEARCH" in plan, key


def test_error_of_the_database_is_not_mistaken_for_a_guarded_log(database: Database) -> None:
    _try("DROP TABLE audit_event")
    with pytest.raises((AuditUnavailable, Error)):
        triggers.require()
