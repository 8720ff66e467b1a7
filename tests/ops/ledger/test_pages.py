"""The ledger and its funnel as staff see them."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.audit.events import Event
from cognito_portal.audit.proof import seals
from cognito_portal.ops.index import entries
from cognito_portal.ops.ledger import keeping, search
from tests.audit.rows import stored
from tests.databases import Database
from tests.ops.index.accounts import sub_of, user
from tests.ops.ledger import world
from tests.ops.test_desk import staff
from tests.signin.browsing import Tab

DAY_S = 86_400
LIST, FUNNEL, CSV = "/ops/invitations/", "/ops/invitations/funnel/", "/ops/invitations/funnel.csv"


@pytest.fixture
def desk(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> Tab:
    monkeypatch.setattr(clients, "pool_settings", lambda: None)
    return staff("ops")


@pytest.fixture
def people(desk: Tab) -> None:
    """Ann was invited a day ago, bob's invitation ends within a day, carl's is over, dora has set a password."""
    now = timezone.now().timestamp()
    for name, days in (("ann", 1), ("bob", 6.5), ("carl", 8)):
        entries.refresh(
            user(
                name,
                at=now - days * DAY_S,
                status=world.INVITED,
                name=f"{name} lee",
                email=f"{name}@example.com",
            )
        )
    entries.refresh(user("dora", at=now - DAY_S, email_verified="true"))
    keeping.work()
    sender = f"staff:{User.objects.get(username='staff-ops').pk}"
    minutes = (timezone.now() - world.NOW - timedelta(days=2)).total_seconds() / 60
    world.row(
        "dora",
        Event.OPS_USER_INVITED,
        minutes=minutes,
        by=world.HEDDA.__class__(actor=sender, address="", user_agent=""),
    )
    world.set_password("dora", minutes=minutes + 60)
    seals.seal_pending()
    keeping.work()


def shown(tab: Tab) -> list[str]:
    return re.findall(r'<a class="person" href="/ops/accounts/[^"]+/">([^<]+)</a>', tab.text)


@pytest.mark.usefixtures("people")
class TestLedger:
    def test_has_a_line_for_everybody_with_their_state_and_the_way_to_them(self, desk: Tab) -> None:
        desk.get(LIST)
        assert shown(desk) == ["ann", "dora", "bob", "carl"]
        for words in (
            "Sent, never opened",
            "Expires within 24 hours",
            "Expired",
            "Password set, address verified",
            "Not by this portal",
            "staff-ops",
        ):
            assert words in desk.text
        assert f'href="/ops/accounts/{sub_of("ann")}/acts/resend_invitation/"' in desk.text
        assert f'href="/ops/accounts/{sub_of("dora")}/acts/resend_invitation/"' not in desk.text

    def test_names_are_masked(self, desk: Tab) -> None:
        desk.get(LIST)
        assert "ann lee" not in desk.text
        assert "ann@example.com" not in desk.text

    def test_work_list_is_one_click_away_and_says_how_many(self, desk: Tab) -> None:
        desk.get(LIST)
        assert (
            '<a href="?state=expiring">Expires within 24 hours</a> <span class="beside">1</span>' in desk.text
        )
        desk.get(f"{LIST}?state=expiring")
        assert shown(desk) == ["bob"]

    def test_name_is_posted_and_stands_in_no_address(self, desk: Tab) -> None:
        desk.post(LIST, {"text": "carl@exa", "state": "expired"})
        assert shown(desk) == ["carl"]
        assert desk.page is not None
        assert "carl" not in str(desk.page.request["QUERY_STRING"])  # type: ignore[attr-defined]

    def test_that_it_was_read_is_in_the_log_without_what_was_typed(self, desk: Tab) -> None:
        desk.post(LIST, {"text": "carl@exa"})
        row = [row for row in stored() if row["event"] == "ops.accounts_listed"][-1]
        assert (row["step"], row["count"]) == ("invitations text", 1)

    def test_pages_lead_on_and_back(self, desk: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(search, "PAGE", 3)
        desk.get(LIST)
        assert len(shown(desk)) == 3
        desk.get(LIST + re.findall(r'href="(\?[^"]+)" rel="next"', desk.text)[0])
        assert shown(desk) == ["carl"]
        desk.get(LIST + re.findall(r'href="(\?[^"]+)" rel="prev"', desk.text)[0])
        assert shown(desk) == ["ann", "dora", "bob"]

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"state": "nonsense"}, "Choose one of the list."),
            ({"since": "tomorrow"}, "Type a day as 2026-03-02."),
            ({"since": "2026-03-02", "until": "2026-03-01"}, "This is before the first day."),
            ({"text": "x" * 257}, "Nothing is so long."),
        ],
    )
    def test_what_is_no_filter_is_told_and_kept(self, desk: Tab, fields: dict[str, str], words: str) -> None:
        desk.post(LIST, {"text": "kept text", **fields} if "text" not in fields else fields)
        assert desk.status == 400
        assert words in desk.text
        assert ("kept text" in desk.text) == ("text" not in fields)

    @pytest.mark.parametrize(
        "query", ["?after=0", "?after=1&before=2", "?after=99999", "?typed=nothing", "?x=1"]
    )
    def test_address_that_leads_nowhere_says_so(self, desk: Tab, query: str) -> None:
        desk.get(LIST + query)
        assert desk.status == 400
        assert "There is a problem" in desk.text

    def test_funnel_has_numbers_rates_and_leads_to_the_list(self, desk: Tab) -> None:
        desk.get(f"{FUNNEL}?since=2020-01-01")
        assert "Invited: 4. Opened: 1. Password set: 1. Second factor set: 0. Verified: 1." in desk.text
        assert "25.0 %" in desk.text
        assert f'href="{CSV}?since=2020-01-01"' in desk.text
        assert f'href="{LIST}?since=2020-01-01"' in desk.text

    def test_funnel_is_downloaded_with_the_same_numbers(self, desk: Tab) -> None:
        page = desk.get(CSV)
        assert page["Content-Type"] == "text/csv; charset=utf-8"
        assert "attachment" in page["Content-Disposition"]
        assert "Opened,1,25.0,25.0" in desk.text
        assert "staff-ops,1,1,1,0,1" in desk.text
        assert "Not by this portal,3,0,0,0,0" in desk.text

    @pytest.mark.parametrize("page", [FUNNEL, CSV])
    @pytest.mark.parametrize("query", ["?since=soon", "?state=expired", "?x=1"])
    def test_funnel_refuses_what_it_is_not_asked_by(self, desk: Tab, page: str, query: str) -> None:
        desk.get(page + query)
        assert desk.status == 400
        assert "There is a problem" in desk.text

    def test_auditor_reads_it_and_is_offered_no_act(self) -> None:
        tab = staff("auditors")
        tab.get(LIST)
        assert len(shown(tab)) == 4
        assert "resend_invitation" not in tab.text
        tab.get(FUNNEL)
        assert tab.status == 200


def test_empty_ledger_says_what_would_be_here(desk: Tab) -> None:
    desk.get(LIST)
    assert "No invitations here" in desk.text
    desk.get(FUNNEL)
    assert "No invitation was sent in this time." in desk.text


def test_index_that_is_off_is_told(desk: Tab, settings: Settings) -> None:
    settings.POOL_INDEX_MINUTES = 0
    desk.get(LIST)
    assert "POOL_INDEX_MINUTES is 0" in desk.text
