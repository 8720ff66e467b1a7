"""Reading the audit log: what the throttle counts, what pages show, what pushes send on.

SQL stands here where the ORM's would miss an index or cost a multiple (decision D9). Every function raises
django.db.Error where the database fails; inside write_transaction that becomes AuditUnavailable.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from cognito_portal.audit.events import (
    ASKS_MORE,
    BEGINNINGS,
    COUNTS,
    MAY_SEND_CODE,
    RENEWS_TRIES,
    TRIES,
    Event,
    Outcome,
)
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.storable import account_of, storable


@dataclass(frozen=True, slots=True)
class Identity:
    """All that is known of a name: the ids its rows carry, its aliases' too, and the subs that link them."""

    person_ids: tuple[str, ...]
    subs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Try:
    """A begun call that counts against a limit."""

    row_id: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One audit row with the person it speaks of, whose names are empty once that person is forgotten."""

    id: int
    time: datetime
    event: str
    phase: str
    attempt_id: str
    call_id: str
    step: str
    outcome: str
    pool_id: str
    client_id: str
    actor: str
    username: str
    canonical_username: str
    sub: str
    address: str
    user_agent: str
    error_code: str
    request_id: str
    duration_ms: int | None
    count: int | None


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _slots(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))


_IDENTITY = """
SELECT DISTINCT root.person_id, mine.sub, other.person_id
FROM audit_person root
LEFT JOIN audit_person mine ON mine.person_id = root.person_id AND mine.sub > ''
LEFT JOIN audit_person other ON other.pool_id = mine.pool_id AND other.sub = mine.sub AND other.sub > ''
WHERE root.pool_id = %s AND root.typed = %s AND root.canonical = '' AND root.sub = ''
"""


def find_identity(*, pool_id: str, account: str) -> Identity:
    """Whom a normalised account name stands for; an Identity without ids where it was never seen."""
    rows = fetch(_IDENTITY, [storable(pool_id, 64), account])
    ids = {row[0] for row in rows} | {row[2] for row in rows if row[2]}
    return Identity(tuple(sorted(ids)), tuple(sorted({row[1] for row in rows if row[1]})))


def _quoted(words: Collection[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


def _standing(outcomes: Collection[str]) -> str:
    """A begun call is free of charge only once it has ended in something that does not count."""
    return (
        " AND NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.call_id = b.call_id AND e.phase = 'end'"
        f" AND e.outcome NOT IN ({_quoted(outcomes)}))"
    )


_RENEWS = _quoted(RENEWS_TRIES)
_TRIES = _quoted(TRIES)
_STANDS = _standing(COUNTS)
# What failed is counted as a try: whoever guesses must not see by it that somebody else knows the password.
_SENDERS = (
    f" AND b.event IN ({_quoted(MAY_SEND_CODE)}){_standing(ASKS_MORE)}"
    " AND NOT EXISTS (SELECT 1 FROM audit_event f WHERE f.attempt_id = b.attempt_id AND f.phase = 'end'"
    f" AND f.outcome IN ({_quoted(COUNTS)}))"
)
_LIFTED = f"r.event = '{Event.OPS_THROTTLE_LIFTED}'"
_ANEW = f"((r.phase = 'end' AND r.outcome = 'success' AND r.event IN ({_RENEWS})) OR {_LIFTED})"
_UNFINISHED = (
    " AND NOT EXISTS (SELECT 1 FROM audit_event s WHERE s.attempt_id = b.attempt_id AND s.phase = 'end'"
    f" AND s.outcome = '{Outcome.SUCCESS}' AND s.event IN ({_TRIES}))"
)
_NEWEST = " ORDER BY b.id DESC LIMIT %s"


def _narrowed(event: Event) -> tuple[str, str]:
    """(which begun calls fill the same counter as `event`, what an account's count starts anew from)."""
    if event in TRIES:
        return f" AND b.event IN ({_TRIES}){_STANDS}", _ANEW
    unfinished = _UNFINISHED if event in BEGINNINGS else ""
    return f" AND b.event = '{event}'{unfinished}", _LIFTED


def account_tries(
    *, person_ids: Sequence[str], event: Event, since: datetime, limit: int, address_key: str | None = None
) -> list[Try]:
    """The newest tries for an account after `since` and after its last success or lift, at most `limit`.

    With `address_key` only those from there. An event that is no try of a secret is counted by itself,
    whatever became of it; one that begins a sign-in (BEGINNINGS) until that has succeeded.
    """
    which, anew = _narrowed(event)
    return _begun(person_ids, which, anew, since=since, limit=limit, address_key=address_key)


def account_senders(
    *, person_ids: Sequence[str], since: datetime, limit: int, address_key: str | None = None
) -> list[Try]:
    """The newest sign-ins of an account that were asked for more (MAY_SEND_CODE, ASKS_MORE) and came to nothing
    yet, neither to a success nor to a failed try; otherwise as `account_tries`.
    """
    return _begun(person_ids, _SENDERS, _ANEW, since=since, limit=limit, address_key=address_key)


def _begun(
    person_ids: Sequence[str], which: str, anew: str, *, since: datetime, limit: int, address_key: str | None
) -> list[Try]:
    if not person_ids:
        return []
    slots = _slots(person_ids)
    there = "" if address_key is None else " AND b.address_key = %s"
    sql = (
        f"SELECT b.id, b.time FROM audit_event b WHERE b.person_id IN ({slots}) AND b.person_id > ''"
        f" AND b.time > %s AND b.phase = 'begin'{there}{which} AND b.id > COALESCE((SELECT MAX(r.id)"
        f" FROM audit_event r WHERE r.person_id IN ({slots}) AND r.person_id > '' AND r.time > %s"
        f" AND {anew}), 0){_NEWEST}"
    )
    at = [] if address_key is None else [address_key]
    moment = _stored(since)
    return _as_tries(fetch(sql, [*person_ids, moment, *at, *person_ids, moment, limit]))


def address_tries(*, address_key: str, event: Event, since: datetime, limit: int) -> list[Try]:
    """The newest tries from an address after `since`, whoever they were for, at most `limit`."""
    which, _ = _narrowed(event)
    sql = (
        "SELECT b.id, b.time FROM audit_event b WHERE b.address_key = %s AND b.phase = 'begin'"
        f" AND b.time > %s{which}{_NEWEST}"
    )
    return _as_tries(fetch(sql, [address_key, _stored(since), limit]))


def _as_tries(rows: list[tuple[Any, ...]]) -> list[Try]:
    return [Try(row_id, _utc(moment)) for row_id, moment in rows]


def address_refused_at(*, address_keys: Collection[str], since: datetime) -> datetime | None:
    """When the limit of one of these addresses last turned somebody away after `since`, or None.

    Its row names nobody, whoever it was that was turned away.
    """
    if not address_keys:
        return None
    sql = (
        f"SELECT time FROM audit_event WHERE event = '{Event.SIGNIN_THROTTLED}' AND time > %s"
        f" AND address_key IN ({_slots(address_keys)}) AND person_id = '' ORDER BY time DESC LIMIT 1"
    )
    rows = fetch(sql, [_stored(since), *address_keys])
    return _utc(rows[0][0]) if rows else None


def is_known_address(*, person_ids: Sequence[str], address_key: str, since: datetime) -> bool:
    """Whether this account has signed in from there after `since`. An address that is not known never is."""
    if not person_ids or not address_key:
        return False
    sql = (
        f"SELECT 1 FROM audit_event WHERE person_id IN ({_slots(person_ids)}) AND address_key = %s"
        f" AND phase = 'end' AND outcome = 'success' AND time > %s AND event IN ({_RENEWS}) LIMIT 1"
    )
    return bool(fetch(sql, [*person_ids, address_key, _stored(since)]))


def is_taken(*, attempt_id: str, turn: int) -> bool:
    """Whether this turn of this attempt has a row."""
    return bool(
        fetch(
            "SELECT 1 FROM audit_event WHERE attempt_id = %s AND turn = %s", [storable(attempt_id, 64), turn]
        )
    )


def has_recent(*, event: Event, pool_id: str, typed: str, since: datetime) -> bool:
    """Whether this person, under any spelling or alias, has a row of this event after `since`."""
    person_ids = find_identity(pool_id=pool_id, account=account_of(typed)).person_ids
    if not person_ids:
        return False
    sql = (
        f"SELECT 1 FROM audit_event WHERE person_id IN ({_slots(person_ids)}) AND person_id > ''"
        " AND time > %s AND event = %s LIMIT 1"
    )
    return bool(fetch(sql, [*person_ids, _stored(since), event.value]))


_ENDS_OTHERS = (
    f"(a.event = '{Event.ACCOUNT_SIGNED_OUT_EVERYWHERE}' OR a.outcome = '{Outcome.SUCCESS}'"
    f" AND a.event IN ('{Event.OPS_SIGNED_OUT_EVERYWHERE}', '{Event.OPS_ACCOUNT_DISABLED}',"
    f" '{Event.OPS_RESET_CODE_SENT}', '{Event.OPS_ACCOUNT_DELETED}') OR a.outcome = '{Outcome.SUCCESS}'"
    f" AND a.event IN ('{Event.ACCOUNT_PASSWORD_CHANGED}', '{Event.SIGNIN_RESET_CONFIRMED}')"
    f" OR a.event = '{Event.SIGNIN_ANSWERED}' AND a.step = 'NEW_PASSWORD_REQUIRED'"
    f" AND a.outcome IN ('{Outcome.SUCCESS}', '{Outcome.CHALLENGE}'))"
)
_ENDED_BY = f"""
SELECT a.event FROM audit_event a JOIN audit_person p ON p.commitment = a.person_commitment
WHERE a.person_id IN (SELECT m.person_id FROM audit_person m WHERE m.pool_id = %s AND m.sub = %s AND m.sub > '')
AND a.person_id > '' AND a.time > %s AND a.phase = 'end' AND {_ENDS_OTHERS} AND p.sub IN (%s, '')
AND a.attempt_id <> %s AND a.id > (SELECT b.id FROM audit_event b WHERE b.attempt_id = %s AND b.turn = 0)
ORDER BY a.id LIMIT 1
"""


def find_end_of_session(*, pool_id: str, sub: str, attempt_id: str, since: datetime) -> str | None:
    """The event by which another session of this person ended the one that `attempt_id` began, or None.

    That is a change of the password, or signing out everywhere, written after this session's first row. The
    order of writing decides: clocks of several machines differ. `since` only narrows what is read, so it lies
    well before the session's start.
    """
    params = [pool_id, sub, _stored(since), sub, attempt_id, attempt_id]
    rows = fetch(_ENDED_BY, params)
    return rows[0][0] if rows else None


def begun_at(*, attempt_id: str, turn: int) -> datetime | None:
    """When this turn of this attempt was begun, or None where it was not."""
    rows = fetch("SELECT time FROM audit_event WHERE attempt_id = %s AND turn = %s", [attempt_id, turn])
    return _utc(rows[0][0]) if rows else None


_ROWS = """
SELECT e.id, e.time, e.event, e.phase, e.attempt_id, e.call_id, e.step, e.outcome, e.pool_id, e.client_id,
       e.actor, COALESCE(p.typed, ''), COALESCE(p.canonical, ''), COALESCE(p.sub, ''), e.address,
       e.user_agent, e.error_code, e.request_id, e.duration_ms, e.count
FROM audit_event e LEFT JOIN audit_person p ON p.commitment = e.person_commitment
"""


def _as_row(values: tuple[Any, ...]) -> Row:
    row = dict(zip(Row.__slots__, values, strict=True))
    return Row(**{**row, "time": _utc(row["time"])})


def ids_of_sub(*, pool_id: str, sub: str) -> tuple[str, ...]:
    """The ids under which the log knows whoever Cognito knows by this sub."""
    sql = "SELECT DISTINCT person_id FROM audit_person WHERE pool_id = %s AND sub = %s AND sub > ''"
    return tuple(sorted(row[0] for row in fetch(sql, [storable(pool_id, 64), storable(sub, 64)])))


def names_of_account(*, pool_id: str, account: str) -> tuple[str, ...]:
    """The names that Cognito gave to whoever typed a normalised account name, in any spelling."""
    sql = "SELECT DISTINCT canonical FROM audit_person WHERE pool_id = %s AND account = %s AND canonical > ''"
    return tuple(sorted(row[0] for row in fetch(sql, [storable(pool_id, 64), account])))


def rows_of_person(*, person_ids: Sequence[str], since: datetime, limit: int) -> list[Row]:
    """The newest rows after `since` of whoever has these ids, begin rows left out, at most `limit`."""
    if not person_ids:
        return []
    sql = (
        f"{_ROWS} WHERE e.person_id IN ({_slots(person_ids)}) AND e.person_id > '' AND e.time > %s"
        " AND e.phase <> 'begin' ORDER BY e.time DESC, e.id DESC LIMIT %s"
    )
    return [_as_row(row) for row in fetch(sql, [*person_ids, _stored(since), limit])]


REQUEST_HANDLED = "ops.request:"
"""Before the id of a request's row: under this name the row that says it was dealt with is written once."""

_OPEN_REQUESTS = f"""{_ROWS}
WHERE e.event IN ('{Event.SIGNIN_INVITATION_REQUESTED}', '{Event.ACCOUNT_NOT_ME_REPORTED}')
AND e.outcome = '{Outcome.RECORDED}' AND e.time > %s
AND NOT EXISTS (SELECT 1 FROM audit_event h WHERE h.once = '{REQUEST_HANDLED}' || e.id)
ORDER BY e.time, e.id LIMIT %s
"""


def open_requests(*, since: datetime, limit: int) -> list[Row]:
    """What people asked ops for after `since` and nobody has dealt with yet, the oldest first (decision D10)."""
    return [_as_row(row) for row in fetch(_OPEN_REQUESTS, [_stored(since), limit])]


_OWN_SIGN_INS = f"""{_ROWS}
WHERE e.person_id IN (SELECT m.person_id FROM audit_person m WHERE m.pool_id = %s AND m.sub = %s AND m.sub > '')
AND e.person_id > '' AND e.time > %s AND e.phase = 'end' AND p.sub IN (%s, '')
AND e.event IN ('{Event.SIGNIN_STARTED}', '{Event.SIGNIN_ANSWERED}') AND e.outcome <> '{Outcome.CHALLENGE}'
ORDER BY e.time DESC, e.id DESC LIMIT %s
"""


def own_sign_ins(*, pool_id: str, sub: str, since: datetime, limit: int) -> list[Row]:
    """How this person's sign-ins ended, newest first: those that succeeded, and those under their names that
    did not.
    """
    rows = fetch(_OWN_SIGN_INS, [pool_id, sub, _stored(since), sub, limit])
    return [_as_row(row) for row in rows]


def sealed_rows(*, first_leaf: int, end: int) -> list[tuple[int, Row]]:
    """The rows of the leaves from `first_leaf` up to but not including `end`, with the leaves' numbers.

    Rows that retention removed are left out.
    """
    sql = _ROWS.replace(
        "FROM audit_event e", ", l.leaf_no FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id"
    )
    found = fetch(f"{sql} WHERE l.leaf_no >= %s AND l.leaf_no < %s ORDER BY l.leaf_no", [first_leaf, end])
    return [(row[-1], _as_row(row[:-1])) for row in found]


def rows_by_id(ids: Sequence[int]) -> list[Row]:
    """The rows of these ids, in their order; what is not there is left out."""
    if not ids:
        return []
    found = {values[0]: _as_row(values) for values in fetch(f"{_ROWS} WHERE e.id IN ({_slots(ids)})", ids)}
    return [found[row_id] for row_id in ids if row_id in found]
