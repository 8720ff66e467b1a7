"""Keyboard shortcuts: on for everybody, and off for whoever turned them off, in every browser of theirs."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from cognito_portal.audit import record
from cognito_portal.ops.models import StaffPreferences
from tests.audit.rows import stored
from tests.databases import Database
from tests.ops.staff.conftest import Clock, member, sign_in
from tests.signin.browsing import Tab

OWN, SHORTCUTS = "/staff/own/", "/staff/own/shortcuts/"
PAGES = ["/ops/", "/ops/accounts/"]


@pytest.fixture
def audrey(sqlite: Database, tab: Tab) -> User:
    """An auditor, signed in."""
    return signed_in(tab, "audrey")


def signed_in(tab: Tab, name: str) -> User:
    user = User.objects.filter(username=name).first() or member(name, "auditors")
    sign_in(tab, name)
    return user


def turn(tab: Tab, to: str) -> None:
    tab.post(SHORTCUTS, {"shortcuts": to})
    assert (tab.path, tab.status) == (OWN, 200)


def has_them(tab: Tab) -> bool:
    """Whether the pages that have a box have the script and, for it to show, the hint."""
    found = set()
    for path in PAGES:
        tab.get(path)
        found |= {word in tab.text for word in ("portal/shortcut", "data-shortcut-hint")}
    assert len(found) == 1
    return found.pop()


def test_they_are_on_at_first(tab: Tab, audrey: User) -> None:
    assert has_them(tab)
    tab.get(OWN)
    assert "It is on." in tab.text


def test_they_are_turned_off_and_on_again_by_a_form(tab: Tab, audrey: User) -> None:
    turn(tab, "off")
    assert "It is off." in tab.text
    assert not has_them(tab)
    turn(tab, "on")
    assert "It is on." in tab.text
    assert has_them(tab)


def test_choice_holds_in_another_browser_and_for_nobody_else(tab: Tab, audrey: User) -> None:
    turn(tab, "off")
    same, other = Tab(), Tab()
    signed_in(same, "audrey")
    signed_in(other, "anton")
    assert (has_them(same), has_them(other)) == (False, True)


def test_each_choice_is_a_row_of_the_log(tab: Tab, audrey: User) -> None:
    turn(tab, "off")
    turn(tab, "on")
    rows = [row for row in stored() if row["event"] == "staff.shortcuts_set"]
    assert [(row["step"], row["actor"], row["outcome"]) for row in rows] == [
        ("off", f"staff:{audrey.pk}", "success"),
        ("on", f"staff:{audrey.pk}", "success"),
    ]


def test_without_the_row_nothing_is_chosen(tab: Tab, audrey: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_row(**row: object) -> None:
        raise record.AuditUnavailable("no row")

    monkeypatch.setattr(record, "note", no_row)
    tab.post(SHORTCUTS, {"shortcuts": "off"})
    assert tab.status == 503
    assert not StaffPreferences.objects.exists()


def test_it_takes_no_fresh_sign_in(tab: Tab, audrey: User, later: Clock, settings: Settings) -> None:
    # A session that is left alone as long as that is over.
    later.offset_s = settings.FRESH_SIGN_IN_SECONDS - 60
    tab.get(OWN)
    later.offset_s = settings.FRESH_SIGN_IN_SECONDS + 1
    turn(tab, "off")
    assert "It is off." in tab.text
