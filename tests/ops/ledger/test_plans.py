"""Pages of the ledger and the funnel are led to by indexes: no line is read that is not shown or counted."""

from datetime import timedelta

import pytest
from django.conf import settings as live
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cognito_portal.ops.index.words import Term
from cognito_portal.ops.ledger import funnel, search
from cognito_portal.ops.ledger.filters import LedgerFilter
from cognito_portal.ops.models import Invitation, PoolIndexEntry
from tests.databases import Database
from tests.ops.ledger.world import at

TERM = Term(now=at(0), days=7)


@pytest.fixture(autouse=True)
def many(sqlite: Database) -> None:
    """Two thousand invitations of a year, by three senders."""
    entries = PoolIndexEntry.objects.bulk_create(
        PoolIndexEntry(
            pool_id=live.COGNITO_USER_POOL_ID,
            sub=f"sub-{number}",
            username=f"person{number}",
            folded=f"person{number}",
            status="CONFIRMED",
            enabled=True,
            search_text=f"person{number}",
            generation=1,
            indexed_at=at(0),
        )
        for number in range(2_000)
    )
    Invitation.objects.bulk_create(
        Invitation(
            entry=entry,
            pool_id=entry.pool_id,
            sent_at=at(0) - timedelta(hours=4 * number),
            moved_at=at(0) - timedelta(hours=4 * number),
            changed_at=at(0),
            sent_by=f"staff:{number % 3}",
            stage=number % 4,
            is_open=number % 4 < 2,
        )
        for number, entry in enumerate(entries)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plan_of(asked: LedgerFilter, *, is_funnel: bool = False) -> str:
    """How SQLite goes about the last statement of a page."""
    with CaptureQueriesContext(connection) as made:
        if is_funnel:
            funnel.funnel(asked, TERM)
        else:
            search.page(asked, TERM)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {made.captured_queries[-1]['sql']}")
        return "\n".join(row[3] for row in cursor.fetchall())


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"sort": "sent"},
        {"sort": "-moved"},
        {"state": "expiring"},
        {"state": "expired"},
        {"state": "verified"},
    ],
    ids=repr,
)
def test_page_is_read_in_its_order(asked: dict[str, str]) -> None:
    plan = plan_of(LedgerFilter(**asked))  # type: ignore[arg-type]
    assert "USE TEMP B-TREE" not in plan
    assert "USING INDEX ops_invitation_" in plan


def test_funnel_reads_its_index_alone() -> None:
    assert "USING COVERING INDEX ops_invitation_funnel" in plan_of(LedgerFilter(), is_funnel=True)
