"""Rows of people out of a CSV file or pasted text. Nothing here knows the pool but for its attributes' names.

Rows are numbered as a spreadsheet numbers them: the header is 1, and empty ones count.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from cognito_portal.audit.exports.cells import LEADS, original
from cognito_portal.audit.record import account_of
from cognito_portal.ops.onboarding.columns import Columns, delimiter_of, match
from cognito_portal.ops.onboarding.text import Unreadable, decode

# A sign and digits are a number or a phone number, whatever a spreadsheet makes of them.
_NUMBER = re.compile(r"[+-]?[0-9][0-9 ().-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: what it says, by attribute, and what is wrong about it, each a sentence without its values."""

    number: int
    values: Mapping[str, str] = field(repr=False)
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a file holds. `unknown` are the columns that are not sent."""

    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    unknown: tuple[str, ...]


def read(given: bytes | str, *, attributes: Collection[str], unique: Collection[str], most: int) -> Sheet:
    """Read at most `most` rows of people. `unique` are the attributes that no two accounts may share.

    Raises Unreadable.
    """
    text = decode(given) if isinstance(given, bytes) else given
    delimiter, text = delimiter_of(text.lstrip("\ufeff"), attributes=attributes)
    records = _records(text, delimiter)
    header = next(records, None)
    if header is None:
        raise Unreadable("empty", _("There is nothing in it."))
    columns = match(header[1], attributes=attributes)
    rows = tuple(_at_most(records, columns, most))
    if not rows:
        raise Unreadable("empty", _("There is a header and no row under it."))
    taken = tuple(name for name in columns.names if name)
    return Sheet(rows=_without_doubles(rows, unique), columns=taken, unknown=columns.unknown)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of each record that is not empty. Raises Unreadable."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            words = _("Row %(number)d cannot be read: a quotation mark is missing, or is one too many.")
            raise Unreadable("quotes", words % {"number": number}) from None
        if any(cell.strip() for cell in cells):
            yield number, cells


def _at_most(records: Iterator[tuple[int, list[str]]], columns: Columns, most: int) -> Iterator[Row]:
    for count, (number, cells) in enumerate(records, start=1):
        if count > most:
            raise Unreadable(
                "too_many",
                _("There are more than %(most)d rows. Send them in several files.") % {"most": most},
            )
        yield _row(number, cells, columns)


def _row(number: int, cells: list[str], columns: Columns) -> Row:
    expected = len(columns.names)
    problems = []
    if len(cells) < expected or any(cell.strip() for cell in cells[expected:]):
        found = {"found": len(cells), "expected": expected}
        problems.append(_("The row has %(found)d cells, the header %(expected)d.") % found)
    values = {
        name: original(cell.strip())
        for name, cell in zip(columns.names, cells, strict=False)
        if name and cell.strip()
    }
    for name, value in values.items():
        problems += _faults(name, value)
    return Row(number=number, values=values, problems=tuple(problems))


def _faults(name: str, value: str) -> Iterator[str]:
    if "\0" in value:
        yield _("“%(name)s” holds a NUL character.") % {"name": name}
    if value[:1] in LEADS and not _NUMBER.fullmatch(value):
        yield _("“%(name)s” begins like a formula. Take the sign at its start away.") % {"name": name}


def _without_doubles(rows: tuple[Row, ...], unique: Collection[str]) -> tuple[Row, ...]:
    """The rows, each that repeats an earlier one marked; spellings that differ in case alone count as the same."""
    first: dict[tuple[str, str], int] = {}
    checked = []
    for row in rows:
        problems = [*row.problems]
        for name in unique:
            value = row.values.get(name)
            if not value:
                continue
            earlier = first.setdefault((name, account_of(value)), row.number)
            if earlier != row.number:
                said = {"name": name, "row": earlier}
                problems.append(_("“%(name)s” is the same as in row %(row)d.") % said)
        checked.append(Row(number=row.number, values=row.values, problems=tuple(problems)))
    return tuple(checked)
