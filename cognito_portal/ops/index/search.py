"""Pages of accounts out of the index, how many there are, and how many in each state.

A place in a list is the id of an entry: what the list is in the order of may be a name, which stands in no address.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from cognito_portal.audit.record import account_of
from cognito_portal.audit.time_limit import OutOfTime, time_limit
from cognito_portal.ops.index import text
from cognito_portal.ops.index.filters import DORMANT, YES, AccountFilter
from cognito_portal.ops.index.filters import NEVER as NEVER_SIGNED_IN
from cognito_portal.ops.index.words import INVITED, STATUSES, Term
from cognito_portal.ops.models import NEVER, PoolIndexEntry, PoolIndexValue

PAGE = 50
COUNT_CAP = 10_000
COUNT_LIMIT_S = 0.05
COLUMNS = {"name": "folded", "created": "created_at", "sign_in": "last_sign_in_at"}
SOON = timedelta(hours=24)


class NoSuchPlace(LookupError):
    """The account at which the page was to begin is in the index no more."""


@dataclass(frozen=True, slots=True)
class Page:
    """Accounts in their order. `following` and `earlier` are the ids at which the pages beside it begin, or 0."""

    entries: list[PoolIndexEntry]
    following: int = 0
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """How many accounts there are; with `is_capped` that many and more."""

    accounts: int
    is_capped: bool = False


def page(asked: AccountFilter, term: Term, *, after: int = 0, before: int = 0, limit: int = PAGE) -> Page:
    """Accounts that a filter means, from the first one or those next to an entry. Raises NoSuchPlace."""
    backwards = bool(before)
    place = after or before
    found = list(_in_order(asked, term, place, backwards=backwards)[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    first, last = (found[0].pk, found[-1].pk) if found else (0, 0)
    if backwards:
        return Page(found, following=last, earlier=first if more else 0)
    return Page(found, following=last if more else 0, earlier=first if after else 0)


def capped_count(asked: AccountFilter, term: Term) -> Count | None:
    """How many accounts a filter means, up to COUNT_CAP; None where counting takes longer than COUNT_LIMIT_S."""
    ids = _meant(asked, term).order_by().values("pk")[: COUNT_CAP + 1]
    try:
        sql, params = ids.query.sql_with_params()
        with time_limit(COUNT_LIMIT_S) as clock:
            counted = int(clock.fetch(f"SELECT COUNT(*) FROM ({sql}) counted", params)[0][0])
    except EmptyResultSet:
        # Django knows without asking.
        return Count(0)
    except OutOfTime:
        return None
    return Count(min(counted, COUNT_CAP), is_capped=counted > COUNT_CAP)


def is_any(asked: AccountFilter, term: Term) -> bool:
    """Whether a filter means any account."""
    return _meant(asked, term).order_by().exists()


def counts() -> dict[str, Count]:
    """How many accounts of the pool there are in each state that some are in, and how many are disabled (`no`)."""
    of_state = (
        "SELECT COUNT(*) FROM (SELECT 1 FROM ops_pool_index WHERE pool_id = %s AND {} = %s LIMIT %s) {}"
    )
    asked: list[tuple[str, str, Any]] = [("status", name, name) for name in STATUSES]
    asked.append(("enabled", "no", False))
    parts, params = [], []
    for number, (column, _, value) in enumerate(asked):
        parts.append(f"({of_state.format(column, f'counted_{number}')})")
        params += [settings.COGNITO_USER_POOL_ID, value, COUNT_CAP + 1]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        row = cursor.fetchone()
    return {
        name: Count(min(number, COUNT_CAP), is_capped=number > COUNT_CAP)
        for (_, name, _), number in zip(asked, row, strict=True)
        if number
    }


def _in_order(asked: AccountFilter, term: Term, place: int, *, backwards: bool) -> QuerySet[PoolIndexEntry]:
    column = COLUMNS[asked.sort.lstrip("-")]
    is_down = asked.sort.startswith("-") != backwards
    found = _meant(asked, term)
    if place:
        found = found.filter(_beyond(column, place, is_down=is_down))
    return found.order_by(*(f"-{name}" if is_down else name for name in (column, "id")))


def _beyond(column: str, place: int, *, is_down: bool) -> Q:
    """What lies beyond an entry. `column > x OR (column = x AND id > i)` would read the whole table."""
    pool_id = settings.COGNITO_USER_POOL_ID
    at = PoolIndexEntry.objects.filter(pk=place, pool_id=pool_id).values_list(column, flat=True).first()
    if at is None:
        raise NoSuchPlace(place)
    than = "lt" if is_down else "gt"
    return Q(**{f"{column}__{than}e": at}) & (Q(**{f"{column}__{than}": at}) | Q(**{f"pk__{than}": place}))


def _meant(asked: AccountFilter, term: Term) -> QuerySet[PoolIndexEntry]:
    found = PoolIndexEntry.objects.filter(pool_id=settings.COGNITO_USER_POOL_ID)
    which = _flags(asked) & _times(asked, term)
    if asked.trouble:
        which &= _TROUBLES[asked.trouble](term)
    if asked.attribute:
        which &= _attribute(asked)
    return found.filter(which & with_text(asked))


def with_text(asked: AccountFilter) -> Q:
    """Which entries have the text of a filter in a name, address, number or sub of theirs."""
    if asked.is_whole:
        return _is(asked)
    return text.with_part(asked.folded) if asked.text else Q()


_FLAGS = {
    "enabled": "enabled",
    "email_verified": "email_verified",
    "phone_verified": "phone_number_verified",
}


def _flags(asked: AccountFilter) -> Q:
    wanted: Mapping[str, Any] = {
        column: getattr(asked, name) == YES for name, column in _FLAGS.items() if getattr(asked, name)
    }
    return Q(**wanted) & (Q(status=asked.status) if asked.status else Q())


def _times(asked: AccountFilter, term: Term) -> Q:
    which = Q()
    if asked.signed_in == NEVER_SIGNED_IN:
        which &= Q(last_sign_in_at=NEVER)
    elif asked.signed_in == DORMANT:
        which &= Q(last_sign_in_at__gt=NEVER, last_sign_in_at__lt=term.now - timedelta(days=asked.days))
    return which & _INVITATIONS[asked.invitation](term.oldest_open) if asked.invitation else which


_INVITATIONS = {
    "open": lambda over: Q(status=INVITED, modified_at__gt=over),
    "expiring": lambda over: Q(status=INVITED, modified_at__gt=over, modified_at__lte=over + SOON),
    "expired": lambda over: Q(status=INVITED, modified_at__lte=over),
}

_TROUBLES: Mapping[str, Callable[[Term], Q]] = {
    "expired": lambda term: Q(status=INVITED, modified_at__lte=term.oldest_open, enabled=True),
    "unreachable": lambda term: Q(is_unreachable=True),
    "unverified_email": lambda term: Q(has_unverified_email=True),
    "incomplete": lambda term: Q(is_incomplete=True),
    "twin": lambda term: Q(has_twin=True),
}


def _attribute(asked: AccountFilter) -> Q:
    values = PoolIndexValue.objects.filter(name=asked.attribute)
    folded = account_of(asked.value)
    which = Q(folded__contains=folded) if asked.how == "has" else Q(folded=folded)
    return Q(pk__in=values.filter(which).values("entry"))


_NAMES = ("folded", "email_folded", "phone_number", "sub")


def _is(asked: AccountFilter) -> Q:
    """Each by its own index: given all four at once, SQLite would rather go through everybody in their order."""
    pool = PoolIndexEntry.objects.filter(pool_id=settings.COGNITO_USER_POOL_ID)
    found = [pool.filter(**{name: asked.folded}).values_list("pk", flat=True)[: text.FEW] for name in _NAMES]
    return Q(pk__in={pk for ids in found for pk in ids})
