"""The pages of the ops desk, as staff see them."""

import pytest
from django.contrib.auth.models import Group, User

from tests.audit.rows import stored
from tests.conftest import Portal
from tests.demo.conftest import GOOD_PASSWORD
from tests.signin.browsing import Tab, new_client

PASSWORD = "A-long-staff-password"
SECRET_VALUE = "Cora Confirmed"


@pytest.fixture
def desk(portal: Portal) -> Tab:
    return staff("ops")


def staff(*groups: str) -> Tab:
    user = User.objects.create_user(f"staff-{'-'.join(groups)}", password=PASSWORD)
    user.groups.set(Group.objects.filter(name__in=groups))
    tab = Tab(new_client())
    tab.post("/staff/sign-in/", {"username": user.username, "password": PASSWORD})
    return tab


def opened(desk: Tab, name: str) -> Tab:
    desk.post("/ops/", {"name": name})
    return desk


def test_help_desk_begins_at_the_desk_and_sees_no_way_into_the_log(desk: Tab) -> None:
    assert (desk.path, desk.status) == ("/ops/", 200)
    assert 'href="/audit/"' not in desk.text


def test_auditor_begins_at_the_log_and_may_look_at_accounts(portal: Portal) -> None:
    tab = staff("auditors")
    assert tab.path == "/audit/"
    username = portal.api.confirm()
    assert opened(tab, username).status == 200
    assert "All rows about this person" in tab.text


def test_name_leads_to_the_account_and_stands_in_no_address(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    opened(desk, username)
    assert desk.status == 200
    assert desk.path.startswith("/ops/accounts/")
    assert username not in desk.path
    assert f"<h1>{username}</h1>" in desk.text
    assert "Nothing stands in their way" in desk.text


def test_name_that_leads_to_nobody_gets_a_verdict_and_is_kept(desk: Tab) -> None:
    opened(desk, "nobody-at-all")
    assert desk.path == "/ops/"
    assert "There is no such account in the user pool." in desk.text
    assert 'value="nobody-at-all"' in desk.text


def test_other_spelling_is_offered(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    opened(desk, username.upper())
    assert username in desk.text


@pytest.mark.parametrize("name", ["", "   ", "n" * 257, "a\0b"])
def test_what_is_no_name_is_refused_with_words(desk: Tab, name: str) -> None:
    rows = len(stored())
    opened(desk, name)
    assert desk.status == 400
    assert "There is a problem" in desk.text
    assert len(stored()) == rows


@pytest.mark.parametrize("sub", ["no-such-sub", "x" * 65, 'a"b', "%00"])
def test_account_that_is_not_there_is_not_found(desk: Tab, sub: str) -> None:
    desk.get(f"/ops/accounts/{sub}/")
    assert desk.status == 404


def test_attributes_are_masked_until_asked_for_and_the_asking_is_in_the_log(
    portal: Portal, desk: Tab
) -> None:
    username = portal.api.confirm()
    opened(desk, username)
    assert SECRET_VALUE not in desk.text
    assert f"{username}@example.com" not in desk.text
    desk.post(f"{desk.path}attributes/", {})
    assert SECRET_VALUE in desk.text
    assert f"{username}@example.com" in desk.text
    assert [row["outcome"] for row in stored() if row["event"] == "ops.attributes_shown"] == ["success"]


def test_story_of_the_person_is_told(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    Tab(new_client()).start(username, "Wrong-pass-1")
    Tab(new_client()).start(username, GOOD_PASSWORD)
    opened(desk, username)
    assert desk.text.count("Username and password sent") == 2
    assert "Account looked at" not in desk.text


def test_what_somebody_typed_is_no_markup(desk: Tab) -> None:
    opened(desk, "<script>alert(1)</script>")
    assert "<script>alert" not in (desk.page.content.decode() if desk.page else "")


@pytest.mark.parametrize("path", ["/ops/", "/ops/accounts/some-sub/"])
def test_nobody_else_may_look(portal: Portal, path: str) -> None:
    tab = Tab(new_client())
    tab.get(path)
    assert tab.path == "/staff/sign-in/"
    tab = staff()
    tab.get(path)
    assert tab.status == 403
