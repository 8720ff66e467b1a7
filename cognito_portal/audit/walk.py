"""The way through the rows of a filter, along the index that leads to them.

One part of the filter leads: the one that has few rows, or else one whose index has the order of time. The
others are only looked at in the rows that it leads to. SQL stands here because each statement has to be worded
so that both databases go that way (decision D9): SQLite is told the index by name, PostgreSQL is asked for an
order that no other index has.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from cognito_portal.audit.terms import NO_ROW, Branch, Sql, Term, Terms, Window, stored
from cognito_portal.audit.time_limit import Clock

FEW = 2_000
"""A part with fewer rows than this leads by all of them at once."""
FEW_BRANCHES = 8
"""Up to so many it is cheaper to go along each than to count first what they have."""
FIRST_CHUNK, LAST_CHUNK = 2_000, 64_000
MAX_ID = 2**63 - 1
MIN_TIME, MAX_TIME = (moment.replace(tzinfo=UTC) for moment in (datetime.min, datetime.max))
ANY = Sql("")
Statement = tuple[str, list[Any]]
_PLACE = re.compile(r"(\d{8}T\d{6}\.\d{6})-(\d{1,19})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a row stands in the order of the log."""

    time: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.time.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """The inverse of `str`. Raises ValueError."""
        found = _PLACE.fullmatch(text)
        if found is None or int(found[2]) > MAX_ID:
            raise ValueError("this is no place in the log")
        return cls(datetime.strptime(found[1], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), int(found[2]))


