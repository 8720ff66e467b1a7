"""When people last signed in, and last failed to, for whoever keeps that beside their accounts.

SQL stands here for the reason it does in cognito_portal.audit.queries. Every function raises django.db.Error.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cognito_portal.audit.events import COUNTS, TRIES, Event, Outcome
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.storable import storable

SIGN_INS = (Event.SIGNIN_STARTED, Event.SIGNIN_ANSWERED)
"""Whose success is a sign-in."""
_TRIES = tuple(sorted(event for event in TRIES if event.startswith("signin.")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """One name of one person in the log; `sub` is empty where Cognito did not tell it with that name."""

    person_id: str
    account: str
    sub: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTimes:
    """When somebody last signed in and last failed to, by rows that name this sub, or none."""

    person_id: str
    sub: str
    signed_in_at: datetime | None
    failed_at: datetime | None


def end_of_seals() -> int:
    """The number that the next sealed row will have."""
    return int(fetch("SELECT COALESCE(MAX(leaf_no) + 1, 0) FROM audit_leaf", [])[0][0])


def people_in(*, first_leaf: int, end: int) -> frozenset[str]:
    """The ids of whoever the sealed rows from `first_leaf` up to but not including `end` speak of."""
    sql = (
        "SELECT DISTINCT e.person_id FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id"
        " WHERE l.leaf_no >= %s AND l.leaf_no < %s AND e.phase <> 'begin' AND e.person_id > ''"
    )
    return frozenset(row[0] for row in fetch(sql, [first_leaf, end]))


def was_anybody_forgotten(*, first_leaf: int, end: int) -> bool:
    """Whether those rows say that a person was forgotten: the log then no longer knows what others made of it."""
    sql = (
        "SELECT 1 FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id WHERE l.leaf_no >= %s"
        f" AND l.leaf_no < %s AND e.event = '{Event.AUDIT_PERSON_FORGOTTEN}' LIMIT 1"
    )
    return bool(fetch(sql, [first_leaf, end]))


def namings(*, pool_id: str, person_ids: Collection[str]) -> list[Naming]:
    """All names of these people."""
    if not person_ids:
        return []
    return _namings(f"person_id IN ({_slots(person_ids)})", pool_id, person_ids)


def namings_by(*, pool_id: str, subs: Collection[str], accounts: Collection[str]) -> list[Naming]:
    """The names that go with one of these subs, or are one of these normalised account names."""
    found = []
    if subs:
        found += _namings(f"sub IN ({_slots(subs)}) AND sub > ''", pool_id, subs)
    if accounts:
        found += _namings(f"account IN ({_slots(accounts)})", pool_id, accounts)
    return found


def _namings(which: str, pool_id: str, values: Collection[str]) -> list[Naming]:
    sql = f"SELECT DISTINCT person_id, account, sub FROM audit_person WHERE pool_id = %s AND {which}"
    rows = fetch(sql, [storable(pool_id, 64), *values])
    return [Naming(person_id=person_id, account=account, sub=sub) for person_id, account, sub in rows]


_SIGNED_IN = (
    f"e.outcome = '{Outcome.SUCCESS}' AND e.event IN ({', '.join(repr(str(each)) for each in SIGN_INS)})"
)
_FAILED = (
    f"e.outcome IN ({', '.join(repr(str(each)) for each in sorted(COUNTS))})"
    f" AND e.event IN ({', '.join(repr(str(each)) for each in _TRIES)})"
)
# Rows whose naming was forgotten are nobody's any more, so the join leaves them out.
_LAST = f"""
SELECT e.person_id, p.sub, MAX(CASE WHEN {_SIGNED_IN} THEN e.time END), MAX(CASE WHEN {_FAILED} THEN e.time END)
FROM audit_event e JOIN audit_person p ON p.commitment = e.person_commitment
WHERE e.person_id IN ({{ids}}) AND e.person_id > '' AND e.phase = 'end'
GROUP BY e.person_id, p.sub
"""


def last_times(*, person_ids: Collection[str]) -> list[LastTimes]:
    """When each of these people last signed in and failed, apart for each sub that their names went with."""
    if not person_ids:
        return []
    rows = fetch(_LAST.format(ids=_slots(person_ids)), list(person_ids))
    return [
        LastTimes(person_id=row[0], sub=row[1], signed_in_at=_moment(row[2]), failed_at=_moment(row[3]))
        for row in rows
    ]


def _moment(stored: Any) -> datetime | None:
    """SQLite hands an aggregate on as the text that it keeps."""
    if stored is None:
        return None
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _slots(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))
