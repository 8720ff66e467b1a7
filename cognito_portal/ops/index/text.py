"""Finding a part of a text among all accounts: by the database's own index of three letters in a row.

SQLite has one in a table of its own (FTS5), PostgreSQL on the column, where the extension pg_trgm may be made.
Where there is neither, every account is looked at: the same is found, and at 100,000 accounts still in time. SQL
stands here because the ORM knows no FTS5.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

import sqlite3
from collections.abc import Collection, Mapping

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

FIRST_WITH_TRIGRAMS = (3, 34)
PART = 3
FEW = 2_000
"""With fewer accounts than this the index leads; with more, the order that the page has."""
TABLE = "ops_pool_index_text"
_MATCH = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s LIMIT %s"
_IS_THERE = "SELECT 1 FROM sqlite_master WHERE name = %s"


def create(database: BaseDatabaseWrapper) -> None:
    """Make the index in a migration, where this database can have it."""
    with database.cursor() as cursor:
        if database.vendor == "sqlite":
            cursor.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
            if cursor.fetchone()[0] and sqlite3.sqlite_version_info >= FIRST_WITH_TRIGRAMS:
                cursor.execute(f"CREATE VIRTUAL TABLE {TABLE} USING fts5(text, tokenize = 'trigram')")
        elif database.vendor == "postgresql":
            cursor.execute(_POSTGRESQL)


def drop(database: BaseDatabaseWrapper) -> None:
    """Undo `create`; PostgreSQL's index goes with its column, and the extension may serve others."""
    if database.vendor == "sqlite":
        with database.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


# Whoever migrates may lack the right to make an extension: then there is no index.
_POSTGRESQL = """
DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX ops_pool_index_trigram ON ops_pool_index USING gin (search_text gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'no index of trigrams: %', SQLERRM;
END $$
"""


def replace(texts: Mapping[int, str]) -> None:
    """Have these accounts, by the id of their entry, found by these texts and no others."""
    forget(texts)
    if texts and _has_table():
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {TABLE} (rowid, text) VALUES (%s, %s)", list(texts.items()))


def forget(ids: Collection[int]) -> None:
    """Have these accounts found by no text."""
    if ids and _has_table():
        with connection.cursor() as cursor:
            cursor.executemany(f"DELETE FROM {TABLE} WHERE rowid = %s", [[each] for each in ids])


def with_part(folded: str) -> Q:
    """Which entries have this in their text; one or two characters have to begin the username."""
    if len(folded) < PART:
        return Q(folded__startswith=folded)
    has_it = Q(search_text__contains=folded)
    if not _has_table():
        return has_it
    quoted = '"' + folded.replace('"', '""') + '"'
    with connection.cursor() as cursor:
        cursor.execute(_MATCH, [quoted, FEW + 1])
        found = [row[0] for row in cursor.fetchall()]
    # What the text was before stays in no index, but is looked at again all the same.
    return has_it if len(found) > FEW else has_it & Q(pk__in=found)


def _has_table() -> bool:
    if connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute(_IS_THERE, [TABLE])
        return cursor.fetchone() is not None
