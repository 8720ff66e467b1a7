"""A table without its indexes and triggers while very many rows go into it; afterwards it is as it was."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from cognito_portal.audit import triggers

# With a journal in memory nothing is written twice; who is killed on the way has to begin anew.
_SQLITE_FAST = ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-500000", "temp_store=MEMORY")
_SQLITE_USUAL = ("temp_store=DEFAULT", "cache_size=-2000", "synchronous=FULL", "journal_mode=WAL")
_POSTGRESQL_FAST = ("statement_timeout = 0", "maintenance_work_mem = '1GB'")


@contextmanager
def bare(table: str) -> Iterator[None]:
    """Within the block the table has none of the indexes that were made by a statement of their own.

    What a CREATE TABLE made stays: the primary key, and the UNIQUE of the table itself. Raises django.db.Error.
    """
    sqlite = connection.vendor == "sqlite"
    _pragmas(_SQLITE_FAST if sqlite else ())
    dropped = _dropped_on_sqlite(table) if sqlite else _dropped_on_postgresql(table)
    yield
    for statement in dropped:
        with transaction.atomic(), connection.cursor() as cursor:
            for setting in () if sqlite else _POSTGRESQL_FAST:
                cursor.execute(f"SET LOCAL {setting}")
            cursor.execute(statement)
    triggers.install(connection)
    _pragmas(_SQLITE_USUAL if sqlite else ())


def _pragmas(settings: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for setting in settings:
            cursor.execute(f"PRAGMA {setting}")


def _dropped_on_sqlite(table: str) -> list[str]:
    """What makes the indexes anew. The triggers are made by their own module."""
    found = _fetch(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s AND type IN ('index', 'trigger')"
        " AND sql IS NOT NULL",
        [table],
    )
    for kind, name, _ in found:
        _execute(f'DROP {kind} "{name}"')
    return [statement for kind, _, statement in found if kind == "index"]


def _dropped_on_postgresql(table: str) -> list[str]:
    found = _fetch(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = %s"
        " AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)",
        [table],
    )
    for name, _ in found:
        _execute(f'DROP INDEX "{name}"')
    return [statement for _, statement in found]


def _fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
