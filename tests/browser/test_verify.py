"""Two members of staff verify an account, with scripts and without, and by the keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite
from tests.browser.test_keyboard import tab_to, type_into
from tests.browser.verify_states import NOTE, account, second_person
from tests.browser.walking import Person


@pytest.fixture
def person(new_person: NewPerson, site: BrowserSite, javascript: bool) -> Person:
    return new_person(site, java_script_enabled=javascript)


def test_colleague_reads_what_was_seen_approves_it_and_the_address_is_marked(person: Person) -> None:
    username = second_person(person)
    person.follow(username)
    main = person.page.get_by_role("main")
    expect(main).to_contain_text(NOTE)
    expect(main).to_contain_text("hedda")
    expect(main).to_contain_text("not yet")
    person.press("Approve")
    person.is_told("You approved it: the account counts as verified.")
    found = person.site.api.signed("AdminGetUser", Username=username).body["UserAttributes"]
    assert {"Name": "email_verified", "Value": "true"} in found

    person.follow(username)
    expect(person.page.get_by_role("main")).to_contain_text("Approved by")


def test_what_was_typed_is_kept_until_it_is_right(person: Person) -> None:
    account(person)
    person.follow("Verify the account")
    person.field("Note").fill(NOTE)
    person.press("Verify the account")
    person.sees_problem("Choose by what you know the person.")
    expect(person.field("Note")).to_have_value(NOTE)
    person.field("Their manager’s word").check()
    person.press("Verify the account")
    person.is_told("The account counts as verified.")


def test_account_is_verified_by_the_keyboard_alone(new_person: NewPerson, site: BrowserSite) -> None:
    person = new_person(site)
    account(person)
    tab_to(person.page, "Verify the account")
    person.page.keyboard.press("Enter")
    person.sees("Verify the account")
    tab_to(person.page, "Identity document seen")
    person.page.keyboard.press("ArrowDown")
    expect(person.field("Called back on a known number")).to_be_checked()
    type_into(person.page, "Note", NOTE)
    tab_to(person.page, "Mark the e-mail address as verified")
    person.page.keyboard.press("Space")
    tab_to(person.page, "Verify the account")
    person.page.keyboard.press("Enter")
    person.is_told("The account counts as verified.")