class Walk:
    """One way through the rows of a filter, backward or forward in time, from a place on.

    `found` grows on the way, and `reached` is how far it led: both are good where OutOfTime ends it.
    """

    def __init__(self, *, forward: bool, start: Place | None) -> None:
        self.forward = forward
        self.reached = start
        self.found: list[Place] = []
        self.is_stopped = False

    @property
    def farthest(self) -> Place | None:
        """Up to where every row was looked at; None where the walk did not get on."""
        if not self.found:
            return self.reached
        last = self.found[-1]
        if self.reached is None or (last > self.reached) == self.forward:
            return last
        return self.reached

    def go(self, terms: Terms, clock: Clock, *, want: int) -> None:
        """Find the next `want` rows. Raises OutOfTime."""
        few = self._few_of_many_values(terms, clock)
        if few is not None:
            self.found += few[:want]
            return
        led = _led(terms, clock)
        if led.few is not None:
            chunk, window = self._all_of(led.few, terms.window), terms.window.condition
            self._take(clock, chunk, led.rest & terms.acts & window & self._beyond(), want)
        elif not led.rest.text:
            chunk = self._in_order(led.lane, terms.window, want, inner=terms.acts)
            self.found += _places(clock.fetch(*chunk))
        else:
            self._in_chunks(led, terms, clock, want)

    def count(self, terms: Terms, clock: Clock, *, cap: int) -> int:
        """How many rows there are, at most `cap`. Raises OutOfTime."""
        led = _led(terms, clock)
        if led.few is not None or led.rest.text:
            self.go(terms, clock, want=cap)
            return len(self.found)
        if len(led.lane.branches) <= 1:
            text, params = self._in_order(led.lane, terms.window, cap, inner=terms.acts)
        else:
            which = terms.everything
            text = f"SELECT 1 FROM {_table(led.lane.index)} WHERE {which.text} LIMIT %s"
            params = [*which.params, cap]
        return int(clock.fetch(f"SELECT COUNT(*) FROM ({text}) found", params)[0][0])

    def _few_of_many_values(self, terms: Terms, clock: Clock) -> list[Place] | None:
        """All that is left of a filter of many values and nothing else, read in the statement that would count
        it; None where these are FEW or more.
        """
        if len(terms.parts) != 1 or len(terms.parts[0].branches) <= FEW_BRANCHES:
            return None
        which = terms.everything & self._beyond()
        sql = f"SELECT e.id, e.time FROM {_table(terms.parts[0].index)} WHERE {which.text} LIMIT %s"
        found = clock.fetch(sql, [*which.params, FEW])
        return None if len(found) == FEW else sorted(_places(found), reverse=not self.forward)

    def _in_chunks(self, led: "_Led", terms: Terms, clock: Clock, want: int) -> None:
        """Look at ever more rows of those that lead, until enough of them fit or there are no more."""
        others, lanes = led.rest & terms.acts, max(1, len(led.lane.branches))
        size, largest = FIRST_CHUNK // lanes + 1, LAST_CHUNK // lanes + 1
        while len(self.found) < want:
            chunk = self._in_order(led.lane, terms.window, size, columns=_LOOKED_AT)
            self._take(clock, chunk, others, want - len(self.found))
            if len(self.found) >= want:
                return
            text, params = self._in_order(led.lane, terms.window, size)
            end = clock.fetch(f"{text} OFFSET %s", [*params[:-1], 1, size - 1])
            if not end:
                return
            self.reached = _places(end)[0]
            size = min(2 * size, largest)

    def _take(self, clock: Clock, chunk: Statement, others: Sql, want: int) -> None:
        text, params = chunk
        which = f" WHERE {others.text}" if others.text else ""
        sql = f"SELECT e.id, e.time FROM ({text}) e{which}{self._order()} LIMIT %s"
        self.found += _places(clock.fetch(sql, [*params, *others.params, want]))

    def _all_of(self, part: Term, window: Window) -> Statement:
        """All the rows of a part that has few."""
        if 0 < len(part.branches) <= FEW_BRANCHES:
            lane = _Lane(part.index, part.branches)
            return self._in_order(lane, window, 2 * FEW, columns=_LOOKED_AT)
        which = part.condition & window.condition if part.timed else part.condition
        sql = f"SELECT {_LOOKED_AT} FROM {_table(part.index)} WHERE {which.text} LIMIT %s"
        return sql, [*which.params, 2 * FEW]

    def _in_order(
        self,
        lane: "_Lane",
        window: Window,
        limit: int,
        *,
        inner: Sql = ANY,
        columns: str = "e.id, e.time",
    ) -> Statement:
        """The first `limit` rows of all branches of a lane together, each read along its own index."""
        parts = [
            self._along(branch, lane.index, window, limit, inner=inner, columns=columns)
            for branch in lane.branches or (None,)
        ]
        if len(parts) == 1:
            return parts[0]
        united = " UNION ALL ".join(
            f"SELECT * FROM ({text}) branch_{number}" for number, (text, _) in enumerate(parts)
        )
        params = [param for _, those in parts for param in those]
        return f"SELECT {columns} FROM ({united}) e{self._order()} LIMIT %s", [*params, limit]

    def _along(
        self, branch: Branch | None, index: str, window: Window, limit: int, *, inner: Sql, columns: str
    ) -> Statement:
        """The first `limit` rows of one branch, or of the log itself, that lie beyond what was reached."""
        rest = inner & self._beyond()
        if branch is None:
            which, order = window.condition & rest, self._order()
        elif connection.vendor == "sqlite":
            which, order = branch.condition & window.condition & rest, self._order()
        else:
            which, order = self._range(branch, window) & rest, self._order(branch.column)
        where = f" WHERE {which.text}" if which.text else ""
        sql = f"SELECT {columns} FROM {_table(index)}{where}{order} LIMIT %s"
        return sql, [*which.params, limit]

    def _range(self, branch: Branch, window: Window) -> Sql:
        """A value and a time as one range of its index. With `column = value` PostgreSQL would rather go through
        the whole log in the order of time, wherever it believes that many rows have the value.
        """
        since, until = window.since or MIN_TIME, window.until or MAX_TIME
        if self.reached is not None:
            moment = stored(self.reached.time)
            since, until = (max(since, moment), until) if self.forward else (since, min(until, moment))
        pair = f"({branch.column}, e.time)"
        bounds = Sql(f"{pair} >= (%s, %s) AND {pair} <= (%s, %s)", (branch.value, since, branch.value, until))
        return bounds & Sql("" if window.until is None else "e.time < %s", (window.until,)) & Sql(branch.also)

    def _order(self, *columns: str) -> str:
        way = "" if self.forward else " DESC"
        return " ORDER BY " + ", ".join(f"{column}{way}" for column in (*columns, "e.time", "e.id"))

    def _beyond(self) -> Sql:
        """What lies beyond the place reached. `time < t OR (time = t AND id < i)` would read the whole table."""
        if self.reached is None:
            return ANY
        moment, than = stored(self.reached.time), ">" if self.forward else "<"
        text = f"e.time {than}= %s AND (e.time {than} %s OR e.id {than} %s)"
        return Sql(text, (moment, moment, self.reached.id))


