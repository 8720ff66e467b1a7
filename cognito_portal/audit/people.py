"""Whom audit rows speak of: names stand here, apart from the rows, so that a person can be forgotten.

SQL stands here for the reason it does in cognito_portal.audit.record.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from cognito_portal.audit.sql import append, append_new, fetch
from cognito_portal.audit.storable import account_of, storable


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom a row speaks of: the name as typed, and what Cognito calls them where that is known.

    `sub` is the link between a name and its aliases, so it comes only from a verified token or an Admin call.
    """

    pool_id: str
    typed: str
    canonical: str = ""
    sub: str = ""

    @property
    def account(self) -> str:
        return account_of(self.typed)


def commitment_of(*, salt: str, pool_id: str, typed: str, canonical: str, sub: str) -> str:
    """SHA-256, in hex, over the salt's bytes and the JSON array of the four parts in UTF-8."""
    named = json.dumps([pool_id, typed, canonical, sub], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(bytes.fromhex(salt) + named.encode()).hexdigest()


Named = tuple[str, str, str, str]
"""What makes a naming of a person one of its kind: pool id, name as typed, canonical name, sub."""

_FIND_PERSON = (
    "SELECT person_id, commitment FROM audit_person"
    " WHERE pool_id = %s AND typed = %s AND canonical = %s AND sub = %s"
)
_ADD_PERSON = (
    "INSERT INTO audit_person (person_id, pool_id, account, typed, canonical, sub, salt, commitment)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)

_ADD_PARTS = (
    "INSERT INTO audit_name_part (part, person_id) SELECT parts.column1, p.id"
    " FROM (VALUES {values}) AS parts, audit_person p WHERE p.commitment = %s"
)


def person_columns(person: Person) -> dict[str, Any]:
    """The columns that point to a person, whose row is made where it is the first of its kind."""
    named = (
        storable(person.pool_id, 64),
        storable(person.typed, 256),
        storable(person.canonical, 128),
        storable(person.sub, 64),
    )
    pool_id, _, canonical, sub = named
    person_id, commitment = _find_or_add(named, person.account)
    if canonical and sub and account_of(canonical) != person.account:
        # So that tries under the alias and under the canonical name meet in one counter.
        _find_or_add((pool_id, canonical, canonical, sub), account_of(canonical))
    return {"pool_id": pool_id, "person_id": person_id, "person_commitment": commitment}


def _find_or_add(named: Named, account: str) -> tuple[str, str]:
    """(person_id, commitment) of this naming. All spellings of one account take the id of its root row."""
    found = _find_person(named)
    if found is not None:
        return found
    pool_id, typed, canonical, sub = named
    root = (pool_id, account, "", "")
    person_id = secrets.token_hex(16) if named == root else _find_or_add(root, account)[0]
    salt = secrets.token_hex(16)
    commitment = commitment_of(salt=salt, pool_id=pool_id, typed=typed, canonical=canonical, sub=sub)
    made = person_id, commitment
    if append_new(_ADD_PERSON, [person_id, pool_id, account, typed, canonical, sub, salt, commitment]):
        _append_parts(commitment, name_parts(account) | name_starts(account) | name_parts(account_of(sub)))
        return made
    # Another writer was first with this very row.
    return _find_person(named) or made


NAME_START = "\x02"
"""Stands before the first letters of a name in their parts: no stored name has a control character."""


def name_parts(name: str) -> set[str]:
    """Every three characters in a row of a folded name; a shorter name has none."""
    return {name[start : start + 3] for start in range(len(name) - 2)}


def name_starts(name: str) -> set[str]:
    """The first character of a folded name and its first two, each after NAME_START."""
    return {NAME_START + name[:length] for length in (1, 2) if len(name) >= length}


def _append_parts(commitment: str, parts: set[str]) -> None:
    if parts:
        values = ", ".join(["(%s)"] * len(parts))
        append(_ADD_PARTS.format(values=values), [*sorted(parts), commitment])


def _find_person(named: Named) -> tuple[str, str] | None:
    for person_id, commitment in fetch(_FIND_PERSON, named):
        return person_id, commitment
    return None
