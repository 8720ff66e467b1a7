"""What the tests of exports make and read."""

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from django.db import connection
from django.utils import timezone

from cognito_portal.audit.exports import manifest
from cognito_portal.audit.exports.columns import COLUMNS
from cognito_portal.audit.exports.formats import Form, Format, chunks
from cognito_portal.audit.exports.selection import Facts, select
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.proof.keys import as_setting, public_keys
from tests.audit.rows import shown

EVERYTHING = Filter(begun=True)
NASTY = (
    "=1+1",
    "+44 20 7946 0000",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "'=1",
    "''=1",
    "'quoted'",
    'say "x"',
    "a,=b",
    "a, b",
    "a;=b",
    "two\r\nlines",
    "\u2028\u2029",
    "é",
    "",
    '"',
    '"=1"',
    "\\.",
    " ",
    "\x1f",
    "a\x1f=b",
)


def exported(
    kind: str = "csv", filter_: Filter = EVERYTHING, *, bom: bool = False, facts: Facts | None = None
) -> bytes:
    form = Form(format=Format(kind), has_byte_order_mark=bom)
    return b"".join(chunks(select(filter_), form, facts or Facts()))


def with_manifest(directory: Path, kind: str = "ndjson", filter_: Filter = EVERYTHING) -> tuple[Path, Path]:
    """(export, manifest) as files."""
    facts, form = Facts(), Form(format=Format(kind))
    path = directory / f"audit.{kind}"
    path.write_bytes(b"".join(chunks(select(filter_), form, facts)))
    made = manifest.Made(
        export_id="0" * 32,
        query=filter_.query(),
        form=form,
        file=path.name,
        size=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        facts=facts,
    )
    beside = directory / f"{path.name}.manifest.json"
    with beside.open("wb") as file:
        manifest.write(made, file, now=timezone.now())
    return path, beside


def public_key() -> str:
    return as_setting(public_keys())


def objects(text: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def by_hand(*, neutral: bool) -> list[list[str]]:
    """The cells of every row, put together without any of the exports' code."""
    return [[_cell(getattr(row, name), neutral=neutral) for name in COLUMNS] for row in shown()]


def by_csv_writer() -> bytes:
    """The whole log as csv.writer writes it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(by_hand(neutral=True))
    return text.getvalue().encode()


def _cell(value: Any, *, neutral: bool) -> str:
    if value is None:
        return ""
    if hasattr(value, "astimezone"):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    text = str(value)
    bare = text.lstrip("'")
    return f"'{text}" if neutral and bare[:1] and bare[0] in "=+-@\t\r\n＝＋－＠" else text


SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets(workbook: bytes) -> list[list[list[str]]]:
    """The texts of every sheet by row and column. Fails on a cell that is anything but text."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        return [_rows(ElementTree.fromstring(archive.read(name))) for name in names]


def _rows(sheet: ElementTree.Element) -> list[list[str]]:
    found = []
    for row in sheet.iter(f"{SHEET}row"):
        cells = [""] * len(COLUMNS)
        for cell in row.iter(f"{SHEET}c"):
            assert cell.get("t") == "inlineStr", cell.attrib
            assert cell.find(f"{SHEET}f") is None
            column = "".join(letter for letter in cell.attrib["r"] if letter.isalpha())
            cells[ord(column) - ord("A")] = "".join(cell.itertext())
        found.append(cells)
    return found


def insert_raw(**values: Any) -> None:
    """Write a row past everything that keeps its columns clean."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_event ORDER BY id DESC LIMIT 1")
        names = [column[0] for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True)) | {"turn": None, "once": None} | values
        row.pop("id")
        columns = ", ".join(f'"{name}"' for name in row)
        cursor.execute(
            f"INSERT INTO audit_event ({columns}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values())
        )
