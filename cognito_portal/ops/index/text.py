"""Finding a part of a text among all accounts: by an index of every three letters in a row.

It is a table of its own: FTS5's on SQLite, on PostgreSQL numbers that stand for three letters each, under an index of
the kind that every installation has. SQL stands here because the ORM knows neither. What they lead to is always
looked at again, so that neither has to be exact. Where SQLite has no FTS5, every account is looked at.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

import sqlite3
import zlib
from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from cognito_portal.audit.people import name_parts

FIRST_WITH_TRIGRAMS = (3, 34)
PART = 3
FEW = 2_000
"""With fewer accounts than this the index leads; with more, the order that the page has."""
TABLE = "ops_pool_index_text"

_CREATE = {
    "sqlite": (f"CREATE VIRTUAL TABLE {TABLE} USING fts5(text, tokenize = 'trigram')",),
    "postgresql": (
        f"CREATE TABLE {TABLE} (entry_id bigint PRIMARY KEY, parts integer[] NOT NULL)",
        # Without `fastupdate` every search has to read what came since the last vacuum, one by one.
        f"CREATE INDEX {TABLE}_parts ON {TABLE} USING gin (parts) WITH (fastupdate = off)",
    ),
}
_INSERT = {
    "sqlite": f"INSERT INTO {TABLE} (rowid, text) VALUES (%s, %s)",
    "postgresql": f"INSERT INTO {TABLE} (entry_id, parts) VALUES (%s, %s)",
}
_DELETE = {
    "sqlite": f"DELETE FROM {TABLE} WHERE rowid = %s",
    "postgresql": f"DELETE FROM {TABLE} WHERE entry_id = %s",
}
_FIND = {
    "sqlite": f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s LIMIT %s",
    "postgresql": f"SELECT entry_id FROM {TABLE} WHERE parts @> %s::integer[] LIMIT %s",
}


def create(database: BaseDatabaseWrapper) -> None:
    """Make the index in a migration, where this database can have it."""
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
            if not cursor.fetchone()[0] or sqlite3.sqlite_version_info < FIRST_WITH_TRIGRAMS:
                return
        for statement in _CREATE[database.vendor]:
            cursor.execute(statement)


def drop(database: BaseDatabaseWrapper) -> None:
    """Undo `create`."""
    with database.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def replace(texts: Mapping[int, str]) -> None:
    """Have these accounts, by the id of their entry, found by these texts and no others."""
    forget(texts)
    if texts and _has_table():
        rows = [(entry, _stored(text)) for entry, text in texts.items()]
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT[connection.vendor], rows)


def forget(ids: Collection[int]) -> None:
    """Have these accounts found by no text."""
    if ids and _has_table():
        with connection.cursor() as cursor:
            cursor.executemany(_DELETE[connection.vendor], [[each] for each in ids])


def with_part(folded: str) -> Q:
    """Which entries have this in their text; one or two characters have to begin the username."""
    if len(folded) < PART:
        return Q(folded__startswith=folded)
    has_it = Q(search_text__contains=folded)
    if not _has_table():
        return has_it
    with connection.cursor() as cursor:
        cursor.execute(_FIND[connection.vendor], [_sought(folded), FEW + 1])
        found = [row[0] for row in cursor.fetchall()]
    return has_it if len(found) > FEW else has_it & Q(pk__in=found)


def _stored(text: str) -> Any:
    return text if connection.vendor == "sqlite" else _numbers(text)


def _sought(folded: str) -> Any:
    if connection.vendor == "sqlite":
        return '"' + folded.replace('"', '""') + '"'
    return _numbers(folded)


def _numbers(text: str) -> list[int]:
    """A number for each three letters; several may have the same one."""
    return sorted({zlib.crc32(part.encode()) - 2**31 for part in name_parts(text)})


def _has_table() -> bool:
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE name = %s", [TABLE])
        return cursor.fetchone() is not None
