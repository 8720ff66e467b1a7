"""What people asked for stands in the queue until somebody has dealt with it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cognito_portal.audit import queries, record
from cognito_portal.audit.events import Event, Outcome
from tests.audit.rows import BY, POOL, begun, noted, somebody, stored
from tests.conftest import Portal
from tests.databases import Database
from tests.ops.test_desk import desk, staff
from tests.signin.browsing import Tab, new_client

__all__ = ["desk"]


def asks(username: str) -> None:
    Tab(new_client()).post("/sign-in/invitation/", {"username": username})


def open_ids() -> list[int]:
    rows = [row for row in stored() if row["event"] == "signin.invitation_requested"]
    return [row["id"] for row in rows if row["phase"] == "end"]


def test_request_stands_there_until_it_is_dealt_with(portal: Portal, desk: Tab) -> None:
    asks("nia-newhire")
    desk.get("/ops/requests/")
    assert "nia-newhire" in desk.text
    assert "New invitation asked for" in desk.text
    (row_id,) = open_ids()
    for _ in range(2):
        desk.post(f"/ops/requests/{row_id}/handled/", {})
        assert desk.path == "/ops/requests/"
        assert "Nobody is waiting." in desk.text
    rows = [row for row in stored() if row["event"] == "ops.request_handled"]
    assert [(row["step"], row["outcome"]) for row in rows] == [("signin.invitation_requested", "success")]


def test_report_of_a_stranger_leads_to_the_account(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    record.note(
        event=Event.ACCOUNT_NOT_ME_REPORTED,
        outcome=Outcome.RECORDED,
        by=BY,
        person=record.Person(pool_id=portal.api.pool_id, typed=username, canonical=username),
    )
    desk.get("/ops/requests/")
    assert "Reported: this was not me" in desk.text
    desk.post("/ops/", {"name": username})
    assert desk.path.startswith("/ops/accounts/")


def test_auditor_sees_requests_and_deals_with_none(portal: Portal) -> None:
    asks("nia-newhire")
    tab = staff("auditors")
    tab.get("/ops/requests/")
    assert "nia-newhire" in tab.text
    assert "Dealt with" not in tab.text
    tab.post(f"/ops/requests/{open_ids()[0]}/handled/", {})
    assert tab.status == 403


def test_request_that_was_dealt_with_lets_the_same_person_ask_again(portal: Portal, desk: Tab) -> None:
    asks("nia-newhire")
    asks("NIA-newhire")
    assert len(open_ids()) == 1
    desk.post(f"/ops/requests/{open_ids()[0]}/handled/", {})
    asks("nia-newhire")
    assert len(open_ids()) == 2
    desk.get("/ops/requests/")
    assert "nia-newhire" in desk.text


@pytest.mark.parametrize("row_id", ["1", "999999", str(2**63)])
def test_row_that_is_no_request_is_not_found(portal: Portal, desk: Tab, row_id: str) -> None:
    desk.post(f"/ops/requests/{row_id}/handled/", {})
    assert desk.status == 404


def test_request_is_open_from_its_begin_row_until_it_is_dealt_with(database: Database) -> None:
    def is_open() -> bool:
        since = timezone.now() - timedelta(days=1)
        return queries.has_open_request(
            event=Event.SIGNIN_STARTED, pool_id=POOL, typed="Newhire", since=since
        )

    call = begun()
    assert is_open()
    record.end(call, outcome=Outcome.RECORDED)
    assert is_open()
    row_id = stored()[-1]["id"]
    noted(event=Event.OPS_REQUEST_HANDLED, outcome=Outcome.SUCCESS, once=f"{queries.REQUEST_HANDLED}{row_id}")
    assert not is_open()


def test_open_requests_are_found_oldest_first_on_both_databases(database: Database) -> None:
    for name in ("first", "second"):
        noted(event=Event.ACCOUNT_NOT_ME_REPORTED, outcome=Outcome.RECORDED, person=somebody(name))
    record.end(begun(), outcome=Outcome.SUCCESS)
    since = queries.rows_by_id([1])[0].time.replace(year=2020)
    assert [row.username for row in queries.open_requests(since=since, limit=9)] == ["first", "second"]
    noted(event=Event.OPS_REQUEST_HANDLED, outcome=Outcome.SUCCESS, once=f"{queries.REQUEST_HANDLED}1")
    assert [row.username for row in queries.open_requests(since=since, limit=9)] == ["second"]
