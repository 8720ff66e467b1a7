"""One SQL statement to the default database, by the shortest way (decision D9).

On SQLite Django's cursor rewrites each statement's placeholders by a regular expression, which costs more
than the statement; here it goes to the driver as it is. Transactions, connections and errors are Django's.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from cognito_portal.audit.triggers import TAKEN


def fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Every row of a query with `%s` placeholders. Raises django.db.Error."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "sqlite":
        with _driver_errors(database):
            return list(database.connection.execute(_with_question_marks(sql), params).fetchall())
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def append(sql: str, params: Sequence[Any]) -> int:
    """How many rows an INSERT with `%s` placeholders wrote. Raises django.db.Error."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "sqlite":
        with _driver_errors(database):
            return int(database.connection.execute(_with_question_marks(sql), params).rowcount)
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def append_new(sql: str, params: Sequence[Any]) -> bool:
    """Whether an INSERT ... ON CONFLICT DO NOTHING wrote its row; False where a key of it is taken."""
    try:
        return append(sql, params) == 1
    except IntegrityError as error:
        # On SQLite the trigger speaks before ON CONFLICT does; the transaction goes on.
        if TAKEN not in str(error):
            raise
        return False


@lru_cache(maxsize=128)
def _with_question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


def _driver_errors(database: BaseDatabaseWrapper) -> Any:
    """Connect where that has not happened yet; the context in which the driver's errors become Django's."""
    database.ensure_connection()
    return database.wrap_database_errors
