"""The key / leads to the box, and only where nobody types and nobody turned it off."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite
from tests.browser.staff_states import own_with_nothing
from tests.browser.walking import Person

FIND, LIST = "/ops/", "/ops/accounts/"
BOXES = {FIND: "Username, e-mail address, phone number or sub", LIST: "Name, address, number or sub"}
HINT = "Press / to go to this box."


def opened(person: Person, path: str) -> Locator:
    """The box of this page, once the script is there."""
    person.open(path)
    person.page.wait_for_load_state("load")
    return person.field(BOXES[path])


def press(person: Person, key: str) -> None:
    person.page.keyboard.press(key)


@pytest.fixture
def desk(person: Person) -> Person:
    person.sign_in_as_help_desk()
    return person


@pytest.mark.parametrize("path", BOXES)
def test_key_leads_to_the_box_and_is_not_typed_into_it(desk: Person, path: str) -> None:
    box = opened(desk, path)
    expect(desk.page.get_by_text(HINT)).to_be_visible()
    expect(box).to_have_attribute("aria-keyshortcuts", "/")
    expect(box).not_to_be_focused()
    press(desk, "/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")


def test_what_stood_in_the_box_is_typed_over(desk: Person) -> None:
    box = opened(desk, FIND)
    desk.find("nobody-of-this-name")
    expect(desk.page.get_by_text("There is no such account in the user pool.")).to_be_visible()
    press(desk, "/")
    expect(box).to_be_focused()
    desk.page.keyboard.type("mary")
    expect(box).to_have_value("mary")


@pytest.mark.parametrize("path", BOXES)
def test_key_is_typed_where_somebody_types(desk: Person, path: str) -> None:
    box = opened(desk, path)
    box.focus()
    desk.page.keyboard.type("a/b")
    expect(box).to_have_value("a/b")


def test_key_is_typed_into_another_field_of_the_page(desk: Person) -> None:
    opened(desk, LIST)
    desk.page.get_by_text("More filters").click()
    other = desk.field("Days")
    other.focus()
    desk.page.keyboard.type("a/b")
    expect(other).to_have_value("a/b")


@pytest.mark.parametrize("tag", ["select", "textarea", "p contenteditable"])
def test_key_is_left_to_whatever_else_takes_it(desk: Person, tag: str) -> None:
    box = opened(desk, FIND)
    made = f"<{tag} id='typed-into'></{tag.split()[0]}>"
    desk.page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", made)
    other = desk.page.locator("#typed-into")
    other.focus()
    press(desk, "/")
    expect(other).to_be_focused()
    expect(box).not_to_be_focused()


@pytest.mark.parametrize("modifier", ["Control", "Alt", "Meta"])
def test_key_with_another_one_held_is_the_browsers(desk: Person, modifier: str) -> None:
    box = opened(desk, FIND)
    press(desk, f"{modifier}+/")
    expect(box).not_to_be_focused()
    press(desk, "/")
    expect(box).to_be_focused()


def test_key_works_on_keyboards_that_have_it_above_the_7(desk: Person) -> None:
    box = opened(desk, FIND)
    press(desk, "Shift+/")
    expect(box).to_be_focused()


def test_whoever_turned_it_off_has_neither_key_nor_hint_and_may_turn_it_on_again(person: Person) -> None:
    own_with_nothing(person)
    person.press("Turn shortcuts off")
    expect(person.page.get_by_text("It is off.")).to_be_visible()
    for path in BOXES:
        box = opened(person, path)
        expect(person.page.get_by_text(HINT)).to_have_count(0)
        press(person, "/")
        expect(box).not_to_be_focused()
    person.follow("Your sign-in")
    person.press("Turn shortcuts on")
    box = opened(person, FIND)
    press(person, "/")
    expect(box).to_be_focused()


def test_without_javascript_nothing_is_promised_and_the_switch_works(
    new_person: NewPerson, site: BrowserSite
) -> None:
    person = new_person(site, java_script_enabled=False)
    own_with_nothing(person)
    for path in BOXES:
        person.open(path)
        expect(person.page.get_by_text(HINT)).to_be_hidden()
        assert person.field(BOXES[path]).get_attribute("aria-keyshortcuts") is None
    person.follow("Your sign-in")
    person.press("Turn shortcuts off")
    expect(person.page.get_by_text("It is off.")).to_be_visible()
    person.press("Turn shortcuts on")
    expect(person.page.get_by_text("It is on.")).to_be_visible()
