"""Forgetting people: their names are deleted, every row and every proof stays as it was (decision D3).

The parts of a name by which it is found go with it, by a trigger. SQL stands here for the reason it does in
cognito_portal.audit.queries.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import OperationalError, connection

from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.queries import find_identity
from cognito_portal.audit.record import By, note
from cognito_portal.audit.redacting import redact
from cognito_portal.audit.sql import append as execute
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.storable import account_of
from cognito_portal.audit.writing import write_transaction
from cognito_portal.worker import jobs

LONGEST_REASON = 64
PAGE = 1_000
DELETE_IDS = 100
LOCK_MS = 200
"""How long a sign-in may have to wait behind whoever waits for the names."""
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Who is being forgotten: every name of theirs, folded as `account_of` does, and the sub where it is known."""

    pool_id: str
    accounts: frozenset[str]
    sub: str


Eraser = Callable[[Forgetting], int]
"""What a room does to forget somebody as well, in the same transaction; how many things it erased."""
_erasers: list[Eraser] = []


def register_eraser(eraser: Eraser) -> None:
    """Have this called whenever somebody is forgotten: rooms register theirs in AppConfig.ready()."""
    if eraser not in _erasers:
        _erasers.append(eraser)


class SeveralPeople(Exception):
    """This name was used by more than one user of the pool. `subs` are theirs."""

    def __init__(self, subs: Sequence[str]) -> None:
        super().__init__(f"{len(subs)} users")
        self.subs = subs


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many ids a person had, one for each name, how many ways of naming them were deleted, out of how many
    filters and titles of searches, reviews and exports they were taken, and how much was erased elsewhere.
    """

    ids: int
    names: int
    redacted: int = 0
    erased: int = 0


def forget(*, pool_id: str, username: str, reason: str, by: By) -> Forgotten:
    """Delete every name of one person, given by name or by sub, and every alias that shares the sub.

    What auditors typed of them goes out of the filters that are kept (cognito_portal.audit.redacting). The row
    `audit.person_forgotten` says why (LONGEST_REASON characters) and who did it, never whom; it is written
    first, in the same transaction, and `audit.filters_redacted` says how many filters. Where there is nobody of
    that name nothing is written.

    Raises SeveralPeople where it takes a sub to say who is meant, ValueError for a reason that is too long or
    names the person, AuditUnavailable.
    """
    if len(reason) > LONGEST_REASON or account_of(username) in reason.casefold():
        raise ValueError("the reason is too long, or holds the name")
    return _with_names_held(lambda: _forget(pool_id, username, reason, by))


def _forget(pool_id: str, username: str, reason: str, by: By) -> Forgotten:
    sub = _sub_of(pool_id, username)
    ids = [each for (each,) in fetch(_IDS_OF_SUB, [pool_id, sub])] if sub else []
    ids = ids or list(find_identity(pool_id=pool_id, account=account_of(username)).person_ids)
    if not ids:
        return _forget_elsewhere(pool_id, username, reason, by)
    note(event=Event.AUDIT_PERSON_FORGOTTEN, outcome=Outcome.RECORDED, by=by, step=reason, count=len(ids))
    names = _names_of(ids, sub)
    # A name that another user has now, or had, goes only as far as it named this one.
    deleted = execute(_DELETE_NAMES.format(ids=_slots(ids)), [*ids, sub, sub])
    redacted = redact(names)
    if redacted:
        note(event=Event.AUDIT_FILTERS_REDACTED, outcome=Outcome.RECORDED, by=by, count=redacted)
    return Forgotten(len(ids), deleted, redacted, _erase(pool_id, [*names, account_of(username)], sub))


def _forget_elsewhere(pool_id: str, username: str, reason: str, by: By) -> Forgotten:
    """Somebody whom the log never named may stand in what other rooms keep."""
    erased = _erase(pool_id, [account_of(username)], "")
    if erased:
        note(event=Event.AUDIT_PERSON_FORGOTTEN, outcome=Outcome.RECORDED, by=by, step=reason, count=0)
    return Forgotten(0, 0, erased=erased)


def _erase(pool_id: str, accounts: Sequence[str], sub: str) -> int:
    forgetting = Forgetting(pool_id=pool_id, accounts=frozenset(accounts), sub=sub)
    return sum(eraser(forgetting) for eraser in _erasers)


def _names_of(ids: Sequence[str], sub: str) -> dict[str, str]:
    """Every name of these ids and the sub, folded, with the id it goes by. Names of another sub are not theirs."""
    named = fetch(_NAMES.format(ids=_slots(ids)), [*ids, sub])
    return {account_of(name): person_id for person_id, *names in named for name in names if name}


_NAMES = (
    "SELECT person_id, account, typed, canonical, sub FROM audit_person"
    " WHERE person_id IN ({ids}) AND sub IN (%s, '') ORDER BY id DESC"
)

_IDS_OF_SUB = "SELECT DISTINCT person_id FROM audit_person WHERE pool_id = %s AND sub = %s AND sub > ''"
_DELETE_NAMES = (
    "DELETE FROM audit_person WHERE person_id IN ({ids}) AND (sub = %s OR NOT EXISTS (SELECT 1"
    " FROM audit_person o WHERE o.person_id = audit_person.person_id AND o.sub > '' AND o.sub <> %s))"
)


def _sub_of(pool_id: str, username: str) -> str:
    """The sub of whoever is meant, empty where Cognito never told it. Raises SeveralPeople."""
    if fetch(_IDS_OF_SUB, [pool_id, username]):
        return username
    subs = find_identity(pool_id=pool_id, account=account_of(username)).subs
    if len(subs) > 1:
        raise SeveralPeople(subs)
    return subs[0] if subs else ""


# Subqueries for a value, not NOT EXISTS: that may be planned as one pass over the whole log. Whoever shares a
# sub with somebody who is mentioned stays, since the throttle counts the two as one.
_UNMENTIONED = (
    "(SELECT e.id FROM audit_event e WHERE e.person_id = {p}.person_id AND e.person_id > '' LIMIT 1) IS NULL"
    " AND (SELECT e.id FROM audit_person mine JOIN audit_person other ON other.pool_id = mine.pool_id"
    " AND other.sub = mine.sub AND other.sub > '' JOIN audit_event e ON e.person_id = other.person_id"
    " AND e.person_id > '' WHERE mine.person_id = {p}.person_id AND mine.sub > '' LIMIT 1) IS NULL"
)
_PAGE_END = "SELECT MAX(x.id) FROM (SELECT id FROM audit_person WHERE id > %s ORDER BY id LIMIT %s) x"
_FIND_UNMENTIONED = (
    "SELECT DISTINCT p.person_id FROM audit_person p WHERE p.id > %s AND p.id <= %s AND "
    + _UNMENTIONED.format(p="p")
)
_DELETE_UNMENTIONED = (
    f"DELETE FROM audit_person WHERE person_id IN ({{ids}}) AND {_UNMENTIONED.format(p='audit_person')}"
)


def delete_unmentioned() -> int:
    """Delete the names that no row points to any more; how many those were.

    Raises AuditUnavailable, django.db.Error, and Interrupted where the worker is told to stop.
    """
    after, deleted = 0, 0
    while (page_end := fetch(_PAGE_END, [after, PAGE])[0][0]) is not None:
        ids = [each for (each,) in fetch(_FIND_UNMENTIONED, [after, page_end])]
        for start in range(0, len(ids), DELETE_IDS):
            jobs.stop_if_told()
            deleted += _delete_unmentioned(ids[start : start + DELETE_IDS])
        after = page_end
    return deleted


def _delete_unmentioned(ids: Sequence[str]) -> int:
    sql = _DELETE_UNMENTIONED.format(ids=_slots(ids))
    return _with_names_held(lambda: execute(sql, ids))


Result = TypeVar("Result")


class _Busy(Exception):
    """Others are reading the names."""


def _with_names_held(act: Callable[[], Result]) -> Result:
    """Do this in a transaction in which nobody else reads or writes names. Raises AuditUnavailable."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with write_transaction():
                _hold_names()
                return act()
        except _Busy:
            if time.monotonic() > deadline:
                raise AuditUnavailable("busy") from None
            jobs.stopping().wait(0.5)


def _hold_names() -> None:
    """On PostgreSQL a sign-in that has read a name might otherwise write its row after the name is gone.

    SQLite has one writer at a time, and this transaction is it.
    """
    if connection.vendor != "postgresql":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MS}")
            cursor.execute("LOCK TABLE audit_person IN ACCESS EXCLUSIVE MODE")
    except OperationalError:
        raise _Busy from None


def _slots(values: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(values))
