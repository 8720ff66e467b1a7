"""The list of accounts, its filters and saved views, as staff see them."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.index import entries, passes, search
from cognito_portal.ops.models import PoolIndexEntry, PoolIndexState, SavedView
from cognito_portal.ops.pages import typed
from tests.audit.rows import stored
from tests.databases import Database
from tests.ops.index.accounts import NOON, user
from tests.ops.test_desk import staff
from tests.signin.browsing import Tab

DAY_S = 86_400
LIST = "/ops/accounts/"


class NoCognito:
    """Nothing here asks Cognito; the pool's settings cannot be read."""


@pytest.fixture
def desk(sqlite: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Tab:
    settings.POOL_INDEX_ATTRIBUTES = ["email", "phone_number", "name", "custom:team"]
    monkeypatch.setattr(clients, "pool_settings", lambda: None)
    monkeypatch.setattr(clients, "cognito", NoCognito)
    return staff("ops")


def indexed(*accounts: PoolUser) -> None:
    with transaction.atomic():
        entries.store(accounts, is_whole=False)


def people() -> None:
    now = timezone.now().timestamp()
    blue = {"custom:team": "Blue"}
    indexed(
        user("ann", email="ann@example.com", email_verified="true", name="Ann Lee", **blue),
        user("bob", email="bob@example.com", enabled=False),
        user("carl", status="FORCE_CHANGE_PASSWORD", at=now - 6.5 * DAY_S, phone_number="+12025550123"),
        user("dora", status="FORCE_CHANGE_PASSWORD", at=now - 8 * DAY_S),
    )


def shown(tab: Tab) -> list[str]:
    """The usernames in the table, in their order."""
    return re.findall(r'<a class="person" href="/ops/accounts/[^"]+/">([^<]+)</a>', tab.text)


def asked(tab: Tab, **fields: str) -> list[str]:
    tab.post(LIST, fields)
    return shown(tab)


def rows(event: str) -> list[tuple[str, int | None]]:
    return [(row["step"], row["count"]) for row in stored() if row["event"] == event]


def address(tab: Tab) -> str:
    assert tab.page is not None
    return str(tab.page.wsgi_request.get_full_path())  # type: ignore[attr-defined]


def link(tab: Tab, words: str) -> str:
    found = re.search(rf'href="(\?[^"]*)"[^>]*>{words}', tab.page.content.decode() if tab.page else "")
    assert found, words
    return LIST + unescape(found[1])


def test_list_has_every_account_with_its_state_in_words(desk: Tab) -> None:
    people()
    desk.get(LIST)
    assert shown(desk) == ["ann", "bob", "carl", "dora"]
    for words in ("Confirmed", "Disabled", "Invited", "Temporary password expired", "4 of 4 accounts"):
        assert words in desk.text


def test_names_and_addresses_are_masked_until_asked_for_and_the_asking_is_in_the_log(desk: Tab) -> None:
    people()
    desk.get(LIST)
    assert "ann@example.com" not in desk.text
    assert "Ann Lee" not in desk.text
    assert "a•••@e•••" in desk.text
    desk.post(LIST, {"show": "clear"})
    assert "ann@example.com" in desk.text
    assert "Ann Lee" in desk.text
    assert rows("ops.attributes_shown") == [("list", 4)]


def test_every_look_is_in_the_log_with_its_filters_and_without_what_was_typed(desk: Tab) -> None:
    people()
    asked(desk, text="ann", status="CONFIRMED", sort="-created")
    assert rows("ops.accounts_listed") == [("status=CONFIRMED sort=-created text", 1)]
    assert not [row for row in stored() if row["person_id"] and row["event"].startswith("ops.")]


def test_what_was_typed_stands_in_no_address_and_in_the_box(desk: Tab) -> None:
    people()
    assert asked(desk, text="ann@exam") == ["ann"]
    assert re.fullmatch(r"/ops/accounts/\?typed=[0-9a-f]{16}", address(desk))
    assert 'value="ann@exam"' in desk.text
    assert "ann" not in " ".join(re.findall(r'href="([^"]*)"', desk.text.replace("sub-ann", "")))


def test_value_of_an_attribute_stands_in_no_address_either(desk: Tab) -> None:
    people()
    assert asked(desk, attribute="custom:team", value="blue") == ["ann"]
    assert "blue" not in address(desk)


def test_key_of_another_session_shows_nobody_and_asks_to_type_again(desk: Tab) -> None:
    people()
    asked(desk, text="ann")
    other = staff("auditors")
    other.get(address(desk))
    assert (other.status, shown(other)) == (400, [])
    assert "not kept any more" in other.text


def test_only_the_newest_texts_are_kept(desk: Tab) -> None:
    for number in range(typed.KEPT + 5):
        asked(desk, text=f"somebody {number}")
    kept = desk.session()[typed.SESSION_KEY]
    assert len(kept) == typed.KEPT
    assert {"text": "somebody 24"} in kept.values()


def test_same_text_has_the_same_address(desk: Tab) -> None:
    asked(desk, text="ann")
    first = address(desk)
    asked(desk, text="bob")
    asked(desk, text="ann")
    assert address(desk) == first


def test_filters_stand_in_the_address_and_go_one_by_one(desk: Tab) -> None:
    people()
    assert asked(desk, enabled="no", status="CONFIRMED") == ["bob"]
    assert address(desk) == "/ops/accounts/?status=CONFIRMED&enabled=no"
    desk.get("/ops/accounts/?status=CONFIRMED")
    assert shown(desk) == ["ann", "bob"]
    assert 'href="/ops/accounts/"><span><span class="sr">Remove the filter' in desk.text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("invitation=expiring", ["carl"]),
        ("invitation=expired", ["dora"]),
        ("invitation=open", ["carl"]),
        ("signed_in=never&enabled=yes", ["ann", "carl", "dora"]),
        ("email_verified=yes", ["ann"]),
        ("sort=-name", ["dora", "carl", "bob", "ann"]),
        ("sort=-created&enabled=yes", ["carl", "dora", "ann"]),
    ],
)
def test_filter_of_the_address_is_in_force(desk: Tab, query: str, names: list[str]) -> None:
    people()
    if "sort=-created" in query:
        PoolIndexEntry.objects.filter(username="ann").update(created_at=timezone.now() - timedelta(days=99))
    desk.get(f"{LIST}?{query}")
    assert shown(desk) == names


