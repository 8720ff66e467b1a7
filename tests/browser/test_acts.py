"""The help desk's acts that ask for more than a reason, in a browser: with and without JavaScript, by keyboard."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.browser.acts_states import REASON, at_desk, delete, fill_in_invitation, group_of, invite
from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD


@pytest.fixture
def person(new_person: NewPerson, site: BrowserSite, javascript: bool) -> Person:
    return new_person(site, java_script_enabled=javascript)


def test_person_is_invited_and_walks_in(person: Person, new_person: NewPerson, site: BrowserSite) -> None:
    invite(person)
    username = fill_in_invitation(person)
    person.press("Invite")
    person.sees(username)
    person.is_told("its invitation is on its way")

    password = site.api.outbox(username)[0]["body"].rpartition(" ")[2]
    hire = new_person(site)
    hire.sign_in(username, password)
    hire.sees("Choose your password")
    hire.field("New password").fill(GOOD_PASSWORD)
    hire.press("Set password")
    hire.sees("Your password is set")


def test_what_was_typed_stays_after_a_refusal(person: Person) -> None:
    invite(person)
    fill_in_invitation(person)
    person.field("E-mail address").fill("nowhere")
    person.press("Invite")
    person.sees_problem("E-mail address: Write an e-mail address")
    expect(person.field("E-mail address")).to_have_value("nowhere")
    expect(person.page.get_by_label("Full name")).to_have_value("Ina Invited")


def test_account_leaves_a_group_from_the_list_of_its_groups(person: Person) -> None:
    username = person.site.api.confirm()
    name = group_of(person.site.api, username)
    at_desk(person, username)
    person.follow("Show groups, devices and Cognito’s own sign-in events")
    person.page.get_by_role("link", name=re.compile(name)).click()
    expect(person.page.get_by_label("Group")).to_have_value(name)
    person.field("Reason").fill(REASON)
    person.press("Take out of a group")
    person.is_told("They are out of the group.")


def test_invitation_goes_by_keyboard_alone(new_person: NewPerson, site: BrowserSite) -> None:
    person = new_person(site)
    invite(person)
    username = "k" + secrets.token_hex(6)
    keys = person.page.keyboard
    person.field("Username").focus()
    keys.type(username)
    for text in ("Kay Board", f"{username}@example.com"):
        keys.press("Tab")
        keys.type(text)
    keys.press("Tab")
    keys.press("Space")
    expect(person.page.get_by_role("checkbox", name="The e-mail address is theirs")).to_be_checked()
    # Phone number, whether it is theirs, the medium, what stands folded away, the reason.
    for _ in range(5):
        keys.press("Tab")
    keys.type(REASON)
    keys.press("Enter")
    person.sees(username)


def test_summary_leads_to_the_field_by_keyboard(new_person: NewPerson, site: BrowserSite) -> None:
    person = new_person(site)
    delete(person)
    person.press("Delete the account")
    person.sees_problem("Type the username to delete it")
    person.page.get_by_role("alert").get_by_role("link").first.press("Enter")
    expect(person.page.get_by_label("Type the username to delete it")).to_be_focused()
