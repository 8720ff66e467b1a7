"""Every page of the ops desk in every state, and how staff get there."""

from playwright.sync_api import expect

from tests.browser.reaching import Reach
from tests.browser.walking import Person


def desk(person: Person) -> None:
    person.sign_in_as_help_desk()
    person.open("/ops/")
    person.sees("Accounts")


def found(person: Person, name: str) -> None:
    desk(person)
    person.find(name)


def nothing_typed(person: Person) -> None:
    found(person, "")
    person.sees_problem("There is a problem")


def nobody(person: Person) -> None:
    found(person, "nobody-of-this-name")
    expect(person.page.get_by_text("There is no such account in the user pool.")).to_be_visible()


def invited(person: Person) -> None:
    username = person.site.api.invite()
    found(person, username)
    person.sees(username)


def looked_at_lately(person: Person) -> None:
    """The find page after a look at somebody who is invited, somebody who is disabled and somebody confirmed."""
    disabled = person.site.api.confirm()
    person.site.api.signed("AdminDisableUser", Username=disabled)
    desk(person)
    for username in (person.site.api.invite(), disabled, person.site.api.confirm()):
        person.find(username)
        person.sees(username)
        person.open("/ops/")
    expect(person.page.get_by_role("table", name="You looked at lately")).to_be_visible()


def in_clear(person: Person) -> None:
    invited(person)
    person.press("Show in clear")
    expect(person.page.get_by_role("button", name="Show in clear")).to_have_count(0)


def act(person: Person) -> None:
    invited(person)
    person.follow("Disable the account")
    person.sees("Disable the account")


def act_without_reason(person: Person) -> None:
    act(person)
    person.press("Disable the account")
    person.sees_problem("There is a problem")


def act_that_does_not_apply(person: Person) -> None:
    invited(person)
    person.open(f"{person.page.url.removeprefix(person.site.url)}acts/confirm/")
    person.sees("Confirm the account")


def done(person: Person) -> None:
    act(person)
    person.field("Reason").fill("INC-4711")
    person.press("Disable the account")
    person.is_told("The account is disabled.")


def requests(person: Person) -> None:
    username = person.site.api.invite()
    person.open("/sign-in/invitation/")
    person.field("Username").fill(username)
    person.press("Ask for a new invitation")
    person.sees("Your request was taken")
    person.sign_in_as_help_desk()
    person.open("/ops/requests/")
    person.sees("Requests")
    expect(person.page.get_by_text(username).first).to_be_visible()


DESK: dict[str, Reach] = {
    "desk": desk,
    "desk, nothing typed": nothing_typed,
    "desk, nobody": nobody,
    "desk, looked at lately": looked_at_lately,
    "account at the desk": invited,
    "account at the desk, in clear": in_clear,
    "requests": requests,
    "act": act,
    "act, no reason": act_without_reason,
    "act, does not apply": act_that_does_not_apply,
    "act, done": done,
}
