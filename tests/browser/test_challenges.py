"""Every challenge that the demo pool puts, from the sign-in page to the account page, with and without scripts.

NEW_PASSWORD_REQUIRED has a walk of its own (test_walk.py); other flows stand in test_flows.py.
"""

from collections.abc import Callable

import pytest

from tests.browser.conftest import NewPerson
from tests.browser.people import (
    MAIL,
    TEXT,
    authenticator,
    code_of,
    with_app,
    with_choice,
    with_codes,
    with_phone,
    without_factor,
)
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller

SENT, ASK_APP, SET_UP = (
    "Enter the code we sent you",
    "Enter the code of your authenticator app",
    "Set up a second step",
)
IS_SET_UP = "Your second step is set up"


@pytest.fixture
def person(new_person: NewPerson, site: BrowserSite, javascript: bool) -> Person:
    return new_person(site, java_script_enabled=javascript)


@pytest.mark.parametrize("setting", [MAIL, TEXT])
def test_code_that_was_sent_leads_to_the_account(person: Person, api: Caller, setting: str) -> None:
    username = with_codes(api, setting)
    person.sign_in(username, GOOD_PASSWORD)
    person.sees(SENT)
    person.enter_code(api.code(username))

    person.arrives(username)


def test_code_of_an_app_leads_to_the_account(person: Person, api: Caller) -> None:
    user = with_app(api)
    person.sign_in(user.username, GOOD_PASSWORD)
    person.sees(ASK_APP)
    person.enter_code(user.code())

    person.arrives(user.username)


def by_app(person: Person, username: str) -> None:
    app = person.scan()
    person.field("Name of this app (optional)").fill("My phone")
    person.enter_code(code_of(person.site.api, app))


def by_mail(person: Person, username: str) -> None:
    person.field("E-mail address").fill(f"{username}-second@example.com")
    person.press("Continue")
    person.sees(SENT)
    person.enter_code(person.site.api.code(username))


@pytest.mark.parametrize(
    ("way", "set_up"), [("Authenticator app", by_app), ("E-mail", by_mail)], ids=["app", "mail"]
)
def test_second_step_is_set_up_on_the_way_in(
    person: Person, api: Caller, way: str, set_up: Callable[[Person, str], None]
) -> None:
    username = without_factor(api)
    person.sign_in(username, GOOD_PASSWORD)
    person.sees(SET_UP)
    person.choose(way)
    set_up(person, username)
    person.sees(IS_SET_UP)
    person.follow("See your account")

    person.arrives(username)


def test_new_hire_sets_a_password_and_then_a_second_step(person: Person, api: Caller) -> None:
    username = api.invite()
    api.cognito.demand_second_factor(username)
    person.sign_in(username, TEMPORARY_PASSWORD)
    person.fill_in_new_password()
    person.press("Set password")
    person.sees(SET_UP)
    person.choose("Authenticator app")
    by_app(person, username)
    person.sees("Your password is set")
    person.follow("See your account")

    person.arrives(username)


def test_second_step_is_chosen_among_three(person: Person, api: Caller) -> None:
    user = with_choice(api)
    person.sign_in(user.username, GOOD_PASSWORD)
    person.sees("Choose your second step")
    person.choose("Text message")
    person.sees(SENT)
    person.enter_code(api.code(user.username))

    person.arrives(user.username)


def test_password_is_one_of_the_other_ways_in(person: Person, site: BrowserSite, api: Caller) -> None:
    username = with_phone(api)
    person.sign_in_other_way(username)
    person.field("Password").fill(GOOD_PASSWORD)
    person.press("Continue")

    person.arrives(username)
    assert site.steps(username)[:2] == ["InitiateAuth", "SELECT_CHALLENGE"]


@pytest.mark.parametrize("way", ["E-mail", "Text message"])
def test_code_alone_is_one_of_the_other_ways_in(person: Person, api: Caller, way: str) -> None:
    username = with_phone(api)
    person.sign_in_other_way(username)
    person.press(way)
    person.sees(SENT)
    person.enter_code(api.code(username))

    person.arrives(username)


def test_passkey_is_made_at_the_account_and_signs_in(
    new_person: NewPerson, site: BrowserSite, api: Caller
) -> None:
    person, username = new_person(site), api.confirm()
    with authenticator(person.page):
        person.sign_in(username, GOOD_PASSWORD)
        person.follow("Passkeys")
        person.press("Add a passkey")
        person.press("Make a passkey")
        person.is_told("Your passkey is added.")
        person.sign_out()
        person.sign_in_other_way(username)
        person.press("Passkey")
        person.press("Use your passkey")

        person.arrives(username)
    assert "WEB_AUTHN" in site.steps(username)
