"""The formats of an export, each as bytes that come a batch at a time."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.db import connection

from cognito_portal.audit.exports import csv_postgresql, csv_sqlite, ndjson, xlsx
from cognito_portal.audit.exports.columns import COLUMNS
from cognito_portal.audit.exports.selection import Facts, Selection


class Format(StrEnum):
    """What an export may be; the value ends the file's name."""

    CSV = "csv"
    NDJSON = "ndjson"
    XLSX = "xlsx"


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.NDJSON: "application/x-ndjson",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
HEADER = ",".join(COLUMNS) + "\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """In which form rows go out. `has_byte_order_mark` is for CSV alone: some spreadsheets need it."""

    format: Format
    has_byte_order_mark: bool = False


def chunks(
    selection: Selection, form: Form, facts: Facts, *, directory: Path | None = None
) -> Iterator[bytes]:
    """The rows as bytes; `facts` is right once the last has come. `directory` holds what a workbook is made of.

    Raises django.db.Error, OSError for a workbook, and what `facts.on_rows` raises.
    """
    if form.format is Format.XLSX:
        yield from xlsx.chunks(selection, facts, directory=directory)
    elif form.format is Format.NDJSON:
        yield from (text.encode() for text in ndjson.lines(selection, facts))
    else:
        yield (codecs.BOM_UTF8 if form.has_byte_order_mark else b"") + HEADER.encode()
        if connection.vendor == "postgresql":
            yield from csv_postgresql.lines(selection, facts)
        else:
            yield from csv_sqlite.lines(selection, facts)
