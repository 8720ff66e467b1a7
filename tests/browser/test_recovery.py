"""The ways out of a dead end, from the page of the refusal to being signed in."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.people import unconfirmed, with_phone
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD, OTHER_PASSWORD, Caller

REFUSED = "We could not sign you in"
NOT_RIGHT = "This code is not right or no longer valid. Ask for a new one."


@pytest.fixture
def person(new_person: NewPerson, site: BrowserSite, javascript: bool) -> Person:
    return new_person(site, java_script_enabled=javascript)


def refused(person: Person, username: str, password: str = "Wrong-pass-1") -> None:
    person.sign_in(username, password)
    person.sees_problem(REFUSED)


def ask_for_code(person: Person, username: str) -> None:
    person.follow("Forgot password?")
    person.field("Username").fill(username)
    person.press("Send me a code")
    person.sees("Set a new password")
    person.is_told("If there is an account with that username, a code is on its way.")


def set_password(person: Person, code: str) -> None:
    person.field("Code").fill(code)
    person.field("New password").fill(OTHER_PASSWORD)
    person.press("Set password")


def test_forgotten_password_is_replaced_by_a_code(person: Person, api: Caller) -> None:
    username = with_phone(api)
    refused(person, username)
    ask_for_code(person, username)
    expect(person.field("Username")).to_have_value(username)
    set_password(person, api.code(username))
    person.is_told("Your password is set. Sign in with it.")
    expect(person.field("Username")).to_have_value(username)
    person.field("Password").fill(OTHER_PASSWORD)
    person.press("Sign in")

    person.arrives(username)


def test_password_that_was_reset_by_the_help_desk_is_replaced_by_a_code(person: Person, api: Caller) -> None:
    username = with_phone(api)
    api.signed("AdminResetUserPassword", Username=username)
    refused(person, username, GOOD_PASSWORD)
    person.follow("Forgot password?")
    person.follow("I have a code already")
    person.field("Username").fill(username)
    set_password(person, api.code(username))
    person.field("Password").fill(OTHER_PASSWORD)
    person.press("Sign in")

    person.arrives(username)


def test_wrong_code_sets_no_password_and_the_right_one_does(person: Person, api: Caller) -> None:
    username = with_phone(api)
    refused(person, username)
    ask_for_code(person, username)
    set_password(person, "000000")
    person.sees_problem(NOT_RIGHT)
    expect(person.field("New password")).to_have_value("")
    set_password(person, api.code(username))

    person.is_told("Your password is set. Sign in with it.")


def test_weak_password_is_refused_before_the_code_is_used_up(person: Person, api: Caller) -> None:
    username = with_phone(api)
    refused(person, username)
    ask_for_code(person, username)
    person.field("Code").fill(api.code(username))
    person.field("New password").fill("weakweak")
    person.press("Set password")
    person.sees_problem("password")
    set_password(person, api.code(username))

    person.is_told("Your password is set. Sign in with it.")


def test_name_that_nobody_has_and_a_temporary_password_see_the_same_pages(
    person: Person, new_person: NewPerson, site: BrowserSite, api: Caller
) -> None:
    pages = {}
    for username in ("nobody-forgot", api.invite()):
        refused(person, username)
        ask_for_code(person, username)
        asked = person.reads()
        set_password(person, "000000")
        person.sees_problem(NOT_RIGHT)
        shown = asked + person.reads()
        pages[username] = shown.replace(username, "…")

    assert len(set(pages.values())) == 1, pages
    expect(person.page.get_by_role("link", name="Then ask for a new invitation.")).to_be_visible()


def test_account_is_confirmed_by_a_code_and_signs_in(person: Person, api: Caller) -> None:
    username = unconfirmed(api)
    refused(person, username, GOOD_PASSWORD)
    person.follow("Enter a confirmation code")
    person.field("Username").fill(username)
    person.press("Send me a new code")
    person.is_told("If there is an account that waits for confirmation, a code is on its way.")
    person.enter_code(api.code(username), "Confirm my account")
    person.is_told("Your account is confirmed. Sign in.")
    person.field("Password").fill(GOOD_PASSWORD)
    person.press("Sign in")

    person.arrives(username)


def test_wrong_confirmation_code_is_refused_beside_its_field(person: Person, api: Caller) -> None:
    username = unconfirmed(api)
    refused(person, username, GOOD_PASSWORD)
    person.follow("Enter a confirmation code")
    person.field("Username").fill(username)
    person.enter_code("000000", "Confirm my account")

    person.sees_problem(NOT_RIGHT)
