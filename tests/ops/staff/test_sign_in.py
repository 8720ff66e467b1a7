import json

import pytest
from django.contrib.auth.models import Group, User
from pytest_django import Settings

from tests.audit.rows import stored
from tests.ops.staff.conftest import PASSWORD, member, sign_in
from tests.signin.browsing import Tab, session_of

pytestmark = pytest.mark.usefixtures("sqlite")


def test_the_groups_exist_and_nobody_is_there() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == {"ops", "auditors", "admins"}
    assert not User.objects.exists()


@pytest.mark.parametrize(("group", "status"), [("auditors", 200), ("admins", 200), ("ops", 403), ("", 403)])
def test_the_audit_page_is_for_auditors(tab: Tab, settings: Settings, group: str, status: int) -> None:
    settings.STAFF_MFA_REQUIRED = ["none"]
    member("auditor", group)
    sign_in(tab, "auditor")
    tab.get("/audit/")
    assert (tab.path, tab.status) == ("/audit/", status)
    assert (stored()[-1]["event"] == "access.denied") is (status == 403)


def test_signing_in_changes_the_key_and_leaves_two_rows(tab: Tab) -> None:
    user = member("auditor")
    sign_in(tab, "auditor")
    rows = [row for row in stored() if row["event"] == "staff.signed_in"]
    assert [(row["phase"], row["outcome"]) for row in rows] == [("begin", ""), ("end", "success")]
    assert tab.session()["_auth_user_id"] == str(user.pk)


@pytest.mark.parametrize(
    ("name", "password"), [("auditor", "Wrong-password-1"), ("nobody", PASSWORD), ("", "")]
)
def test_a_wrong_sign_in_is_refused_with_two_rows(tab: Tab, name: str, password: str) -> None:
    member("auditor")
    sign_in(tab, name, password)
    assert tab.status == 403
    assert [row["outcome"] for row in stored()] == ["", "bad_credentials"]
    assert password not in tab.text or not password
    assert tab.cookie == ""


def test_tries_are_counted_like_the_walks(tab: Tab, settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 2
    member("auditor")
    for _ in range(2):
        sign_in(tab, "auditor", password="Wrong-password-1")
    sign_in(tab, "auditor")
    assert tab.status == 429
    assert tab.page is not None and "Retry-After" in tab.page
    assert "_auth_user_id" not in tab.session()


def test_signing_out_ends_the_session_with_a_row(tab: Tab) -> None:
    member("auditor", "auditors")
    sign_in(tab, "auditor")
    was = tab.cookie
    tab.post("/staff/sign-out/", {})
    assert session_of(was) == {}
    assert stored()[-1]["event"] == "staff.signed_out"
    assert tab.path == "/staff/sign-in/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_on_stays_here(tab: Tab, elsewhere: str) -> None:
    member("auditor", "auditors")
    sign_in(tab, "auditor", next=elsewhere)
    assert tab.path == "/audit/"


def test_a_key_made_before_is_not_built_upon(tab: Tab) -> None:
    member("first"), member("second")
    sign_in(tab, "first")
    was = tab.cookie
    sign_in(tab, "second")
    assert tab.cookie != was
    assert session_of(was) == {}
    assert "first" not in json.dumps(tab.session())
