"""The triggers that have the database refuse to remove a verification, or to change what once stands in it.

An answer that is not there yet may be written; of a person who is forgotten the texts and the sub may go.
"""
# ruff: noqa: S608 (only constants are put into the SQL here)

from django.apps import AppConfig
from django.db import connections

TABLE = "ops_verification"
REFUSAL = "verifications are never changed or removed"
ERASED = "-"
"""Stands where something was written of a person who is forgotten."""
_FIXED = ("id", "pool_id", "method", "needs_second", "asked_at", "asked_by")
_WRITTEN_ONCE = ("approved_at", "refused_at", "undone_at")
_NAMED_ONCE = ("approved_by", "refused_by", "undone_by")
_ERASED_ONLY = {"sub": "''", "note": f"'{ERASED}'", "marks": "'{}'"}
_WHY = ("refused_why", "undone_why")


def _changes(differs: str) -> str:
    """When an UPDATE does more than it may; `differs` compares two values of which either may be NULL."""
    broken = [
        *(f"NEW.{name} {differs} OLD.{name}" for name in _FIXED),
        *(f"(OLD.{name} IS NOT NULL AND NEW.{name} {differs} OLD.{name})" for name in _WRITTEN_ONCE),
        *(f"(OLD.{name} <> '' AND NEW.{name} <> OLD.{name})" for name in _NAMED_ONCE),
        *(
            f"(NEW.{name} <> OLD.{name} AND CAST(NEW.{name} AS TEXT) <> {erased})"
            for name, erased in _ERASED_ONLY.items()
        ),
        *(f"(OLD.{name} <> '' AND NEW.{name} <> OLD.{name} AND NEW.{name} <> '{ERASED}')" for name in _WHY),
    ]
    return " OR ".join(broken)


def _sqlite(name: str, act: str, condition: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {TABLE}_{name}",
        f"CREATE TRIGGER {TABLE}_{name} BEFORE {act} ON {TABLE} FOR EACH ROW WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    ]


SQLITE = [
    *_sqlite("no_delete", "DELETE", "1"),
    *_sqlite("no_change", "UPDATE", _changes("IS NOT")),
    # INSERT OR REPLACE removes a row without any DELETE trigger being asked.
    *_sqlite("no_replace", "INSERT", f"EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id)"),
]


def _postgresql(name: str, act: str, condition: str = "") -> list[str]:
    level = f"ROW WHEN ({condition})" if condition else "STATEMENT"
    return [
        f"DROP TRIGGER IF EXISTS {TABLE}_{name} ON {TABLE}",
        f"CREATE TRIGGER {TABLE}_{name} BEFORE {act} ON {TABLE} FOR EACH {level}"
        f" EXECUTE FUNCTION {TABLE}_refuse()",
        f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_{name}",
    ]


POSTGRESQL = [
    f"CREATE OR REPLACE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    *_postgresql("no_delete", "DELETE"),
    *_postgresql("no_truncate", "TRUNCATE"),
    *_postgresql("no_change", "UPDATE", _changes("IS DISTINCT FROM")),
]


def install_after_migrate(sender: AppConfig, using: str, **_: object) -> None:
    """Receiver of post_migrate: SQLite drops triggers whenever a migration remakes their table."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in POSTGRESQL if connection.vendor == "postgresql" else SQLITE:
            cursor.execute(statement)
