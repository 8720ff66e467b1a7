"""The account page: what people change by themselves, with and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.people import authenticator, code_of, with_phone
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD, OTHER_PASSWORD, Caller

QUARTER_S = 15 * 60


@pytest.fixture
def username(api: Caller) -> str:
    """Somebody with a verified address and a phone, and no second step."""
    return with_phone(api)


@pytest.fixture
def person(new_person: NewPerson, site: BrowserSite, javascript: bool, username: str) -> Person:
    """The same person, signed in."""
    return signed_in(new_person(site, java_script_enabled=javascript), username)


def signed_in(person: Person, username: str) -> Person:
    person.sign_in(username, GOOD_PASSWORD)
    person.arrives(username)
    return person


def test_password_is_changed_and_the_new_one_signs_in(person: Person, username: str) -> None:
    person.follow("Password")
    person.field("Present password").fill(GOOD_PASSWORD)
    person.field("New password").fill(OTHER_PASSWORD)
    person.press("Change password")
    person.is_told("Your password is changed.")
    person.sign_out()
    person.sign_in(username, OTHER_PASSWORD)

    person.arrives(username)


def test_wrong_present_password_is_refused_beside_its_field(person: Person) -> None:
    person.follow("Password")
    person.field("Present password").fill("Not-mine-1-pass")
    person.field("New password").fill(OTHER_PASSWORD)
    person.press("Change password")

    person.sees_problem("This is not your present password.")
    expect(person.field("Present password")).to_have_attribute("aria-invalid", "true")


def test_old_address_stays_until_the_new_one_is_confirmed(person: Person, api: Caller, username: str) -> None:
    old, new = f"{username}@example.com", f"{username}-new@example.com"
    part = person.page.get_by_role("region", name="E-mail address")
    person.follow("Details")
    person.field("New e-mail address").fill(new)
    part.get_by_role("button", name="Change", exact=True).click()
    person.is_told("Saved. A code is on its way to the new address")
    expect(part).to_contain_text(f"{new} waits for its code.")
    expect(part.get_by_role("strong").first).to_have_text(old)
    part.get_by_label("Code that was sent there").fill(api.code(username))
    part.get_by_role("button", name="Confirm", exact=True).click()

    person.is_told("Thank you. This address is confirmed.")
    expect(part.get_by_role("strong").first).to_have_text(new)


def test_address_that_was_never_confirmed_is_confirmed_by_a_code(
    new_person: NewPerson, site: BrowserSite, api: Caller, javascript: bool
) -> None:
    username = api.confirm(email_verified="false")
    person = signed_in(new_person(site, java_script_enabled=javascript), username)
    expect(person.page.get_by_text("An address is not confirmed yet")).to_be_visible()
    person.follow("Details")
    person.press("Send me a code")
    person.is_told("A code is on its way.")
    person.field("Code that was sent there").fill(api.code(username))
    person.press("Confirm")

    person.is_told("Thank you. This address is confirmed.")


def test_app_is_set_up_and_asked_for_and_turned_off_again(person: Person, api: Caller, username: str) -> None:
    person.follow("Second step")
    person.press("Set up an app")
    app = person.scan()
    person.enter_code(code_of(api, app), "Turn on")
    person.is_told("Your authenticator app is set up.")
    person.sign_out()
    person.sign_in(username, GOOD_PASSWORD)
    person.sees("Enter the code of your authenticator app")
    person.enter_code(code_of(api, app, later=30))
    person.arrives(username)
    person.follow("Second step")
    person.press("Turn off Authenticator app")

    person.is_told("Your second steps are saved.")
    person.sign_out()
    signed_in(person, username)


def test_second_of_two_steps_is_asked_for_first_when_it_is_preferred(
    person: Person, api: Caller, username: str
) -> None:
    person.follow("Second step")
    person.press("Turn on Text message")
    person.press("Turn on E-mail")
    person.press("Ask for this one first E-mail")
    expect(person.page.get_by_role("region", name="E-mail")).to_contain_text("On, and asked for first")
    person.sign_out()
    person.sign_in(username, GOOD_PASSWORD)

    person.sees("Enter the code we sent you")
    assert api.outbox(username)[0]["medium"] == "EMAIL"


def test_passkey_is_listed_not_made_twice_and_removed(
    new_person: NewPerson, site: BrowserSite, username: str
) -> None:
    person = signed_in(new_person(site), username)
    with authenticator(person.page):
        person.follow("Passkeys")
        person.press("Add a passkey")
        person.press("Make a passkey")
        person.is_told("Your passkey is added.")
        person.press("Add a passkey")
        person.press("Make a passkey")
        person.is_told("This device already has a passkey for this account.")
        person.open("/account/passkeys/")
        person.page.get_by_role("button", name="Remove").click()

    person.is_told("The passkey is removed.")
    expect(person.page.get_by_text("You have none so far.")).to_be_visible()


def test_sign_in_that_was_not_me_ends_every_session(
    person: Person, new_person: NewPerson, site: BrowserSite, username: str
) -> None:
    thief = signed_in(new_person(site), username)
    person.follow("Recent sign-ins")
    expect(person.page.get_by_role("listitem").filter(has_text="Signed in")).to_have_count(2)
    expect(person.page.get_by_text("You, now")).to_have_count(1)
    person.press("This wasn't me")
    person.sees("Sign in")
    person.is_told("your report is on record for the help desk")
    thief.open("/account/")

    thief.sees("Sign in")
    assert "account.not_me_reported" in {row.event for row in site.rows(username)}


def test_sign_out_everywhere_ends_every_session(
    person: Person, new_person: NewPerson, site: BrowserSite, username: str
) -> None:
    elsewhere = signed_in(new_person(site), username)
    person.press("Sign out everywhere")
    person.is_told("You are signed out everywhere.")
    elsewhere.open("/account/")

    elsewhere.sees("Sign in")


def test_old_sign_in_is_renewed_before_factors_are_shown_and_leads_back_there(
    person: Person, site: BrowserSite, username: str
) -> None:
    site.age_sign_in(username, QUARTER_S + 60)
    person.follow("Second step")
    person.is_told("To go on, please sign in once more.")
    expect(person.field("Username")).to_have_value(username)
    person.field("Password").fill(GOOD_PASSWORD)
    person.press("Sign in")

    person.sees("Second step when you sign in")


def test_page_with_an_old_sign_in_changes_nothing(person: Person, site: BrowserSite, username: str) -> None:
    person.follow("Second step")
    site.age_sign_in(username, QUARTER_S + 60)
    person.press("Turn on E-mail")

    person.is_told("To go on, please sign in once more.")
    assert "SetUserMFAPreference" not in site.steps(username)


def test_double_click_turns_a_step_on_once(
    person: Person, site: BrowserSite, username: str, javascript: bool
) -> None:
    person.follow("Second step")
    person.page.get_by_role("button", name="Turn on E-mail", exact=True).dblclick()
    shown = person.page.get_by_role("status").filter(has_text="Your second steps are saved.")
    if not javascript:
        # The second click may get the page that says that the first one counted.
        shown = shown.or_(person.page.get_by_role("heading", name="This step was already sent"))

    expect(shown).to_be_visible()
    assert site.steps(username).count("SetUserMFAPreference") == 1
