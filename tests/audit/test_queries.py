from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from cognito_portal.audit import queries, record, search
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import Filter
from tests.audit.rows import POOL, begun, noted, somebody

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_newest_rows_come_with_the_names_of_their_person() -> None:
    person = somebody(" Ann", canonical="ann", sub="s-1")
    record.end(begun(somebody(" Ann")), outcome=Outcome.SUCCESS, person=person)
    end_row, begin_row = search.page(Filter(begun=True)).rows
    assert (begin_row.username, begin_row.canonical_username, begin_row.sub) == (" Ann", "", "")
    assert (end_row.username, end_row.canonical_username, end_row.sub) == (" Ann", "ann", "s-1")
    assert end_row.time.tzinfo is not None


def test_a_row_outlives_its_person() -> None:
    begun(somebody("ann"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_person")
    (row,) = search.page(Filter(begun=True)).rows
    assert (row.username, row.event) == ("", "signin.started")


def test_newest_is_by_time_and_not_by_order_of_writing() -> None:
    noted(step="late", now=NOW)
    noted(step="early", now=NOW - timedelta(days=1))
    assert [row.step for row in search.page(Filter()).rows] == ["late", "early"]


def test_open_request_is_known_a_person_under_every_spelling() -> None:
    requested = {"event": Event.SIGNIN_INVITATION_REQUESTED, "outcome": Outcome.RECORDED}
    noted(**requested, person=somebody("Ann"), now=NOW)
    asked = {"event": Event.SIGNIN_INVITATION_REQUESTED, "pool_id": POOL}
    assert queries.has_open_request(**asked, typed=" ANN", since=NOW - timedelta(hours=1))
    assert not queries.has_open_request(**asked, typed=" ANN", since=NOW + timedelta(hours=1))
    assert not queries.has_open_request(**asked, typed="bob", since=NOW - timedelta(hours=1))
    assert not queries.has_open_request(
        event=Event.ACCOUNT_NOT_ME_REPORTED, pool_id=POOL, typed="ann", since=NOW - timedelta(hours=1)
    )


def test_is_taken() -> None:
    begun(attempt_id="a", turn=1)
    assert queries.is_taken(attempt_id="a", turn=1)
    assert not queries.is_taken(attempt_id="a", turn=2)
