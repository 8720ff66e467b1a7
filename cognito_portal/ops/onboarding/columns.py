"""Which column holds what: the words of a header, matched to the pool's attributes."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cognito_portal.attributes import kind_of
from cognito_portal.audit.storable import storable
from cognito_portal.ops.onboarding.text import Unreadable

# What a column is often called beside its attribute's own name and its label.
_OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "username": ("cognito:username", "user name", "user", "login", "account"),
    "email": ("e-mail", "mail", "e-mail address", "email address"),
    "phone_number": ("phone", "telephone", "mobile", "mobile phone", "cell phone"),
    "given_name": ("first name", "forename"),
    "family_name": ("last name", "surname"),
    "name": ("full name",),
    "birthdate": ("date of birth", "birthday", "birth date"),
    "locale": ("language",),
    "zoneinfo": ("time zone",),
}
_EXCEL_SAYS = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
DELIMITERS = (",", ";", "\t")
MOST_COLUMNS = 200
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What each column holds, by its place; None for one that is not sent. `unknown` are the names of those."""

    names: tuple[str | None, ...]
    unknown: tuple[str, ...]


def match(header: Sequence[str], *, attributes: Collection[str]) -> Columns:
    """Match a header. `attributes` are what a new account of the pool may be given (`invitations.fields`).

    Raises Unreadable where no column is known, which is what a file without a header looks like, and where two
    columns hold the same.
    """
    if len(header) > MOST_COLUMNS:
        words = _("There are more than %(most)d columns. Keep those that are to be sent.")
        raise Unreadable("too_many_columns", words % {"most": MOST_COLUMNS})
    cells = [cell.strip() for cell in header]
    known = _known(attributes)
    names = tuple(known.get(_plain(cell)) if cell else None for cell in cells)
    taken = [name for name in names if name]
    if not taken:
        raise Unreadable(
            "no_header",
            _(
                "The first row has to name the columns, for example: username,email,name. None of its cells does."
            ),
        )
    twice = next((name for name in taken if taken.count(name) > 1), None)
    if twice:
        raise Unreadable(
            "column_twice", _("Two columns hold “%(name)s”. Keep one of them.") % {"name": twice}
        )
    unknown = (cell for cell, name in zip(cells, names, strict=True) if cell and name is None)
    return Columns(names=names, unknown=tuple(storable(cell, LONGEST_NAME) for cell in unknown))


def delimiter_of(text: str, *, attributes: Collection[str]) -> tuple[str, str]:
    """(delimiter, the rest of the text): the one by which most columns of the first line are known.

    A first line `sep=;`, which some spreadsheets write, says it and is taken away.
    """
    said = _EXCEL_SAYS.match(text)
    if said and said[1] in DELIMITERS:
        return said[1], text[said.end() :]
    first = re.split(r"[\r\n]", text.lstrip(), maxsplit=1)[0]
    known = _known(attributes)

    def fits(delimiter: str) -> tuple[int, int]:
        cells = [cell.strip().strip('"') for cell in first.split(delimiter)]
        return sum(_plain(cell) in known for cell in cells if cell), len(cells)

    return max(DELIMITERS, key=fits), text


def _known(names: Collection[str]) -> dict[str, str]:
    """Plain word -> attribute. An attribute's own name goes before what it is called, a standard one before ours."""
    words: dict[str, str] = {}
    for name in names:
        words.setdefault(_plain(name), name)
    for name in names:
        bare = name.removeprefix("custom:")
        for word in (str(kind_of(name).label), bare, *_OTHER_WORDS.get(name, ())):
            words.setdefault(_plain(word), name)
    return words


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", "", word.casefold())
