"""The throttle in front of Cognito (decision D4): how many failed tries an account and an address have.

There is no second store: the tries are the begin rows of the audit log. Counting and writing the next one is
one transaction under a lock of that account and that address, so parallel tries cannot overtake the count.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

from django.conf import settings
from django.db import connection
from django.utils import timezone

from cognito_portal.audit import queries
from cognito_portal.audit.events import MAY_SEND_CODE, Event
from cognito_portal.audit.record import (
    AlreadyTaken,
    AuditUnavailable,
    By,
    Call,
    Person,
    address_key,
    begin,
    write_transaction,
)
from cognito_portal.audit.summaries import Refused, Summaries

__all__ = ["AlreadyTaken", "AuditUnavailable", "Limits", "Throttled", "admit"]

Scope = Literal["account", "address"]
ADDRESS_WINDOW = timedelta(minutes=1)
KNOWN_FOR = timedelta(days=90)

summaries = Summaries()


class Throttled(Exception):
    """This account or this address has no try left. `retry_after_s`: whole seconds until it has one."""

    def __init__(self, *, retry_after_s: int, scope: Scope) -> None:
        super().__init__(f"{scope}: try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s
        self.scope: Scope = scope


@dataclass(frozen=True, slots=True)
class Limits:
    """How many tries within which time."""

    account: int
    account_window: timedelta
    address: int

    @classmethod
    def from_settings(cls) -> "Limits":
        return cls(
            account=settings.THROTTLE_ACCOUNT_LIMIT,
            account_window=timedelta(minutes=settings.THROTTLE_ACCOUNT_WINDOW_MINUTES),
            address=settings.THROTTLE_ADDRESS_LIMIT,
        )


@dataclass(frozen=True, slots=True)
class _Full:
    """A counter without room: its name, the try that filled it, and when there is room again."""

    scope: Scope
    key: str
    filled_by: int
    room_at: datetime


def admit(
    *,
    event: Event,
    step: str,
    attempt_id: str,
    turn: int,
    person: Person,
    client_id: str,
    by: By,
    now: datetime | None = None,
) -> Call:
    """Take one of the tries that the account and the address have left: the begin row, committed.

    Call it outside any transaction, just before Cognito is called; hand the Call to `record.end`. A try of a
    secret (events.TRIES) is counted with all others and only while it counts as failed; any other event is
    counted by itself, whatever becomes of it. A try that may have a code sent (events.MAY_SEND_CODE) is
    counted both ways.

    Raises Throttled where there is none left, AlreadyTaken where this turn of this attempt was sent before
    (that comes first), AuditUnavailable where nothing can be counted or written.
    """
    now = now or timezone.now()
    with write_transaction():
        full = _full_counter(event, person, by, now)
        if full is None:
            return begin(
                event=event,
                step=step,
                attempt_id=attempt_id,
                turn=turn,
                person=person,
                client_id=client_id,
                by=by,
                now=now,
            )
        if queries.is_taken(attempt_id=attempt_id, turn=turn):
            raise AlreadyTaken
    _record(full, event=event, person=person, client_id=client_id, by=by, now=now)
    raise Throttled(
        retry_after_s=max(1, ceil((full.room_at - now).total_seconds())),
        scope=full.scope,
    )


def account_full_until(*, person_ids: Sequence[str], now: datetime) -> datetime | None:
    """When an account whose tries are used up has one again, or None where it has one now. Takes none.

    An address that it knows may have tries of its own left all the same. Raises django.db.Error.
    """
    limits = Limits.from_settings()
    tries = queries.account_tries(
        person_ids=person_ids,
        event=Event.SIGNIN_STARTED,
        since=now - limits.account_window,
        limit=limits.account,
    )
    return tries[-1].time + limits.account_window if len(tries) >= limits.account else None


def address_full_until(*, address_keys: Collection[str], now: datetime) -> datetime | None:
    """When all of these addresses have a try again, or None where each has one now. Takes none.

    Raises django.db.Error.
    """
    limit = Limits.from_settings().address
    until: list[datetime] = []
    for key in address_keys:
        tries = queries.address_tries(
            address_key=key, event=Event.SIGNIN_STARTED, since=now - ADDRESS_WINDOW, limit=limit
        )
        if len(tries) >= limit:
            until.append(tries[-1].time + ADDRESS_WINDOW)
    return max(until, default=None)


def _full_counter(event: Event, person: Person, by: By, now: datetime) -> _Full | None:
    """The counter that has no room, or None with the account and the address locked until the transaction ends.

    Whoever would have to wait for the lock looks first without it: a flood of guesses is turned away
    without queueing, and a person of the same name waits behind none of it.
    """
    identity = queries.find_identity(pool_id=person.pool_id, account=person.account)
    if connection.vendor == "sqlite":
        # One writer at a time, and this transaction is it.
        return _counted(event, identity, by, now)
    held: set[int] = set()
    while wanted := _lock_ids(person, by, identity) - held:
        ordered = sorted(wanted)
        if not _lock(ordered, wait=False):
            full = _counted(event, identity, by, now)
            if full is not None:
                return full
            _lock(ordered, wait=True)
            # Two names may have turned out to be one person's meanwhile.
            identity = queries.find_identity(pool_id=person.pool_id, account=person.account)
        held |= wanted
    return _counted(event, identity, by, now)


def _counted(event: Event, identity: queries.Identity, by: By, now: datetime) -> _Full | None:
    limits = Limits.from_settings()
    return _full_account(event, identity, by, now, limits) or _full_address(event, by, now, limits)


def _record(full: _Full, *, event: Event, person: Person, client_id: str, by: By, now: datetime) -> None:
    of_staff = event.value.startswith("staff.")
    refused = Refused(
        key=full.key,
        event=Event.STAFF_THROTTLED if of_staff else Event.SIGNIN_THROTTLED,
        # Of an address nothing is known but that it tries many names; the last one is no news.
        person=person if full.scope == "account" else None,
        by=by,
        client_id=client_id,
    )
    summaries.add(refused, crossing=full.filled_by, now=now)


def _full_account(
    event: Event, identity: queries.Identity, by: By, now: datetime, limits: Limits
) -> _Full | None:
    ids, since, limit = identity.person_ids, now - limits.account_window, limits.account

    def tries(there: str | None) -> list[queries.Try]:
        return queries.account_tries(person_ids=ids, event=event, since=since, limit=limit, address_key=there)

    def senders(there: str | None) -> list[queries.Try]:
        return queries.account_senders(person_ids=ids, since=since, limit=limit, address_key=there)

    full = _full_of(tries, identity, by, now, limits)
    if full is None and event in MAY_SEND_CODE:
        full = _full_of(senders, identity, by, now, limits)
    return full


def _full_of(
    count: Callable[[str | None], list[queries.Try]],
    identity: queries.Identity,
    by: By,
    now: datetime,
    limits: Limits,
) -> _Full | None:
    """Whether this counter of an account is full: everywhere, and for an address that it knows, there."""
    ids, here = identity.person_ids, address_key(by.address)
    key = f"account:{ids[0]}" if ids else ""
    tries = count(None)
    if len(tries) < limits.account:
        return None
    if queries.is_known_address(person_ids=ids, address_key=here, since=now - KNOWN_FOR):
        key = f"{key}:{here}"
        tries = count(here)
        if len(tries) < limits.account:
            return None
    return _full("account", key, tries, limits.account_window)


def _full_address(event: Event, by: By, now: datetime, limits: Limits) -> _Full | None:
    here = address_key(by.address)
    tries = queries.address_tries(
        address_key=here, event=event, since=now - ADDRESS_WINDOW, limit=limits.address
    )
    if len(tries) < limits.address:
        return None
    return _full("address", f"address:{here}", tries, ADDRESS_WINDOW)


def _full(scope: Scope, key: str, tries: Sequence[queries.Try], window: timedelta) -> _Full:
    return _Full(scope=scope, key=key, filled_by=tries[0].row_id, room_at=tries[-1].time + window)


def _lock(lock_ids: Sequence[int], *, wait: bool) -> bool:
    """Let nobody else count for these until the transaction ends; whether that was had.

    The ids are taken one after another in their order, so that two who want the same ones cannot block each
    other for ever. PostgreSQL's own locks: SQLite needs none.
    """
    if wait:
        sql = f"SELECT {', '.join(['pg_advisory_xact_lock(%s)'] * len(lock_ids))}"
    else:
        # CASE alone promises the order, and stops at the first that somebody else holds.
        cases = "".join("CASE WHEN pg_try_advisory_xact_lock(%s) THEN " for _ in lock_ids)
        sql = f"SELECT {cases}true{' ELSE false END' * len(lock_ids)}"
    with connection.cursor() as cursor:
        cursor.execute(sql, lock_ids)
        return wait or bool(cursor.fetchone()[0])


def _lock_ids(person: Person, by: By, identity: queries.Identity) -> set[int]:
    names = [f"sub|{person.pool_id}|{sub}" for sub in identity.subs]
    names = names or [f"account|{person.pool_id}|{person.account}"]
    return {_lock_id(name) for name in [*names, f"address|{address_key(by.address)}"]}


def _lock_id(name: str) -> int:
    digest = hashlib.sha256(f"portal/throttle|{name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
