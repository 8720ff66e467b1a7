"""What the help desk does when somebody calls: find the account, and read why they cannot sign in."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person


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
