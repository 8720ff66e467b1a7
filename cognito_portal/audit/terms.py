"""What each part of a filter means in SQL, and by which index the database finds it.

SQL stands here because each condition has to be worded as its index is, for both databases (decision D9). All
conditions are on the alias `e` of audit_event.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection

from cognito_portal.audit.addresses import IPV4_PREFIX, address_packed
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.names import Fetch, find_people

MAX_BRANCHES = 256


@dataclass(frozen=True, slots=True)
class Sql:
    """A condition and its parameters."""

    text: str
    params: tuple[Any, ...] = ()

    def __and__(self, other: "Sql") -> "Sql":
        if not (self.text and other.text):
            return self if self.text else other
        return Sql(f"{self.text} AND {other.text}", self.params + other.params)


@dataclass(frozen=True, slots=True)
class Branch:
    """One value of an indexed column. The index goes on with the time, so its rows come in the order of time;
    `also` is the condition of a partial index.
    """

    column: str
    value: Any
    also: str = ""

    @property
    def condition(self) -> Sql:
        return Sql(f"{self.column} = %s", (self.value,)) & Sql(self.also)


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a filter.

    `branches` exclude each other and are `condition` together; none where there would be more than
    MAX_BRANCHES, or no index has the order of time. `index` is the one that finds the rows of `condition`, and
    of a branch; "" where none does. `timed`: it also narrows by time. `by` is its order where it is not timed.
    """

    condition: Sql
    index: str = ""
    branches: tuple[Branch, ...] = ()
    timed: bool = True
    by: str = ""


NO_ROW = Term(Sql("1 = 0"))


@dataclass(frozen=True, slots=True)
class Terms:
    """A filter in SQL. `only_exact`: see cognito_portal.audit.names.People."""

    parts: tuple[Term, ...]
    window: "Window"
    acts: Sql
    only_exact: bool = False

    @property
    def everything(self) -> Sql:
        """The one condition of the whole filter."""
        whole = self.window.condition & self.acts
        for part in self.parts:
            whole = whole & part.condition
        return whole if whole.text else Sql("1 = 1")


def terms_of(filter_: Filter, fetch: Fetch) -> Terms:
    """Put a filter into SQL; `fetch` looks up people and networks. Raises names.TooManyPeople."""
    parts = [
        *_equal("event", filter_.event, "audit_event_event"),
        *_one_of("outcome", filter_.outcomes(), "audit_event_outcome", also="e.outcome > ''"),
        *_equal("error_code", filter_.error_code, "audit_event_error", also="e.error_code > ''"),
        *_equal("client_id", filter_.client_id, "audit_event_client"),
        *_actor(filter_.actor),
        *_found("attempt_id", filter_.attempt_id),
        *_found("request_id", filter_.request_id, "audit_event_request", also="e.request_id > ''"),
    ]
    if filter_.address:
        parts.append(_address(filter_.address, fetch))
    only_exact = False
    if filter_.person:
        people = find_people(filter_.person, fetch)
        parts += _one_of("person_id", people.ids, "audit_event_person", also="e.person_id > ''") or [NO_ROW]
        only_exact = people.only_exact
    acts = Sql("" if filter_.begun else "e.phase <> 'begin'")
    return Terms(tuple(parts), Window(stored(filter_.since), stored(filter_.until)), acts, only_exact)


@dataclass(frozen=True, slots=True)
class Window:
    """A time, as the database stores it: from `since` on and before `until`, where they are set."""

    since: Any = None
    until: Any = None

    @property
    def condition(self) -> Sql:
        since = Sql("") if self.since is None else Sql("e.time >= %s", (self.since,))
        return since if self.until is None else since & Sql("e.time < %s", (self.until,))


def stored(moment: datetime | None) -> Any:
    """A moment as the database stores it."""
    return None if moment is None else connection.ops.adapt_datetimefield_value(moment)


def _equal(column: str, value: str | bytes, index: str, *, also: str = "") -> list[Term]:
    return _one_of(column, (value,), index, also=also) if value else []


def _one_of(column: str, values: Collection[Any], index: str, *, also: str = "") -> list[Term]:
    if not values:
        return []
    branches = tuple(Branch(f"e.{column}", value, also) for value in values)
    if len(branches) == 1:
        return [Term(branches[0].condition, index, branches)]
    slots = ", ".join(["%s"] * len(values))
    condition = Sql(f"e.{column} IN ({slots})", tuple(values)) & Sql(also)
    return [Term(condition, index, branches if len(branches) <= MAX_BRANCHES else ())]


def _found(column: str, value: str, index: str = "", *, also: str = "") -> list[Term]:
    """An index without the time finds these few rows; that of a UNIQUE has no name of ours on SQLite."""
    return [Term(Sql(f"e.{column} = %s", (value,)) & Sql(also), index, timed=False)] if value else []


def _actor(typed: str) -> list[Term]:
    """Rows name staff by number; people know them by their username."""
    if not typed:
        return []
    # Not spelled as a role or `staff:number` is.
    is_name = typed != "visitor" and ":" not in typed
    user = get_user_model().objects.filter(username=typed).first() if is_name else None
    actor = f"staff:{user.pk}" if user else typed
    if actor == "visitor":
        # Most of the log: no index has them.
        return [Term(Sql("e.actor = %s", (actor,)))]
    return _equal("actor", actor, "audit_event_actor", also="NOT (e.actor = 'visitor')")


def _address(address: str, fetch: Fetch) -> Term:
    if "/" not in address:
        return _equal("address_packed", address_packed(address) or "", "audit_event_packed")[0]
    network = ip_network(address)
    prefix = IPV4_PREFIX if network.version == 4 else b""
    lowest, highest = prefix + network[0].packed, prefix + network[-1].packed
    seen = _addresses_between(lowest, highest, fetch)
    if not seen:
        return NO_ROW
    if len(seen) <= MAX_BRANCHES:
        return _one_of("address_packed", seen, "audit_event_packed")[0]
    condition = Sql("e.address_packed BETWEEN %s AND %s", (lowest, highest))
    return Term(condition, "audit_event_packed", timed=False, by="e.address_packed, e.time, e.id")


_NEXT_ADDRESS = (
    "SELECT e.address_packed FROM audit_event e WHERE e.address_packed {} %s AND e.address_packed <= {}"
    " ORDER BY e.address_packed LIMIT 1"
)


def _addresses_between(lowest: bytes, highest: bytes, fetch: Fetch) -> list[Any]:
    """The addresses of a network that the log has, a seek each; one more than MAX_BRANCHES where there are more."""
    first = _NEXT_ADDRESS.format(">=", "%s")
    following = _NEXT_ADDRESS.format(">", "%s").replace("> %s", "> seen.address")
    sql = (
        f"WITH RECURSIVE seen (address) AS (SELECT ({first}) UNION ALL SELECT ({following}) FROM seen"
        " WHERE seen.address IS NOT NULL) SELECT address FROM seen WHERE address IS NOT NULL LIMIT %s"
    )
    return [row[0] for row in fetch(sql, [lowest, highest, highest, MAX_BRANCHES + 1])]
