"""Codes that are wrong, too short, spaced, used, somebody else's or too late; tabs, and the Back button."""

import pytest
from playwright.sync_api import expect

from cognito_portal.demo.server import EmbeddedCognito
from tests.browser.conftest import NewPerson
from tests.browser.people import MAIL, TEXT, with_app, with_codes, without_factor
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD, Caller

SENT, ASK_APP = "Enter the code we sent you", "Enter the code of your authenticator app"
NOT_RIGHT = "This code is not right"
STEP_S = 300


@pytest.fixture
def person(new_person: NewPerson, site: BrowserSite, javascript: bool) -> Person:
    return new_person(site, java_script_enabled=javascript)


@pytest.fixture
def mailed(api: Caller) -> str:
    """Somebody who is sent a code by mail."""
    return with_codes(api, MAIL)


def ask(person: Person, username: str) -> None:
    """Sign in up to the page that asks for a code that was sent."""
    person.sign_in(username, GOOD_PASSWORD)
    person.sees(SENT)


def other_than(code: str) -> str:
    """A code of the same length that is certainly wrong."""
    return str((int(code[0]) + 1) % 10) + code[1:]


def test_wrong_code_is_refused_beside_its_field_and_the_right_one_then_taken(
    person: Person, site: BrowserSite, api: Caller, mailed: str
) -> None:
    ask(person, mailed)
    code = api.code(mailed)
    person.enter_code(other_than(code))
    person.sees_problem(NOT_RIGHT)
    expect(person.field("Code")).to_have_attribute("aria-invalid", "true")
    expect(person.field("Code")).to_have_value("")
    person.enter_code(code)

    person.arrives(mailed)
    assert [row.outcome for row in site.rows(mailed) if row.step == "EMAIL_OTP"] == [
        "",
        "code_mismatch",
        "",
        "success",
    ]


@pytest.mark.parametrize("typed", ["", "123", "12345a"])
def test_what_is_no_code_is_sent_nowhere(person: Person, site: BrowserSite, mailed: str, typed: str) -> None:
    ask(person, mailed)
    person.enter_code(typed)

    person.sees_problem("A code has 6 to 8 digits." if typed else "Type the code.")
    assert site.steps(mailed) == ["InitiateAuth"]


def test_blanks_within_a_code_do_not_matter(person: Person, api: Caller) -> None:
    username = with_codes(api, TEXT)
    ask(person, username)
    code = api.code(username)
    person.enter_code(f" {code[:3]} {code[3:]} ")

    person.arrives(username)


def test_code_of_an_app_is_taken_once(person: Person, api: Caller) -> None:
    user = with_app(api)
    code, next_code = user.code(), user.code(later=30)
    person.sign_in(user.username, GOOD_PASSWORD)
    person.enter_code(code)
    person.arrives(user.username)
    person.sign_out()
    person.sign_in(user.username, GOOD_PASSWORD)
    person.sees(ASK_APP)
    person.enter_code(code)
    person.sees_problem("This code was already used. Wait for the next one.")
    person.enter_code(next_code)

    person.arrives(user.username)


def test_code_of_somebody_else_is_refused(
    person: Person, new_person: NewPerson, site: BrowserSite, api: Caller, mailed: str
) -> None:
    second, other = new_person(site), with_codes(api, MAIL)
    ask(person, mailed)
    ask(second, other)
    person.enter_code(api.code(other))

    person.sees_problem(NOT_RIGHT)
    second.enter_code(api.code(other))
    second.arrives(other)


def test_wrong_code_of_a_new_app_keeps_the_key(person: Person, api: Caller) -> None:
    username = without_factor(api)
    person.sign_in(username, GOOD_PASSWORD)
    person.choose("Authenticator app")
    app = person.scan()
    person.enter_code("000000")
    person.sees_problem("code")

    assert person.scan().secret == app.secret


def test_older_tab_cannot_send_its_code_and_the_newer_one_can(
    person: Person, site: BrowserSite, api: Caller, mailed: str
) -> None:
    ask(person, mailed)
    code = api.code(mailed)
    other = Person(person.page.context.new_page(), site)
    other.open("/sign-in/email-otp/")
    other.enter_code(other_than(code))
    other.sees_problem(NOT_RIGHT)
    person.enter_code(code)
    person.sees("This step was already sent")
    other.enter_code(code)

    other.arrives(mailed)
    assert len(site.steps(mailed)) == 3


def test_going_back_after_the_code_asks_for_nothing(
    person: Person, site: BrowserSite, api: Caller, mailed: str
) -> None:
    ask(person, mailed)
    person.enter_code(api.code(mailed))
    person.arrives(mailed)
    calls = site.calls(mailed)
    person.page.go_back()

    person.sees("Your account")
    assert site.calls(mailed) - calls <= 1


def test_address_of_another_challenge_leads_to_the_one_that_is_asked(
    person: Person, site: BrowserSite, mailed: str
) -> None:
    ask(person, mailed)
    person.open("/sign-in/software-token/")

    person.sees(SENT)
    assert site.steps(mailed) == ["InitiateAuth"]


def test_code_that_comes_too_late_begins_anew_with_the_username_kept(
    person: Person, api: Caller, embedded: EmbeddedCognito, mailed: str
) -> None:
    ask(person, mailed)
    code = api.code(mailed)
    with embedded.clock.moved(STEP_S + 10):
        person.enter_code(code)
        person.sees("Sign in")

    person.is_told("This step timed out or was already used.")
    expect(person.field("Username")).to_have_value(mailed)


def test_page_itself_tells_when_the_time_is_over(
    new_person: NewPerson, site: BrowserSite, mailed: str
) -> None:
    person = new_person(site)
    ask(person, mailed)
    person.let_pass(STEP_S)
    expect(person.page.get_by_role("heading", name="The time for this step is over")).to_be_visible()
    person.follow("Start again")

    person.sees("Sign in")
    expect(person.field("Username")).to_have_value(mailed)
    assert site.steps(mailed) == ["InitiateAuth"]