_LOOKED_AT = (
    "e.id, e.time, e.phase, e.event, e.outcome, e.error_code, e.client_id, e.actor, e.address_packed,"
    " e.person_id, e.attempt_id, e.request_id"
)
"""Every column that a condition of a filter can name."""


@dataclass(frozen=True, slots=True)
class _Lane:
    """What is gone along in the order of time: branches of an index, or the log itself."""

    index: str = "audit_event_time"
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class _Led:
    """Which part leads: `few`, all of whose rows are looked at, or else a lane. `rest` are the other parts."""

    rest: Sql
    few: Term | None = None
    lane: _Lane = _Lane()


def _led(terms: Terms, clock: Clock) -> _Led:
    parts = terms.parts
    if not parts:
        return _Led(ANY)
    if len(parts) == 1 and 0 < len(parts[0].branches) <= FEW_BRANCHES:
        return _Led(ANY, lane=_Lane(parts[0].index, parts[0].branches))
    counts = [_count_of(part, terms.window, clock) for part in parts]
    fewest, leader = min(zip(counts, parts, strict=True), key=lambda counted: counted[0])
    if fewest < FEW:
        return _Led(_all_but(leader, parts), few=leader)
    ordered = [part for part in parts if part.branches]
    if not ordered:
        return _Led(_all_but(None, parts))
    if len(ordered) > 1:
        ordered.sort(key=lambda part: _density(part, terms.window, clock))
    return _Led(_all_but(ordered[0], parts), lane=_Lane(ordered[0].index, ordered[0].branches))


def _all_but(leader: Term | None, parts: Sequence[Term]) -> Sql:
    whole = ANY
    for part in parts:
        if part is not leader:
            whole = whole & part.condition
    return whole


def _table(index: str) -> str:
    if index and connection.vendor == "sqlite":
        return f"audit_event e INDEXED BY {index}"
    return "audit_event e"


def _count_of(part: Term, window: Window, clock: Clock) -> int:
    """How many rows a part has by itself, at most FEW; it counts as many where no index finds them."""
    if part is NO_ROW:
        return 0
    if not part.index and part.timed:
        return FEW
    if len(part.branches) == 1:
        lane = _Lane(part.index, part.branches)
        text, params = Walk(forward=False, start=None)._in_order(lane, window, FEW)
    else:
        which = part.condition & window.condition if part.timed else part.condition
        by = f" ORDER BY {part.by}" if part.by else ""
        text = f"SELECT 1 FROM {_table(part.index)} WHERE {which.text}{by} LIMIT %s"
        params = [*which.params, FEW]
    return int(clock.fetch(f"SELECT COUNT(*) FROM ({text}) counted", params)[0][0])


def _density(part: Term, window: Window, clock: Clock) -> float:
    """How close together the newest rows of a part lie: the time of the FEW-th of them, later for more of them."""
    if len(part.branches) > FEW_BRANCHES:
        return float("inf")
    lane = _Lane(part.index, part.branches)
    text, params = Walk(forward=False, start=None)._in_order(lane, window, FEW)
    found = clock.fetch(f"SELECT MIN(newest.time) FROM ({text}) newest", params)[0][0]
    return _moment(found).timestamp() if found is not None else 0.0


def _moment(stored_: Any) -> datetime:
    moment = datetime.fromisoformat(stored_) if isinstance(stored_, str) else stored_
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _places(found: Sequence[tuple[Any, ...]]) -> list[Place]:
    return [Place(_moment(moment), row_id) for row_id, moment in found]
