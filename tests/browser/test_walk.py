"""The walk of a new hire from the invitation to the audit log, in a real browser."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD

UTC_TIME = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
WALK = [
    "signin.started begin",
    "signin.started end challenge",
    "signin.answered begin",
    "signin.answered end success",
    "account.notified single success",
    "account.signed_out begin",
    "account.signed_out end success",
    "signin.started begin",
    "signin.started end success",
]


@pytest.mark.parametrize(
    ("kind", "javascript"), [("site", True), ("site", False), ("secret_site", True)], ids=str
)
def test_new_hire_walks_to_the_end_and_the_auditor_sees_every_step(
    kind: str, javascript: bool, newhire: str, new_person: NewPerson, request: pytest.FixtureRequest
) -> None:
    site: BrowserSite = request.getfixturevalue(kind)
    person = new_person(site, java_script_enabled=javascript)

    person.walk(newhire)
    person.follow("See your account")
    person.sees("Your account")
    person.press("Sign out")
    person.sign_in(newhire, GOOD_PASSWORD)
    person.sees("Your account")

    assert [f"{row.event} {row.phase} {row.outcome}".strip() for row in site.rows(newhire)] == WALK
    _auditor_sees(new_person(site, java_script_enabled=javascript), newhire, rows=len(WALK))


def _auditor_sees(auditor: Person, username: str, *, rows: int) -> None:
    auditor.sign_in_as_auditor()
    auditor.page.get_by_text("More filters").click()
    auditor.field("Also what was begun").check()
    auditor.field("Person").fill(username)
    auditor.press("Show")
    theirs = auditor.page.locator("tbody tr").filter(has_text=username)
    expect(theirs).to_have_count(rows)
    expect(theirs.first).to_contain_text("Success")
    expect(theirs.last).to_contain_text("Username and password sent")


def test_account_page_tells_who_is_there_and_since_when(person: Person, newhire: str) -> None:
    person.walk(newhire)
    person.open("/account/")

    expect(person.page.get_by_role("main")).to_contain_text(newhire)
    expect(person.page.get_by_role("time")).to_have_attribute("title", UTC_TIME)


def test_nobody_sees_the_account_page_after_signing_out(person: Person, newhire: str) -> None:
    person.walk(newhire)
    person.sign_out()
    person.page.go_back()

    person.sees("Sign in")


def test_what_was_typed_before_the_script_came_is_checked_as_well(person: Person, newhire: str) -> None:
    held: list[Route] = []
    person.page.route("**/password-checklist*.js", lambda route: held.append(route))
    person.begin(newhire)
    person.field("New password").fill("abcdefg1")
    held[0].continue_()

    expect(person.page.get_by_text("3 of 5 rules met")).to_be_visible()


def test_rules_of_the_checklist_are_met_while_typing(person: Person, newhire: str) -> None:
    person.begin(newhire)
    met = person.page.get_by_role("listitem").filter(has_text="– met")

    person.field("New password").fill("abcdefg1")
    expect(met).to_have_count(3)
    expect(person.page.get_by_text("3 of 5 rules met")).to_be_visible()
    person.field("New password").fill(GOOD_PASSWORD)
    expect(met).to_have_count(5)
