"""Pages of the ledger, how many invitations there are, and who sent them."""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from cognito_portal.audit.time_limit import OutOfTime, time_limit
from cognito_portal.ops.index.filters import AccountFilter
from cognito_portal.ops.index.search import COUNT_CAP, COUNT_LIMIT_S, SOON, Count, NoSuchPlace, with_text
from cognito_portal.ops.index.words import Term
from cognito_portal.ops.ledger.filters import ELSEWHERE, STATES, LedgerFilter
from cognito_portal.ops.models import Invitation

PAGE = 50
COLUMNS = {"sent": "sent_at", "moved": "moved_at"}
Stage = Invitation.Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Invitations in their order. `following` and `earlier` are the ids at which the pages beside it begin, or 0."""

    lines: list[Invitation]
    following: int
    earlier: int


def page(asked: LedgerFilter, term: Term, *, after: int = 0, before: int = 0) -> Page:
    """Invitations that a filter means, from the first one or those next to a line. Raises NoSuchPlace."""
    backwards = bool(before)
    place = after or before
    found = list(_in_order(asked, term, place, backwards=backwards)[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    if backwards:
        found.reverse()
    first, last = (found[0].pk, found[-1].pk) if found else (0, 0)
    if backwards:
        return Page(lines=found, following=last, earlier=first if more else 0)
    return Page(lines=found, following=last if more else 0, earlier=first if after else 0)


def capped_count(asked: LedgerFilter, term: Term) -> Count | None:
    """How many a filter means, up to COUNT_CAP; None where counting takes longer than COUNT_LIMIT_S."""
    ids = meant(asked, term).order_by().values("pk")[: COUNT_CAP + 1]
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


def counts(term: Term) -> dict[str, Count]:
    """How many invitations there are in each state that some are in."""
    found = {state: capped_count(LedgerFilter(state=state), term) for state in STATES}
    return {state: count for state, count in found.items() if count is not None and count.accounts}


# Each sender by a seek of its own: a SELECT DISTINCT would read every line.
_SENDERS = """
WITH RECURSIVE senders (sent_by) AS (
    SELECT (SELECT i.sent_by FROM ops_invitation i WHERE i.pool_id = %s ORDER BY i.sent_by LIMIT 1)
    UNION ALL
    SELECT (SELECT i.sent_by FROM ops_invitation i WHERE i.pool_id = %s AND i.sent_by > senders.sent_by
            ORDER BY i.sent_by LIMIT 1)
    FROM senders WHERE senders.sent_by IS NOT NULL
)
SELECT sent_by FROM senders WHERE sent_by IS NOT NULL
"""


def senders() -> list[str]:
    """Who sent invitations, as the log names them; "" where this portal did not."""
    pool_id = settings.COGNITO_USER_POOL_ID
    with connection.cursor() as cursor:
        cursor.execute(_SENDERS, [pool_id, pool_id])
        return [row[0] for row in cursor.fetchall()]


def meant(asked: LedgerFilter, term: Term) -> QuerySet[Invitation]:
    """The invitations of a filter, in no order."""
    which = Q(pool_id=settings.COGNITO_USER_POOL_ID)
    if asked.state:
        which &= _STATES[asked.state](term.oldest_open)
    if asked.sender:
        which &= Q(sent_by="" if asked.sender == ELSEWHERE else asked.sender)
    if asked.begins:
        which &= Q(sent_at__gte=asked.begins)
    if asked.ends:
        which &= Q(sent_at__lt=asked.ends)
    if asked.text:
        which &= _of_entry(with_text(AccountFilter(text=asked.text)))
    return Invitation.objects.filter(which)


def _of_entry(which: Q) -> Q:
    """What is asked of an entry, asked of the one that a line belongs to: as a join, which both databases plan well."""
    children: list[Any] = [
        _of_entry(each) if isinstance(each, Q) else (f"entry__{each[0]}", each[1])
        for each in cast("Sequence[Any]", which.children)
    ]
    return Q(*children, _connector=which.connector, _negated=which.negated)


_STATES: Mapping[str, Callable[[datetime], Q]] = {
    "sent": lambda over: Q(stage=Stage.SENT, sent_at__gt=over),
    "opened": lambda over: Q(stage=Stage.OPENED, sent_at__gt=over),
    "expiring": lambda over: Q(is_open=True, sent_at__gt=over, sent_at__lte=over + SOON),
    "expired": lambda over: Q(is_open=True, sent_at__lte=over),
    "undelivered": lambda over: Q(is_open=True, is_undelivered=True),
    "password": lambda over: Q(stage=Stage.PASSWORD_SET),
    "verified": lambda over: Q(stage=Stage.VERIFIED),
}


def _in_order(asked: LedgerFilter, term: Term, place: int, *, backwards: bool) -> QuerySet[Invitation]:
    column = COLUMNS[asked.sort.lstrip("-")]
    is_down = asked.sort.startswith("-") != backwards
    found = meant(asked, term).select_related("entry")
    if place:
        found = found.filter(_beyond(column, place, is_down=is_down))
    return found.order_by(*(f"-{name}" if is_down else name for name in (column, "id")))


def _beyond(column: str, place: int, *, is_down: bool) -> Q:
    """What lies beyond a line. `column > x OR (column = x AND id > i)` would read the whole table."""
    here = Invitation.objects.filter(pk=place, pool_id=settings.COGNITO_USER_POOL_ID)
    at = here.values_list(column, flat=True).first()
    if at is None:
        raise NoSuchPlace(place)
    than = "lt" if is_down else "gt"
    return Q(**{f"{column}__{than}e": at}) & (Q(**{f"{column}__{than}": at}) | Q(**{f"pk__{than}": place}))
