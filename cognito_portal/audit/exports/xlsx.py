"""An Excel workbook of texts: no cell is a number, a formula or a link, and none becomes one when it is edited."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from cognito_portal.audit.exports.cells import neutral
from cognito_portal.audit.exports.columns import COLUMNS, as_texts
from cognito_portal.audit.exports.selection import Facts, Selection, batches

MAX_ROWS = 1_048_575
"""Rows of a sheet below its header
(https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3)."""
MAX_CELL = 32_767
CHUNK_BYTES = 64 * 1024
_WIDTHS = {"time": 28, "attempt_id": 34, "call_id": 34, "username": 28, "user_agent": 40}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "use_zip64": True,
}


def chunks(
    selection: Selection, facts: Facts, *, directory: Path | None, rows_a_sheet: int = MAX_ROWS
) -> Iterator[bytes]:
    """The workbook as bytes, made in files below `directory` that are gone afterwards. Raises django.db.Error."""
    with tempfile.TemporaryDirectory(dir=directory, prefix="workbook-") as workplace:
        path = Path(workplace) / "workbook.xlsx"
        with xlsxwriter.Workbook(str(path), {**_OPTIONS, "tmpdir": workplace}) as workbook:
            # Otherwise two exports of the same rows would differ by the moment they were made.
            workbook.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
            _fill(workbook, selection, facts, rows_a_sheet)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


def _fill(workbook: Any, selection: Selection, facts: Facts, rows_a_sheet: int) -> None:
    # Excel's own mark for "this is text, whatever it begins with".
    text = workbook.add_format({"quote_prefix": True})
    sheet, at = _sheet(workbook), 0
    for rows in batches(selection, f"{as_texts()}, e.id"):
        for row in rows:
            if at == rows_a_sheet:
                sheet, at = _sheet(workbook), 0
            at += 1
            for column, value in enumerate(row[:-1]):
                if value:
                    sheet.write_string(at, column, value, text if neutral(value) != value else None)
        facts.first = facts.first or (rows[0][-1], rows[0][0])
        facts.last = (rows[-1][-1], rows[-1][0])
        facts.add(len(rows))


def _sheet(workbook: Any) -> Any:
    sheet = workbook.add_worksheet(f"Audit {len(workbook.worksheets()) + 1}")
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(COLUMNS):
        sheet.set_column(column, column, _WIDTHS.get(name, 16))
        sheet.write_string(0, column, name)
    return sheet
