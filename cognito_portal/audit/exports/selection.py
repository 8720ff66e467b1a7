"""Which rows an export takes: those of a filter, up to the newest id at its start, in the order of writing.

SQL stands here, and beside it in the two modules that make CSV, because an export reads rows by the million and
one statement straight to the driver costs a fraction of the ORM's (decision D9). Raises django.db.Error.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from cognito_portal.audit import search
from cognito_portal.audit.exports.columns import time_as_text
from cognito_portal.audit.exports.seal_numbers import SealNumbers
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.sql import fetch

BATCH = 500
Place = tuple[int, str]
"""The id and the time of a row."""
SOURCE = "FROM audit_event e LEFT JOIN audit_person p ON p.commitment = e.person_commitment"


@dataclass(frozen=True, slots=True)
class Selection:
    """A condition on the alias `e` of audit_event with its parameters, `top` included, and `top` itself."""

    condition: str
    params: tuple[Any, ...]
    top: int

    def statement(self, selected: str, source: str = SOURCE) -> str:
        """A SELECT of these rows by id for the driver itself; its parameters are `params`."""
        condition = self.condition.replace("%s", "?") if connection.vendor == "sqlite" else self.condition
        return f"SELECT {selected} {source} WHERE {condition} ORDER BY e.id"


@dataclass(slots=True)
class Facts:
    """What is known of the rows that went out: how many, (id, time) of the first and last, the seals over them.

    `on_rows` hears of each batch, and may raise to end it all.
    """

    rows: int = 0
    first: Place | None = None
    last: Place | None = None
    seals: SealNumbers = field(default_factory=SealNumbers)
    on_rows: Callable[[int], None] | None = None

    def add(self, count: int) -> None:
        self.rows += count
        if self.on_rows is not None:
            self.on_rows(self.rows)


def select(filter_: Filter) -> Selection:
    """The rows of this filter that are there now. Raises search.TooManyPeople."""
    top = int(fetch("SELECT COALESCE(MAX(id), 0) FROM audit_event", [])[0][0])
    condition, params = search.where(filter_)
    which = f"({condition}) AND e.id <= %s" if condition else "e.id <= %s"
    return Selection(which, (*params, top), top)


def count(selection: Selection) -> int:
    """How many rows an export will have; it reads as far as the log goes."""
    sql = f"SELECT COUNT(*) FROM audit_event e WHERE {selection.condition}"
    return int(fetch(sql, selection.params)[0][0])


def ends(selection: Selection) -> tuple[Place, Place] | None:
    """The first and the last row; None where there is none."""
    ids = f"SELECT e.id, {time_as_text()} FROM audit_event e WHERE {selection.condition} ORDER BY e.id"
    found = [fetch(f"{ids}{way} LIMIT 1", selection.params) for way in ("", " DESC")]
    return (found[0][0], found[1][0]) if found[0] and found[1] else None


def batches(
    selection: Selection, selected: str, source: str = SOURCE, *, size: int = BATCH
) -> Iterator[list[tuple[Any, ...]]]:
    """The rows, `size` of them in memory at a time, out of one statement that is read as they are asked for."""
    sql = selection.statement(selected, source)
    if connection.vendor == "sqlite":
        yield from _of_sqlite(sql, selection.params, size)
        return
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, selection.params)
        while rows := cursor.fetchmany(size):
            yield rows


def _of_sqlite(sql: str, params: Sequence[Any], size: int) -> Iterator[list[tuple[Any, ...]]]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = connection.connection.cursor()
        try:
            cursor.execute(sql, params)
            while rows := cursor.fetchmany(size):
                yield rows
        finally:
            cursor.close()
