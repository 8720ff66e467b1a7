"""Reading what flags are made of. Each question is answered from an index, within a stretch of time, and has a limit.

SQL stands here for the reason it does in cognito_portal.audit.queries.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from cognito_portal.audit.events import Outcome
from cognito_portal.audit.insight.results import FAILED, SIGN_INS, THROTTLINGS, TRIED
from cognito_portal.audit.insight.times import stored, utc
from cognito_portal.audit.insight.windows import Try
from cognito_portal.audit.people import Person
from cognito_portal.audit.sql import fetch

MOST = 5_000
"""So many rows of one address, account or pool are looked at, the newest; a flood of more is flagged all the same."""
LONGEST_CALL = timedelta(seconds=30)


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


def _slots(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))


_COLUMNS = "{0}.id, {0}.time, {0}.event, {0}.outcome, {0}.pool_id, {0}.person_id, {0}.address_key, {0}.count"
_OF = _COLUMNS.format("e")
_TRIED = f"e.event IN ({_listed(TRIED)})"
_FAILED = f"e.outcome IN ({_listed(FAILED)})"
_SIGNED_IN = f"e.phase = 'end' AND e.outcome = '{Outcome.SUCCESS}' AND e.event IN ({_listed(SIGN_INS)})"


def _as_try(values: Sequence[Any]) -> Try:
    row_id, moment, event, outcome, pool_id, person_id, address_key, count = values
    return Try(
        row_id=row_id,
        time=utc(moment),
        event=event,
        outcome=outcome,
        pool_id=pool_id,
        person_id=person_id,
        address_key=address_key,
        weight=1 if count is None else count,
    )


def _oldest_first(newest_first: list[tuple[Any, ...]]) -> list[Try]:
    tries = [_as_try(row) for row in newest_first]
    return sorted(tries, key=lambda one: (one.time, one.row_id))


def written_since(*, after: tuple[datetime, int], limit: int) -> list[Try]:
    """The tries behind the place (time, id), oldest first, at most `limit`."""
    moment = stored(after[0])
    sql = (
        f"SELECT {_OF} FROM audit_event e WHERE e.time >= %s AND (e.time > %s OR e.id > %s)"
        f" AND e.phase <> 'begin' AND {_TRIED} ORDER BY e.time, e.id LIMIT %s"
    )
    return [_as_try(row) for row in fetch(sql, [moment, moment, after[1], limit])]


_FROM_ADDRESS = f"""
SELECT {_OF} FROM audit_event b JOIN audit_event e ON e.call_id = b.call_id AND e.phase = 'end'
WHERE b.address_key = %s AND b.phase = 'begin' AND b.time >= %s AND b.time <= %s
AND {_TRIED} AND {_FAILED} ORDER BY b.time DESC LIMIT %s
"""
_THROTTLED_FROM = f"""
SELECT {_OF} FROM audit_event e WHERE e.event IN ({_listed(THROTTLINGS)}) AND e.phase = 'single'
AND e.time >= %s AND e.time <= %s AND e.address_key = %s ORDER BY e.time DESC LIMIT %s
"""


def failed_from(address_key: str, *, since: datetime, until: datetime) -> list[Try]:
    """The failed tries from an address, oldest first. The index of addresses holds begun calls, hence the join."""
    begun = [address_key, stored(since - LONGEST_CALL), stored(until), MOST]
    throttled = [stored(since), stored(until), address_key, MOST]
    rows = fetch(_FROM_ADDRESS, begun) + fetch(_THROTTLED_FROM, throttled)
    return [one for one in _oldest_first(rows) if since <= one.time <= until]


def of_people(person_ids: Collection[str], *, since: datetime, until: datetime) -> list[Try]:
    """The tries of an account under all its names, oldest first."""
    sql = (
        f"SELECT {_OF} FROM audit_event e WHERE e.person_id IN ({_slots(person_ids)}) AND e.person_id > ''"
        f" AND e.time >= %s AND e.time <= %s AND e.phase <> 'begin' AND {_TRIED}"
        " ORDER BY e.time DESC LIMIT %s"
    )
    return _oldest_first(fetch(sql, [*person_ids, stored(since), stored(until), MOST]))


def expired_in(pool_id: str, *, since: datetime, until: datetime) -> list[Try]:
    """The tries with an expired temporary password in a pool, oldest first."""
    sql = (
        f"SELECT {_OF} FROM audit_event e WHERE e.outcome = '{Outcome.TEMPORARY_PASSWORD_EXPIRED}'"
        " AND e.outcome > '' AND e.time >= %s AND e.time <= %s AND e.pool_id = %s"
        " ORDER BY e.time DESC LIMIT %s"
    )
    return _oldest_first(fetch(sql, [stored(since), stored(until), pool_id, MOST]))


def is_first_from_there(success: Try, person_ids: Collection[str], *, within: timedelta) -> bool:
    """Whether these names, which had signed in before, had not done so from this address within so long."""
    mine = f"SELECT 1 FROM audit_event e WHERE e.person_id IN ({_slots(person_ids)}) AND {_SIGNED_IN}"
    moment = stored(success.time)
    earlier = f"{mine} AND e.time < %s LIMIT 1"
    if not fetch(earlier, [*person_ids, moment]):
        return False
    there = (
        f"{mine} AND e.address_key = %s AND e.time >= %s AND e.time <= %s"
        " AND (e.time < %s OR e.id < %s) LIMIT 1"
    )
    since = stored(success.time - within)
    at = [success.address_key, since, moment, moment, success.row_id]
    return not fetch(there, [*person_ids, *at])


_NAMES = """
SELECT DISTINCT mine.person_id, other.person_id FROM audit_person mine
JOIN audit_person other ON other.pool_id = mine.pool_id AND other.sub = mine.sub AND other.sub > ''
WHERE mine.sub > '' AND mine.person_id IN ({slots})
"""


def names_of(person_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """For each person id all ids of the same account, its own among them, in one order for all of them."""
    found = {person_id: {person_id} for person_id in person_ids}
    asked = sorted(person_ids)
    for start in range(0, len(asked), 500):
        some = asked[start : start + 500]
        for mine, other in fetch(_NAMES.format(slots=_slots(some)), some):
            found[mine].add(other)
    return {person_id: tuple(sorted(ids)) for person_id, ids in found.items()}


_NAMED = """
SELECT p.pool_id, p.typed, p.canonical, p.sub FROM audit_event e
LEFT JOIN audit_person p ON p.commitment = e.person_commitment
WHERE e.person_id = %s AND e.person_id > '' ORDER BY e.time DESC LIMIT 1
"""


def find_person(person_id: str) -> Person | None:
    """Whom a person id stands for, as the newest row names them; None once they are forgotten."""
    for pool_id, typed, canonical, sub in fetch(_NAMED, [person_id]):
        if typed is not None:
            return Person(pool_id=pool_id, typed=typed, canonical=canonical, sub=sub)
    return None
