"""The list of accounts and its saved views in every state."""

import secrets

from playwright.sync_api import expect

from tests.browser.desk_states import desk
from tests.browser.reaching import Reach
from tests.browser.walking import Person


def listed(person: Person) -> None:
    """The list with an account in it that was looked at a moment ago."""
    username = person.site.api.invite(name="Nia Newhire")
    desk(person)
    person.find(username)
    person.sees(username)
    person.open("/ops/accounts/")
    person.sees("All accounts")
    expect(person.page.get_by_role("table", name="Accounts")).to_be_visible()


def searched(person: Person) -> None:
    listed(person)
    person.field("Name, address, number or sub").fill("@example.com")
    person.press("Show")
    expect(person.page.get_by_role("list", name="Filters in force")).to_be_visible()


def in_clear(person: Person) -> None:
    listed(person)
    person.press("Show in clear")
    expect(person.page.get_by_role("button", name="Show in clear")).to_have_count(0)


def nobody_fits(person: Person) -> None:
    listed(person)
    person.field("Name, address, number or sub").fill("nobody has this")
    person.press("Show")
    person.page.get_by_role("heading", name="No accounts here").wait_for()


def not_a_filter(person: Person) -> None:
    listed(person)
    person.page.get_by_text("More filters").click()
    person.field("Days").fill("many")
    person.press("Show")
    person.sees_problem("There is a problem")


def part_of_a_name(person: Person) -> None:
    username = person.site.api.invite()
    desk(person)
    person.find(username)
    person.sees(username)
    person.open("/ops/")
    person.find(username[1:])
    expect(person.page.get_by_role("link", name=username, exact=True)).to_be_visible()


def kept_view(person: Person) -> None:
    listed(person)
    person.page.get_by_label("State", exact=True).select_option("Invited")
    person.press("Show")
    person.page.get_by_text("Saved views", exact=True).last.click()
    person.field("Keep these filters as").fill(f"Invited {secrets.token_hex(4)}")
    person.press("Keep")
    person.sees("Saved views")


def view_without_filter(person: Person) -> None:
    kept_view(person)
    name = person.page.get_by_role("region", name="Your own").get_by_role("link").first.inner_text()
    person.follow(name)
    person.page.get_by_text("Saved views", exact=True).last.click()
    person.field("Keep these filters as").fill(name)
    person.press("Keep")
    person.sees_problem("You have a view of this name")


INDEX: dict[str, Reach] = {
    "accounts": listed,
    "accounts, searched": searched,
    "accounts, in clear": in_clear,
    "accounts, nobody": nobody_fits,
    "accounts, no filter": not_a_filter,
    "accounts, part of a name": part_of_a_name,
    "accounts, view kept": kept_view,
    "accounts, view of a name taken": view_without_filter,
}
