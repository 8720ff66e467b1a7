"""The invitation ledger in a browser: by the keyboard alone, and without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.ledger_states import done, funnel, ledger
from tests.browser.sites import BrowserSite
from tests.browser.test_keyboard import tab_to
from tests.browser.walking import Person


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def person(new_person: NewPerson, site: BrowserSite, request: pytest.FixtureRequest) -> Person:
    return new_person(site, java_script_enabled=request.param)


def test_work_list_leads_to_the_person_and_to_the_resend(person: Person) -> None:
    ledger(person)
    person.page.get_by_role("link", name="Sent, never opened").click()
    expect(person.page.get_by_role("list", name="Filters in force")).to_contain_text("Sent, never opened")
    row = person.page.get_by_role("row").nth(1)
    username = row.get_by_role("link").first.inner_text()
    row.get_by_role("link", name=f"Resend {username}").click()
    person.sees("Resend the invitation")
    person.field("Reason").fill("INC-4711")
    person.press("Resend the invitation")
    person.is_told("A new invitation is on its way.")
    person.sees(username)


def test_numbers_of_the_funnel_come_as_a_file(person: Person) -> None:
    funnel(person)
    with person.page.expect_download() as started:
        person.follow("Download as CSV")
    assert started.value.suggested_filename == "invitations.csv"


def test_filter_is_set_by_keyboard(new_person: NewPerson, site: BrowserSite) -> None:
    person = new_person(site)
    done(person)
    person.open("/ops/invitations/")
    tab_to(person.page, "Name, address, number or sub")
    person.page.keyboard.type("@example.com")
    tab_to(person.page, "State")
    person.page.keyboard.type("Verified")
    tab_to(person.page, "Show")
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("list", name="Filters in force")).to_contain_text("Verified")
    tab_to(person.page, "Show")
