"""What the help desk does when somebody calls: find the account, and read why they cannot sign in."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD


@pytest.fixture
def person(new_person: NewPerson, site: BrowserSite, javascript: bool) -> Person:
    return new_person(site, java_script_enabled=javascript)


def test_call_of_somebody_who_is_disabled_is_answered(person: Person) -> None:
    username = person.site.api.confirm()
    person.site.api.signed("AdminDisableUser", Username=username)
    person.sign_in_as_help_desk()
    person.sees("Accounts")
    person.field("Username, e-mail address, phone number or sub").fill(f"{username}@example.com")
    person.page.keyboard.press("Enter")
    person.sees(username)

    main = person.page.get_by_role("main")
    expect(main).to_contain_text("The account is disabled.")
    expect(main).to_contain_text("Enable the account")
    expect(main).not_to_contain_text(f"{username}@example.com")


def test_disabled_account_is_put_right_from_its_verdict_and_its_person_signs_in(
    person: Person, new_person: NewPerson, site: BrowserSite
) -> None:
    username = person.site.api.confirm()
    person.site.api.signed("AdminDisableUser", Username=username)
    person.sign_in_as_help_desk()
    person.find(username)
    person.sees(username)
    person.page.get_by_role("link", name="Enable the account").first.click()
    person.sees("Enable the account")
    person.field("Reason").fill("INC-4711")
    person.press("Enable the account")
    person.is_told("The account is enabled.")

    caller = new_person(site)
    caller.sign_in(username, GOOD_PASSWORD)
    caller.arrives(username)
