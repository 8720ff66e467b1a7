"""The page of the challenge: what is asked, what is refused, and what is kept."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cognito_portal.demo.server import EmbeddedCognito
from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite, browser_site
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller


@pytest.fixture(scope="module")
def strict_site(
    embedded: EmbeddedCognito, make_pool: Callable[..., Caller], make_database: Callable[[], Path]
) -> Iterator[BrowserSite]:
    """A pool that asks for more of its users than the demo pool does."""
    required = ("phone_number", "birthdate", "website")
    schema = [
        {"Name": name, "AttributeDataType": "String", "Required": True, "Mutable": True} for name in required
    ]
    with browser_site(embedded, make_pool(Schema=schema), make_database()) as running:
        yield running


def test_every_required_attribute_has_an_input_of_its_type(
    new_person: NewPerson, strict_site: BrowserSite
) -> None:
    person = new_person(strict_site)
    person.begin(strict_site.api.invite())

    expect(person.field("Phone number")).to_have_attribute("type", "tel")
    expect(person.field("Date of birth")).to_have_attribute("type", "date")
    expect(person.field("Website")).to_have_attribute("type", "url")


def test_malformed_attribute_is_refused_beside_its_field_and_then_mended(
    new_person: NewPerson, strict_site: BrowserSite
) -> None:
    person = new_person(strict_site)
    username = strict_site.api.invite()
    person.begin(username)
    person.field("Phone number").fill("020 7946 0018")
    person.field("Date of birth").fill("1990-12-31")
    person.field("Website").fill("https://example.com")
    person.field("New password").fill(GOOD_PASSWORD)
    person.press("Set password")

    person.sees_problem("Write the number with + and country code")
    expect(person.field("Phone number")).to_have_attribute("aria-invalid", "true")
    expect(person.field("Date of birth")).to_have_value("1990-12-31")
    person.field("Phone number").fill("+442079460018")
    person.field("New password").fill(GOOD_PASSWORD)
    person.press("Set password")
    person.sees("Your password is set")


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_weak_password_is_refused_and_the_next_one_taken(
    javascript: bool, new_person: NewPerson, site: BrowserSite, newhire: str
) -> None:
    person = new_person(site, java_script_enabled=javascript)
    person.begin(newhire)
    person.fill_in_new_password("weakweak")
    person.press("Set password")

    person.sees_problem("password")
    assert person.page.title().startswith("Error: ")
    expect(person.field("Full name")).to_have_value("Nia Newhire")
    expect(person.field("New password")).to_have_value("")
    expect(person.page.get_by_role("listitem").filter(has_text="A digit")).to_contain_text("not met")
    person.field("New password").fill(GOOD_PASSWORD)
    person.press("Set password")
    person.sees("Your password is set")
    assert len({row.attempt_id for row in site.rows(newhire)}) == 1


def test_temporary_password_is_refused_as_the_new_one(
    person: Person, site: BrowserSite, newhire: str
) -> None:
    person.begin(newhire)
    person.fill_in_new_password(TEMPORARY_PASSWORD)
    person.press("Set password")

    person.sees_problem("Choose a password other than the temporary one.")
    assert site.calls(newhire) == 1


def test_blank_around_a_pasted_password_is_pointed_out_and_never_dropped(
    person: Person, site: BrowserSite, newhire: str
) -> None:
    person.open("/sign-in/")
    _paste(person.page, "Password", f"{TEMPORARY_PASSWORD} ")
    hint = person.page.get_by_text("This password begins or ends with a blank.")

    expect(hint).to_be_visible()
    expect(person.field("Password")).to_have_value(f"{TEMPORARY_PASSWORD} ")
    person.field("Username").fill(newhire)
    person.press("Sign in")
    person.sees_problem("We could not sign you in")
    expect(person.page.get_by_text("The password you sent begins or ends with a blank.")).to_be_visible()
    assert [row.outcome for row in site.rows(newhire)] == ["", "bad_credentials"]


def _paste(page: Page, label: str, text: str) -> None:
    page.get_by_label("Username", exact=True).fill(text)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+x")
    page.get_by_label(label, exact=True).focus()
    page.keyboard.press("Control+v")


def test_shown_password_is_hidden_again_when_it_is_sent(person: Person, newhire: str) -> None:
    person.open("/sign-in/")
    person.fill_in_sign_in(newhire, "wrong")
    person.press("Show password")

    expect(person.field("Password")).to_have_attribute("type", "text")
    expect(person.page.get_by_text("Your password is shown")).to_be_attached()
    person.press("Sign in")
    person.sees_problem("We could not sign you in")
    expect(person.field("Password")).to_have_attribute("type", "password")
    expect(person.field("Username")).to_have_value(newhire)


def test_click_still_counts_when_the_hint_moves_the_button(
    person: Person, site: BrowserSite, newhire: str
) -> None:
    person.open("/sign-in/")
    person.fill_in_sign_in(newhire, f"{TEMPORARY_PASSWORD} ")
    person.press("Sign in")

    person.sees_problem("We could not sign you in")