def test_whoever_has_not_signed_in_for_long_is_found(desk: Tab) -> None:
    people()
    PoolIndexEntry.objects.filter(username="bob").update(last_sign_in_at=timezone.now() - timedelta(days=91))
    PoolIndexEntry.objects.filter(username="ann").update(last_sign_in_at=timezone.now() - timedelta(days=89))
    assert asked(desk, signed_in="dormant", days="90") == ["bob"]


def test_pages_lead_on_and_back_without_a_name_in_their_address(
    desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PAGE", 3)
    monkeypatch.setattr(search.page, "__kwdefaults__", {"after": 0, "before": 0, "limit": 3})
    indexed(*(user(f"user{number}") for number in range(8)))
    asked(desk, text="user")
    assert shown(desk) == ["user0", "user1", "user2"]
    desk.get(link(desk, "Next"))
    assert shown(desk) == ["user3", "user4", "user5"]
    assert "user" not in address(desk)
    desk.get(link(desk, "Next"))
    assert shown(desk) == ["user6", "user7"]
    desk.get(link(desk, "Previous"))
    assert shown(desk) == ["user3", "user4", "user5"]
    desk.get(link(desk, "Previous"))
    assert shown(desk) == ["user0", "user1", "user2"]
    assert "Previous" not in desk.text


BAD = [
    {"text": "x" * 257},
    {"text": "a\0b"},
    {"status": "NO_SUCH"},
    {"signed_in": "dormant"},
    {"signed_in": "dormant", "days": "0"},
    {"signed_in": "dormant", "days": "many"},
    {"days": "9"},
    {"attribute": "custom:team"},
    {"value": "blue"},
    {"attribute": "custom:other", "value": "x"},
    {"sort": "password"},
    {"nonsense": "1"},
]


@pytest.mark.parametrize("fields", BAD, ids=str)
def test_what_is_no_filter_is_refused_with_words_and_kept(desk: Tab, fields: dict[str, str]) -> None:
    people()
    assert asked(desk, **{"email_verified": "yes"} | fields) == []
    assert desk.status == 400
    assert "There is a problem" in desk.text
    assert '<option value="yes" selected>Yes</option>' in desk.text
    if "days" in fields:
        assert f'value="{fields["days"]}"' in desk.text
    assert [row["outcome"] for row in stored() if row["event"] == "ops.input_refused"] == ["input_refused"]


@pytest.mark.parametrize(
    "query",
    [
        "after=0",
        "after=x",
        "after=1&before=2",
        "after=99999999999999999999",
        "typed=zz",
        "after=77",
        "days=%00",
    ],
)
def test_address_of_no_page_is_refused_with_a_way_on(desk: Tab, query: str) -> None:
    people()
    desk.get(f"{LIST}?{query}")
    assert desk.status == 400
    assert f'href="{LIST}"' in desk.text


def test_what_stands_in_an_account_is_no_markup(desk: Tab) -> None:
    indexed(user("<b>x</b>", name="<script>alert(1)</script>"))
    desk.post(LIST, {"show": "clear"})
    assert "<script>alert" not in (desk.page.content.decode() if desk.page else "")


# --- how the index stands


def test_empty_index_says_that_it_has_not_been_whole(desk: Tab) -> None:
    desk.get(LIST)
    assert "The list has not been whole yet." in desk.text
    assert "No accounts here" in desk.text
    assert "failed" not in desk.text


def test_pass_under_way_is_told_with_how_far_it_is(desk: Tab) -> None:
    PoolIndexState.objects.create(
        pool_id=passes.state_of_pool().pool_id,
        is_running=True,
        seen=120,
        whole_at=timezone.now(),
        accounts=300,
    )
    desk.get(LIST)
    assert "last whole with 300 accounts" in desk.text
    assert "has seen 120 so far" in desk.text


def test_missing_right_is_named(desk: Tab) -> None:
    PoolIndexState.objects.create(
        pool_id=passes.state_of_pool().pool_id, problem="access_denied", lacking="cognito-idp:ListUsers"
    )
    desk.get(LIST)
    assert "cognito-idp:ListUsers" in desk.text
    assert "cognito-idp:AdminGetUser" in desk.text


def test_call_that_failed_is_told_without_talk_of_rights(desk: Tab) -> None:
    PoolIndexState.objects.create(pool_id=passes.state_of_pool().pool_id, problem="throttled")
    desk.get(LIST)
    assert "failed (Throttled by Cognito)" in desk.text
    assert "cognito-idp" not in desk.text


def test_index_that_is_off_says_so(desk: Tab, settings: Settings) -> None:
    settings.POOL_INDEX_MINUTES = 0
    desk.get(LIST)
    assert "POOL_INDEX_MINUTES is 0" in desk.text


@pytest.mark.parametrize("path", [LIST, "/ops/views/", "/ops/views/1/"])
def test_nobody_else_may_look(sqlite: Database, path: str) -> None:
    tab = staff()
    tab.get(path)
    assert tab.status == 403


# --- views


def kept(tab: Tab, query: str, **fields: Any) -> Tab:
    tab.post("/ops/views/", {"query": query, "name": "Blue ones", **fields})
    return tab


def test_view_is_kept_and_opens_its_list(desk: Tab) -> None:
    people()
    kept(desk, "status=CONFIRMED&enabled=no")
    assert "Blue ones" in desk.text
    desk.get(f"/ops/views/{SavedView.objects.get().pk}/")
    assert (desk.path, shown(desk)) == (LIST, ["bob"])
    assert rows("ops.view_saved") == [(f"view:{SavedView.objects.get().pk} own", None)]


def test_view_keeps_the_value_of_an_attribute_and_no_text(desk: Tab) -> None:
    people()
    asked(desk, attribute="custom:team", value="Blue", text="ann")
    query = re.search(r'name="query" value="([^"]*)"', desk.text)
    assert query
    kept(desk, query[1])
    one = SavedView.objects.get()
    assert (one.query, one.value) == ("attribute=custom%3Ateam", "Blue")
    desk.get(f"/ops/views/{one.pk}/")
    assert shown(desk) == ["ann"]
    assert "Blue" not in address(desk)


def test_view_is_seen_by_others_once_it_is_shared(desk: Tab) -> None:
    kept(desk, "status=CONFIRMED")
    one = SavedView.objects.get()
    other = staff("auditors")
    other.get(f"/ops/views/{one.pk}/")
    assert other.status == 404
    desk.post(f"/ops/views/{one.pk}/share/", {"is_shared": "1"})
    other.get(f"/ops/views/{one.pk}/")
    assert (other.status, other.path) == (200, LIST)
    other.post(f"/ops/views/{one.pk}/delete/", {})
    assert other.status == 404
    desk.post(f"/ops/views/{one.pk}/delete/", {})
    assert not SavedView.objects.exists()
    assert [event for event, _ in rows("ops.view_removed")] == [f"view:{one.pk} shared"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "x"),
        ("status=CONFIRMED", ""),
        ("status=CONFIRMED", "n" * 81),
        ("status=NO", "x"),
        ("typed=1", "x"),
    ],
)
def test_what_is_no_view_is_refused_with_words(desk: Tab, query: str, name: str) -> None:
    kept(desk, query, name=name)
    assert desk.status == 400
    assert "There is a problem" in desk.text
    assert not SavedView.objects.exists()


def test_two_views_of_one_name_are_refused_and_what_was_typed_is_kept(desk: Tab) -> None:
    kept(desk, "status=CONFIRMED")
    kept(desk, "enabled=no", is_shared="1")
    assert desk.status == 400
    assert 'value="Blue ones"' in desk.text
    assert 'value="enabled=no"' in desk.text
    assert SavedView.objects.count() == 1


def test_view_for_an_attribute_that_is_chosen_no_longer_says_so(desk: Tab, settings: Settings) -> None:
    asked(desk, attribute="custom:team", value="Blue")
    query = re.search(r'name="query" value="([^"]*)"', desk.text)
    assert query
    kept(desk, query[1])
    settings.POOL_INDEX_ATTRIBUTES = ["email"]
    desk.get(f"/ops/views/{SavedView.objects.get().pk}/")
    assert desk.status == 400
    assert "does not keep this attribute" in desk.text


def test_dates_are_shown(desk: Tab) -> None:
    indexed(user("ann", at=NOON))
    desk.get(LIST)
    assert "2026-09-21" in desk.text
