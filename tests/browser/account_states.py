"""Every page of the account in every state, and how a person gets there."""

from tests.browser import people
from tests.browser.reaching import Reach, wrong_code
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD

QUARTER_S = 15 * 60


def account(person: Person) -> None:
    username = people.with_phone(person.site.api)
    person.sign_in(username, GOOD_PASSWORD)
    person.arrives(username)


def part(name: str, heading: str = "") -> Reach:
    """The page behind this link of the account page; its heading, where that is not the link's text."""

    def reach(person: Person) -> None:
        account(person)
        person.follow(name)
        person.sees(heading or name)

    return reach


def account_unconfirmed(person: Person) -> None:
    username = person.site.api.confirm(email_verified="false")
    person.sign_in(username, GOOD_PASSWORD)
    person.arrives(username)


password = part("Password", "Change your password")


def password_not_changed(person: Person) -> None:
    password(person)
    person.field("Present password").fill("Not-mine-1-pass")
    person.field("New password").fill("weakweak")
    person.press("Change password")
    person.sees_problem("There is a problem")


def details_refused(person: Person) -> None:
    part("Details", "Your details")(person)
    person.field("Full name").fill("")
    person.press("Save")
    person.sees_problem("There is a problem")


def contact_refused(person: Person) -> None:
    part("Details", "Your details")(person)
    person.field("New phone number").fill("020 7946 0018")
    person.page.get_by_role("button", name="Change", exact=True).last.click()
    person.sees_problem("There is a problem")


def contact_waits(person: Person) -> None:
    part("Details", "Your details")(person)
    person.field("New e-mail address").fill("somebody-else@example.com")
    person.page.get_by_role("button", name="Change", exact=True).first.click()
    person.is_told("A code is on its way to the new address")


def contact_code_refused(person: Person) -> None:
    contact_waits(person)
    person.field("Code that was sent there").fill("000000")
    person.press("Confirm")
    person.sees_problem("There is a problem")


def factors_on(person: Person) -> None:
    part("Second step", "Second step when you sign in")(person)
    person.press("Turn on Text message")
    person.press("Turn on E-mail")
    person.is_told("Your second steps are saved.")


def app_of_account(person: Person) -> None:
    part("Second step", "Second step when you sign in")(person)
    person.press("Set up an app")
    person.sees("Set up an authenticator app")


def passkey_to_make(person: Person) -> None:
    part("Passkeys", "Your passkeys")(person)
    person.press("Add a passkey")
    person.sees("Add a passkey")


def with_passkey(person: Person) -> None:
    with people.authenticator(person.page):
        passkey_to_make(person)
        person.press("Make a passkey")
        person.is_told("Your passkey is added.")


def passkey_asked_for(person: Person) -> None:
    with people.authenticator(person.page):
        username = people.with_phone(person.site.api)
        person.sign_in(username, GOOD_PASSWORD)
        person.follow("Passkeys")
        person.press("Add a passkey")
        person.press("Make a passkey")
        person.is_told("Your passkey is added.")
        person.sign_out()
        person.sign_in_other_way(username)
        person.press("Passkey")
        person.sees("Use your passkey")


def asked_again(person: Person) -> None:
    username = people.with_phone(person.site.api)
    person.sign_in(username, GOOD_PASSWORD)
    person.arrives(username)
    person.site.age_sign_in(username, QUARTER_S + 60)
    person.follow("Second step")
    person.is_told("To go on, please sign in once more.")


def not_me(person: Person) -> None:
    part("Recent sign-ins")(person)
    person.press("This wasn't me")
    person.is_told("your report is on record for the help desk")


ACCOUNT: dict[str, Reach] = {
    "account": account,
    "account, address not confirmed": account_unconfirmed,
    "password": password,
    "password, refused": password_not_changed,
    "details": part("Details", "Your details"),
    "details, refused": details_refused,
    "details, phone number refused": contact_refused,
    "details, address waits": contact_waits,
    "details, code refused": contact_code_refused,
    "factors": part("Second step", "Second step when you sign in"),
    "factors, on": factors_on,
    "app of the account": app_of_account,
    "app of the account, wrong code": wrong_code(app_of_account, "Turn on"),
    "passkeys, none": part("Passkeys", "Your passkeys"),
    "passkeys": with_passkey,
    "passkey to make": passkey_to_make,
    "passkey asked for": passkey_asked_for,
    "devices, none": part("Remembered devices"),
    "recent sign-ins": part("Recent sign-ins"),
    "not me": not_me,
    "asked again": asked_again,
}
