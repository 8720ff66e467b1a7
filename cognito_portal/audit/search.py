"""Searching the audit log: pages of a filter, and how many rows it has, at a cost that does not grow with the
log (cognito_portal.audit.walk).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cognito_portal.audit import queries
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.names import TooManyPeople
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.terms import terms_of
from cognito_portal.audit.time_limit import OutOfTime, time_limit
from cognito_portal.audit.walk import MAX_ID, Place, Walk

__all__ = ["Count", "Page", "Place", "TooManyPeople", "capped_count", "page", "where"]

LIMIT_S = 2.0
COUNT_LIMIT_S = 0.5
COUNT_CAP = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a filter, newest first. `older` and `newer` are the places at which the pages beside it begin.

    `stopped`: the time was over before the page was full, so that there may be more rows; `searched_to` is how
    far the search came. `only_exact`: see cognito_portal.audit.names.People.
    """

    rows: list[queries.Row]
    older: Place | None = None
    newer: Place | None = None
    stopped: bool = False
    searched_to: Place | None = None
    only_exact: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows a filter has; with `is_capped` that many and perhaps more."""

    rows: int
    is_capped: bool = False


def where(filter_: Filter) -> tuple[str, list[Any]]:
    """One SQL condition on the alias `e` of audit_event, and its parameters. Raises TooManyPeople."""
    whole = terms_of(filter_, fetch).everything
    return whole.text, list(whole.params)


def page(
    filter_: Filter, *, before: Place | None = None, after: Place | None = None, limit: int = 50
) -> Page:
    """The newest rows of a filter; those next to a place with `before` (older) or `after` (newer).

    It takes LIMIT_S at most: see Page.stopped. Raises TooManyPeople.
    """
    walk = Walk(forward=after is not None, start=after or before)
    only_exact = False
    try:
        with time_limit(LIMIT_S) as clock:
            terms = terms_of(filter_, clock.fetch)
            only_exact = terms.only_exact
            walk.go(terms, clock, want=limit + 1)
    except OutOfTime:
        walk.is_stopped = True
    found = queries.rows_by_id([place.id for place in walk.found[:limit]])
    more = len(walk.found) > limit
    if walk.forward:
        found.reverse()
    older, newer = _neighbours(found, before=before, after=after, more=more)
    searched_to = walk.farthest if walk.is_stopped else None
    return Page(found, older, newer, walk.is_stopped, searched_to, only_exact)


def _neighbours(
    found: Sequence[queries.Row], *, before: Place | None, after: Place | None, more: bool
) -> tuple[Place | None, Place | None]:
    first = Place(found[0].time, found[0].id) if found else None
    last = Place(found[-1].time, found[-1].id) if found else None
    if after is not None:
        # An empty page has nothing but the row it was asked from behind it.
        return last or Place(after.time, min(after.id + 1, MAX_ID)), first if more else None
    newer = (first or before) if before is not None else None
    return (last if more else None), newer


def capped_count(filter_: Filter, *, cap: int = COUNT_CAP) -> Count:
    """How many rows a filter has, counted up to `cap` and for COUNT_LIMIT_S. Raises TooManyPeople."""
    walk = Walk(forward=False, start=None)
    try:
        with time_limit(COUNT_LIMIT_S) as clock:
            counted = walk.count(terms_of(filter_, clock.fetch), clock, cap=cap + 1)
    except OutOfTime:
        return Count(len(walk.found), is_capped=True)
    return Count(min(counted, cap), is_capped=counted > cap)
