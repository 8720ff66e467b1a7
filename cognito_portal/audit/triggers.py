"""The triggers that make the database itself refuse to change the audit log and its proof (decision D3).

SQLite: UPDATE, DELETE, and an INSERT over a key already there, since INSERT OR REPLACE removes a row without
any DELETE trigger being asked (https://sqlite.org/lang_conflict.html). PostgreSQL: UPDATE (ON CONFLICT DO
UPDATE counts as one), DELETE and TRUNCATE, as ALWAYS triggers, which session_replication_role does not skip.

Rows of a batch that `audit_prune` names may be deleted, and its leaves: that is retention. A person's rows may
be deleted, for that is how one is forgotten, and the parts of their names go with them; they may not be altered.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

import time
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration

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


LEAF_KEYS = ("leaf_no = NEW.leaf_no", "event_id = NEW.event_id")
SEAL_KEYS = ("no = NEW.no",)
PRUNE_KEYS = ("seal_no = NEW.seal_no",)
GUARDED = {
    "audit_event": EVENT_KEYS,
    "audit_person": PERSON_KEYS,
    "audit_leaf": LEAF_KEYS,
    "audit_seal": SEAL_KEYS,
    "audit_prune": PRUNE_KEYS,
}
EVENT_IS_PRUNED = (
    "EXISTS (SELECT 1 FROM audit_leaf l JOIN audit_prune p ON p.seal_no = l.seal_no"
    " WHERE l.event_id = OLD.id)"
)
LEAF_IS_PRUNED = (
    "EXISTS (SELECT 1 FROM audit_prune p WHERE p.seal_no = OLD.seal_no)"
    " AND NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.id = OLD.event_id)"
)
FORGET_PARTS = "DELETE FROM audit_name_part WHERE person_id = OLD.id"
DELETABLE = {"audit_event": EVENT_IS_PRUNED, "audit_leaf": LEAF_IS_PRUNED}
"""What may be deleted after all. Of the other guarded tables nothing may, but for audit_person."""


def _present(table: str, keys: Sequence[str]) -> str:
    return " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {key})" for key in keys)


def _sqlite(table: str, name: str, act: str, message: str, condition: str = "") -> tuple[str, str]:
    when = f" WHEN {condition}" if condition else ""
    sql = (
        f"CREATE TRIGGER {table}_{name} BEFORE {act} ON {table} FOR EACH ROW{when}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )
    return f"{table}_{name}", sql


SQLITE = dict(
    [
        *(_sqlite(table, "no_update", "UPDATE", REFUSAL) for table in GUARDED),
        *(
            _sqlite(
                table,
                "no_delete",
                "DELETE",
                REFUSAL,
                f"NOT ({DELETABLE[table]})" if table in DELETABLE else "",
            )
            for table in GUARDED
            if table != "audit_person"
        ),
        *(
            _sqlite(table, "no_replace", "INSERT", TAKEN, _present(table, keys))
            for table, keys in GUARDED.items()
        ),
        (
            "audit_person_forget",
            "CREATE TRIGGER audit_person_forget AFTER DELETE ON audit_person FOR EACH ROW"
            f" BEGIN {FORGET_PARTS}; END",
        ),
    ]
)


def _refusing(unless: str) -> str:
    return (
        f" BEGIN IF {unless} THEN RETURN OLD; END IF;"
        f" RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END "
    )


POSTGRESQL_FUNCTIONS = {
    "audit_refuse": f" BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END ",
    "audit_event_refuse": _refusing(EVENT_IS_PRUNED),
    "audit_leaf_refuse": _refusing(LEAF_IS_PRUNED),
    "audit_person_forgotten": f" BEGIN {FORGET_PARTS}; RETURN OLD; END ",
}
POSTGRESQL: dict[str, tuple[str, str, str, str]] = {
    **{f"{table}_no_update": (table, "BEFORE UPDATE", "ROW", "audit_refuse") for table in GUARDED},
    **{f"{table}_no_truncate": (table, "BEFORE TRUNCATE", "STATEMENT", "audit_refuse") for table in GUARDED},
    **{
        f"{table}_no_delete": (table, "BEFORE DELETE", "ROW", "audit_refuse")
        for table in ("audit_seal", "audit_prune")
    },
    **{f"{table}_no_delete": (table, "BEFORE DELETE", "ROW", f"{table}_refuse") for table in DELETABLE},
    "audit_person_forget": ("audit_person", "AFTER DELETE", "ROW", "audit_person_forgotten"),
}
"""By name: table, moment and act, level, and the function that is called."""
POSTGRESQL_RETIRED = {"audit_event_no_change": "audit_event"}


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
        "SELECT t.tgname, c.relname, p.proname, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE t.tgenabled = 'A' AND pg_catalog.pg_table_is_visible(c.oid)",
    )
    in_force = {(name, table, function) for name, table, function, body in rows if _is_ours(function, body)}
    return [
        name
        for name, (table, _, _, function) in POSTGRESQL.items()
        if (name, table, function) not in in_force
    ]


def _is_ours(function: str, body: str) -> bool:
    return POSTGRESQL_FUNCTIONS.get(function) == body


def tables_exist(connection: BaseDatabaseWrapper) -> bool:
    """Whether the tables to be guarded are all there."""
    return {*GUARDED, "audit_name_part"} <= set(connection.introspection.table_names())


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
            for name, body in POSTGRESQL_FUNCTIONS.items():
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
                )
            for name, table in POSTGRESQL_RETIRED.items():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        for name in lacking:
            for statement in _statements(connection.vendor, name):
                cursor.execute(statement)


def _statements(vendor: str, name: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}", SQLITE[name]]
    table, act, level, function = POSTGRESQL[name]
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} {act} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]


def remove_before_migrate(
    sender: AppConfig, using: str, plan: Sequence[tuple[Migration, bool]], **_: object
) -> None:
    """Receiver of pre_migrate: on SQLite no table can be remade that a trigger of another one names.

    Until `install_after_migrate` the site serves no sign-in (`require`).
    """
    connection = connections[using]
    if connection.vendor != "sqlite" or not any(step.app_label == sender.label for step, _ in plan):
        return
    with connection.cursor() as cursor:
        for name in SQLITE:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


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
