"""Whom somebody means who types a name, a sub, or a part of one.

SQL stands here because no ORM query makes both databases take the index of name parts (decision D9). What
names are made of is written by cognito_portal.audit.people.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from cognito_portal.audit.people import NAME_START, name_parts
from cognito_portal.audit.storable import account_of

Fetch = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

MAX_PEOPLE = 1000
PART = 3
_RARE = (100, 2_000, 50_000)
_PERSON_ID = re.compile(r"[0-9a-f]{32}")


class TooManyPeople(Exception):
    """More than MAX_PEOPLE people have this in their name."""


@dataclass(frozen=True, slots=True)
class People:
    """Whom a text means, by person id. `only_exact`: too many have it in their name, so that only those are
    meant whose whole name it is.
    """

    ids: tuple[str, ...]
    only_exact: bool = False


def find_people(text: str, fetch: Fetch) -> People:
    """Everybody whose folded account name or sub has `text` in it, under all names that share a sub with it.

    One or two characters have to be the beginning of the account name. Text in double quotes is a whole name
    or sub, and a person id (32 hexadecimal digits) is that person. Raises TooManyPeople and what `fetch` does.
    """
    quoted = re.fullmatch(r'"\s*(.+?)\s*"', text)
    exact = _exactly(quoted[1] if quoted else text, fetch)
    if quoted or _PERSON_ID.fullmatch(text):
        return People(_with_aliases(exact, fetch))
    some = _with_part(account_of(text), fetch) | exact
    if len(some) <= MAX_PEOPLE:
        return People(_with_aliases(some, fetch))
    if exact:
        return People(_with_aliases(exact, fetch), only_exact=True)
    raise TooManyPeople


def _slots(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))


# Each pool by a seek of its own: a SELECT DISTINCT would read everybody.
_POOLS = """
WITH RECURSIVE pools (pool_id) AS (
    SELECT (SELECT p.pool_id FROM audit_person p ORDER BY p.pool_id LIMIT 1)
    UNION ALL
    SELECT (SELECT p.pool_id FROM audit_person p WHERE p.pool_id > pools.pool_id ORDER BY p.pool_id LIMIT 1)
    FROM pools WHERE pools.pool_id IS NOT NULL
)
SELECT pool_id FROM pools WHERE pool_id IS NOT NULL
"""


def _exactly(text: str, fetch: Fetch) -> set[str]:
    pools = [row[0] for row in fetch(_POOLS, [])]
    folded = account_of(text)
    found = {text} if _PERSON_ID.fullmatch(text) else set()
    if pools:
        slots = _slots(pools)
        sql = (
            f"SELECT p.person_id FROM audit_person p WHERE p.pool_id IN ({slots}) AND p.account = %s UNION"
            f" SELECT p.person_id FROM audit_person p WHERE p.pool_id IN ({slots}) AND p.sub IN (%s, %s)"
            " AND p.sub > ''"
        )
        found |= {row[0] for row in fetch(sql, [*pools, folded, *pools, text, folded])}
    return found


def _with_part(folded: str, fetch: Fetch) -> set[str]:
    """At most MAX_PEOPLE + 1 ids."""
    pattern = "".join(f"!{letter}" if letter in "!%_" else letter for letter in folded)
    if len(folded) < PART:
        parts, where, patterns = [NAME_START + folded], "p.account LIKE %s ESCAPE '!'", [f"{pattern}%"]
    else:
        parts = _rarest(sorted(name_parts(folded)), fetch)
        where = "(p.account LIKE %s ESCAPE '!' OR LOWER(p.sub) LIKE %s ESCAPE '!')"
        patterns = [f"%{pattern}%"] * 2
    sql = (
        "SELECT DISTINCT p.person_id FROM audit_name_part n JOIN audit_person p ON p.id = n.person_id"
        f" WHERE n.part = %s{_AND_PART * (len(parts) - 1)} AND {where} LIMIT %s"
    )
    return {row[0] for row in fetch(sql, [*parts, *patterns, MAX_PEOPLE + 1])}


# The index of parts alone says who has both, so that fewer people have to be looked at.
_AND_PART = " AND EXISTS (SELECT 1 FROM audit_name_part m WHERE m.part = %s AND m.person_id = n.person_id)"


def _rarest(parts: list[str], fetch: Fetch) -> list[str]:
    """The part that the fewest names have, looked for no longer than it takes to find a rare one; and the next
    one, where that is as rare.
    """
    if len(parts) == 1:
        return parts
    one = "SELECT COUNT(*) FROM (SELECT 1 FROM audit_name_part n WHERE n.part = %s LIMIT %s) found"
    sql = f"SELECT {', '.join([f'({one})'] * len(parts))}"
    for enough in _RARE:
        counts = fetch(sql, [param for part in parts for param in (part, enough)])[0]
        if min(counts) < enough:
            break
    (_, rarest), (count, second) = sorted(zip(counts, parts, strict=True))[:2]
    return [rarest, second] if count < enough else [rarest]


def _with_aliases(ids: set[str], fetch: Fetch) -> tuple[str, ...]:
    if not ids:
        return ()
    sql = (
        "SELECT DISTINCT other.person_id FROM audit_person mine"
        " JOIN audit_person other ON other.pool_id = mine.pool_id AND other.sub = mine.sub AND other.sub > ''"
        f" WHERE mine.person_id IN ({_slots(ids)}) AND mine.sub > ''"
    )
    return tuple(sorted(ids | {row[0] for row in fetch(sql, sorted(ids))}))
