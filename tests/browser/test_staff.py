"""Staff sign in with a second step, with a passkey and by their company, with and without scripts."""

import pyotp
import pytest

from tests.browser.conftest import NewPerson
from tests.browser.people import authenticator
from tests.browser.sites import BrowserSite
from tests.browser.staff_states import (
    new_member,
    recovery_codes,
    second_step,
    send_password,
    with_passkey,
)
from tests.browser.walking import Person
from tests.ops.staff.oidc import Provider

pytestmark = pytest.mark.xdist_group("flows")


@pytest.fixture
def person(new_person: NewPerson, staff_site: BrowserSite, javascript: bool) -> Person:
    return new_person(staff_site, java_script_enabled=javascript)


@pytest.fixture
def scripted(new_person: NewPerson, staff_site: BrowserSite) -> Person:
    return new_person(staff_site)


def test_help_desk_sets_up_an_app_and_comes_to_the_desk(person: Person) -> None:
    recovery_codes(person)
    person.follow("I have kept them: go on")
    person.sees("Accounts")


def test_lost_phone_is_no_lost_day(person: Person) -> None:
    codes = second_step(person)
    person.enter_code(f"{codes[0][:4]} {codes[0][4:]}")
    person.sees("Accounts")


def test_passkey_signs_in(scripted: Person) -> None:
    with authenticator(scripted.page):
        member = with_passkey(scripted)
        scripted.press("Sign out")
        send_password(scripted, member)
        scripted.sees("Second step")
        scripted.press("Use your passkey")
        scripted.sees("Accounts")


def test_everything_is_reached_by_keyboard(scripted: Person) -> None:
    member = new_member(scripted)
    scripted.open("/staff/sign-in/")
    scripted.field("Username").focus()
    keyboard = scripted.page.keyboard
    keyboard.type(member.name)
    keyboard.press("Tab")
    keyboard.type(member.password)
    keyboard.press("Enter")
    scripted.sees("Set up your second step")
    app: pyotp.TOTP = scripted.scan()
    scripted.field("Code").focus()
    keyboard.type(app.now())
    keyboard.press("Enter")
    scripted.sees("Your recovery codes")


def test_company_sign_in_goes_there_and_back_under_the_policy(person: Person, provider: Provider) -> None:
    provider.person["groups"] = ["desk"]
    try:
        person.open("/staff/sign-in/")
        person.press("Sign in with your company account")
        person.sees("Accounts")
    finally:
        provider.person["groups"] = []
