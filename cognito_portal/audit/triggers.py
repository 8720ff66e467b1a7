"""The triggers that make the database itself refuse to change the audit log (decision D3).

SQLite: UPDATE, DELETE, and an INSERT over a key already there, since INSERT OR REPLACE removes a row without
any DELETE trigger being asked (https://sqlite.org/lang_conflict.html). PostgreSQL: UPDATE (ON CONFLICT DO
UPDATE counts as one), DELETE and TRUNCATE, as ALWAYS triggers, which session_replication_role does not skip.

A person's rows may be deleted, for that is how one is forgotten; they may not be altered.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

import time
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from cognito_portal.audit.errors import AuditUnavailable

REFUSAL = "audit rows are only appended"
TAKEN = "audit row is already there"
CHECKED_FOR_S = 10.0

# One EXISTS a key, so that each is answered from its own index.
EVENT_KEYS = (
    "id = NEW.id",
    "attempt_id = NEW.attempt_id AND turn = NEW.turn",
    "once = NEW.once",
    "NEW.phase = 'end' AND phase = 'end' AND call_id = NEW.call_id",
)
PERSON_KEYS = (
    "id = NEW.id",
    "commitment = NEW.commitment",
    "pool_id = NEW.pool_id AND typed = NEW.typed AND canonical = NEW.canonical AND sub = NEW.sub",
)


def _present(table: str, keys: Sequence[str]) -> str:
    return " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {key})" for key in keys)


def _sqlite(name: str, act: str, message: str, condition: str = "") -> str:
    table = "audit_event" if name.startswith("audit_event") else "audit_person"
    when = f" WHEN {condition}" if condition else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW{when}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


SQLITE = {
    "audit_event_no_update": _sqlite("audit_event_no_update", "UPDATE", REFUSAL),
    "audit_event_no_delete": _sqlite("audit_event_no_delete", "DELETE", REFUSAL),
    "audit_event_no_replace": _sqlite(
        "audit_event_no_replace", "INSERT", TAKEN, _present("audit_event", EVENT_KEYS)
    ),
    "audit_person_no_update": _sqlite("audit_person_no_update", "UPDATE", REFUSAL),
    "audit_person_no_replace": _sqlite(
        "audit_person_no_replace", "INSERT", TAKEN, _present("audit_person", PERSON_KEYS)
    ),
}

POSTGRESQL_FUNCTION = "audit_refuse"
POSTGRESQL_BODY = f" BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END "
POSTGRESQL = {
    "audit_event_no_change": ("audit_event", "UPDATE OR DELETE", "ROW"),
    "audit_event_no_truncate": ("audit_event", "TRUNCATE", "STATEMENT"),
    "audit_person_no_update": ("audit_person", "UPDATE", "ROW"),
    "audit_person_no_truncate": ("audit_person", "TRUNCATE", "STATEMENT"),
}


def _query(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of the triggers this database lacks, or has in another form than they are given here."""
    if connection.vendor == "sqlite":
        found = dict(_query(connection, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        return [name for name, sql in SQLITE.items() if found.get(name) != sql]
    rows = _query(
        connection,
        "SELECT t.tgname, c.relname, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE t.tgenabled = 'A' AND pg_catalog.pg_table_is_visible(c.oid)",
    )
    in_force = {(name, table) for name, table, body in rows if body == POSTGRESQL_BODY}
    return [name for name, (table, _, _) in POSTGRESQL.items() if (name, table) not in in_force]


def tables_exist(connection: BaseDatabaseWrapper) -> bool:
    """Whether the tables to be guarded are there at all."""
    return {"audit_event", "audit_person"} <= set(connection.introspection.table_names())


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every missing trigger in place. Without the tables it does nothing.

    Raises DatabaseError where the role may not create triggers.
    """
    if not tables_exist(connection):
        return
    lacking = missing(connection)
    if not lacking:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {POSTGRESQL_FUNCTION}() RETURNS trigger LANGUAGE plpgsql"
                f" AS $${POSTGRESQL_BODY}$$"
            )
        for name in lacking:
            for statement in _statements(connection.vendor, name):
                cursor.execute(statement)


def _statements(vendor: str, name: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}", SQLITE[name]]
    table, acts, level = POSTGRESQL[name]
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} BEFORE {acts} ON {table} FOR EACH {level}"
        f" EXECUTE FUNCTION {POSTGRESQL_FUNCTION}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]


def install_after_migrate(sender: AppConfig, using: str, **_: object) -> None:
    """Receiver of post_migrate: SQLite drops triggers whenever a migration remakes their table."""
    install(connections[using])


_checked: dict[tuple[Any, ...], float] = {}


def require() -> None:
    """Return where the log is guarded; asks each database once in CHECKED_FOR_S seconds.

    Raises AuditUnavailable with the names of the triggers that are missing, and django.db.Error where the
    database does not answer.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    where = connection.settings_dict
    key = (where["HOST"], where["PORT"], where["NAME"])
    checked_at = _checked.get(key)
    now = time.monotonic()
    if checked_at is not None and now - checked_at < CHECKED_FOR_S:
        return
    lacking = missing(connection)
    if lacking:
        raise AuditUnavailable(f"triggers missing: {', '.join(lacking)}")
    _checked[key] = now


def check_triggers(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: object
) -> list[checks.CheckMessage]:
    """System check audit.E001: the default database guards the audit log (run by `check --database`)."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    connection = connections[DEFAULT_DB_ALIAS]
    lacking = missing(connection) if tables_exist(connection) else []
    if not lacking:
        return []
    return [
        checks.Error(
            f"The audit log is not guarded: {', '.join(lacking)} missing.",
            hint="`manage.py migrate --skip-checks` puts the triggers back. Find out how they were lost.",
            id="audit.E001",
        )
    ]
