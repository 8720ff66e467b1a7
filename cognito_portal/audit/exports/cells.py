"""Cells of a CSV file: quoted as csv.writer quotes them, and never taken for a formula by a spreadsheet.

A cell that begins like a formula gets an apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection);
so does one that begins with apostrophes and then like a formula, so that one apostrophe can be taken off again
without doubt.
"""

import re
from collections.abc import Sequence

LEADS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""What a formula begins with, in full width as well."""
_FORMULA = re.compile(f"'*[{re.escape(LEADS)}]")
_ASCII_LEADS = "=+-@\t'"


def neutral(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet might take it for a formula."""
    return f"'{text}" if text[:1] in _MAY_LEAD and _FORMULA.match(text) else text


def original(cell: str) -> str:
    """The inverse of `neutral`."""
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell, 1) else cell


_MAY_LEAD = frozenset(LEADS) | {"'"}


def cell(text: str) -> str:
    """The neutral text as csv.writer writes it among others: in quotes where it holds what would end it."""
    safe = neutral(text)
    if "," in safe or '"' in safe or "\n" in safe or "\r" in safe:
        return '"' + safe.replace('"', '""') + '"'
    return safe


def are_plain(texts: Sequence[str], *, commas: int) -> bool:
    """Whether these texts, each so many whole cells with commas between, are cells that stand for themselves.

    `commas` is how many all of them have where no cell holds one. May say no of what is plain after all, never
    yes of anything else: it looks at all texts at once.
    """
    text = ",".join(texts)
    if not text.isascii() or '"' in text or "\r" in text or "\n" in text:
        return False
    if text.count(",") != commas + len(texts) - 1:
        return False
    return not any(lead in text and (text[0] == lead or f",{lead}" in text) for lead in _ASCII_LEADS)
