"""CSV out of PostgreSQL: COPY makes it, and what csv.writer would write otherwise is put right here.

COPY quotes what csv.writer quotes, and besides whatever equals its text for NULL: none of these columns is
NULL, and that text is longer than any of them can be. A line ends in LF there and in CR LF here. COPY sends
one message for each row
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY).

SQL stands here for the reason it does in cognito_portal.audit.exports.selection.
"""

import csv
import re
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from cognito_portal.audit.exports.cells import LEADS, cell
from cognito_portal.audit.exports.columns import as_texts
from cognito_portal.audit.exports.selection import Facts, Selection, ends

BATCH = 500
# The names of people who come again are kept by the server as far as this goes, and rows that have to be sorted
# go to its disk in fewer runs. An operator who gives more keeps that.
_MEMORY = "32MB"
_ROOM = (
    f"SELECT set_config('work_mem', '{_MEMORY}', true)"
    f" WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('{_MEMORY}')"
)
_NULL = "-" * 600
_OPTIONS = f"(FORMAT csv, NULL '{_NULL}', ENCODING 'UTF8')"
_WIDE = b"|".join(lead.encode() for lead in LEADS if not lead.isascii())
_ASCII_LEADS = (b"=", b"+", b"-", b"@", b"\t", b"'")
_WIDE_START = b"\xef\xbc"
# A line ends outside of quotes and never inside of a cell without them. The first cell is a time of our own
# making. A comma within a cell may be taken for one between cells: such a row goes cell by cell for nothing.
_SUSPECT = re.compile(b",(?:\"'*(?:[=+\\-@\t\r\n]|%s)|'*(?:[=+\\-@\t]|%s))" % (_WIDE, _WIDE))


def lines(selection: Selection, facts: Facts) -> Iterator[bytes]:
    """The rows as bytes, a batch at a time. Raises django.db.Error."""
    found = ends(selection)
    if found is None:
        return
    facts.first, facts.last = found
    statement = f"COPY ({selection.statement(as_texts())}) TO STDOUT {_OPTIONS}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ROOM)
        driver: Any = cursor.cursor
        with connection.wrap_database_errors, driver.copy(statement, selection.params) as copy:
            rows: list[bytes] = []
            for row in copy:
                rows.append(bytes(row))
                if len(rows) == BATCH:
                    yield _text(rows)
                    facts.add(len(rows))
                    rows = []
    if rows:
        yield _text(rows)
        facts.add(len(rows))


def _text(rows: list[bytes]) -> bytes:
    text = b"".join(rows)
    made = text.replace(b"\n", b"\r\n")
    # As many line feeds as rows: none within a cell.
    if len(made) - len(text) == len(rows) and _is_plain(text):
        return made
    return b"".join(_neutral(row) for row in rows)


def _is_plain(text: bytes) -> bool:
    """Whether no cell may look like a formula; _SUSPECT would say so too, but looks at every comma."""
    if b"\r" in text or (not text.isascii() and _WIDE_START in text):
        return False
    starts = (b",", b',"') if b'"' in text else (b",",)
    return not any(lead in text and any(start + lead in text for start in starts) for lead in _ASCII_LEADS)


def _neutral(row: bytes) -> bytes:
    """One row of COPY's, cell by cell where some cell may look like a formula."""
    if not _SUSPECT.search(row):
        return row[:-1] + b"\r\n"
    (cells,) = csv.reader([row.decode()[:-1]], strict=True)
    return (",".join(map(cell, cells)) + "\r\n").encode()
