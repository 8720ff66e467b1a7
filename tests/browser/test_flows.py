"""Every other flow, from the sign-in page to the account page; remembered browsers among them."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.people import MAIL, with_codes
from tests.browser.sites import AnySite, BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD
from tests.signin.stub import StubCognito

# The sites of these flows are started by one worker alone.
pytestmark = pytest.mark.xdist_group("flows")
SENT = "Enter the code we sent you"


def test_password_never_leaves_the_site_where_the_client_allows_srp_alone(
    new_person: NewPerson, srp_site: BrowserSite, javascript: bool
) -> None:
    person, username = new_person(srp_site, java_script_enabled=javascript), srp_site.api.confirm()
    person.sign_in(username, GOOD_PASSWORD)

    person.arrives(username)
    assert "PASSWORD_VERIFIER" in srp_site.steps(username)


@pytest.fixture
def careful(srp_site: BrowserSite) -> str:
    """Somebody who is sent a code by mail wherever they sign in."""
    return with_codes(srp_site.api, MAIL)


@pytest.fixture
def remembered(new_person: NewPerson, srp_site: BrowserSite, careful: str, javascript: bool) -> Person:
    """The same person, whose browser was remembered when they signed in with a code."""
    person = new_person(srp_site, java_script_enabled=javascript)
    person.sign_in_to_be_remembered(careful)
    person.sees(SENT)
    person.enter_code(srp_site.api.code(careful))
    person.arrives(careful)
    return person


def test_remembered_browser_is_asked_for_no_code(
    remembered: Person, srp_site: BrowserSite, careful: str
) -> None:
    remembered.sign_out()
    remembered.sign_in(careful, GOOD_PASSWORD)

    remembered.arrives(careful)
    assert srp_site.steps(careful)[-2:] == ["DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"]


def test_forgotten_browser_is_asked_for_a_code_again(remembered: Person, careful: str) -> None:
    remembered.follow("Remembered devices")
    expect(remembered.page.get_by_role("main").get_by_role("listitem")).to_contain_text("This one")
    remembered.page.get_by_role("button", name="Forget").click()
    remembered.is_told("The device is forgotten.")
    remembered.sign_out()
    remembered.sign_in(careful, GOOD_PASSWORD)

    remembered.sees(SENT)


def test_questions_of_the_pool_are_answered_one_by_one(
    new_person: NewPerson, custom_site: BrowserSite, javascript: bool
) -> None:
    person, username = new_person(custom_site, java_script_enabled=javascript), custom_site.api.confirm()
    person.open("/sign-in/")
    person.field("Username").fill(username)
    person.press("Continue")
    expect(person.page.get_by_text("Which colour is a ripe lemon?")).to_be_visible()
    expect(person.page.get_by_text("question-1")).to_have_count(0)
    person.field("Answer").fill("yellow")
    person.press("Continue")
    expect(person.page.get_by_text("How many legs has a spider?")).to_be_visible()
    person.field("Answer").fill("eight")
    person.press("Continue")

    person.arrives(username)


def test_password_comes_before_the_questions_where_it_is_given(
    new_person: NewPerson, custom_site: BrowserSite
) -> None:
    person, username = new_person(custom_site), custom_site.api.confirm()
    person.open("/sign-in/")
    person.fill_in_sign_in(username, GOOD_PASSWORD)
    person.press("Continue")

    person.sees("One more question")
    assert custom_site.steps(username) == ["InitiateAuth", "PASSWORD_VERIFIER"]


def test_administrators_flow_answers_its_challenge_by_itself(
    new_person: NewPerson, admin_site: BrowserSite, javascript: bool
) -> None:
    person, username = new_person(admin_site, java_script_enabled=javascript), admin_site.api.confirm()
    person.sign_in(username, GOOD_PASSWORD)

    person.arrives(username)
    assert admin_site.steps(username)[:2] == ["AdminInitiateAuth", "ADMIN_NO_SRP_AUTH"]


@pytest.mark.parametrize("challenge", ["PASSWORD", "PASSWORD_SRP"])
def test_password_that_is_asked_for_by_itself_leads_to_the_account(
    new_person: NewPerson, scripted_site: AnySite, stub_server: StubCognito, challenge: str
) -> None:
    person, user = new_person(scripted_site), stub_server.confirm(script=[challenge])
    person.sign_in(user.username, user.password)
    person.sees("Type your password")
    person.field("Password").fill(user.password)
    person.press("Continue")

    person.arrives(user.username)


def test_challenge_of_administrators_ends_the_walk_of_anybody_else(
    new_person: NewPerson, scripted_site: AnySite, stub_server: StubCognito
) -> None:
    person, user = new_person(scripted_site), stub_server.confirm(script=["ADMIN_NO_SRP_AUTH"])
    person.sign_in(user.username, user.password)

    person.sees("One more step is needed")
    person.open("/account/")
    person.sees("Sign in")
