"""The pages on which staff sign in and see to their sign-in, in every state, and how one gets there."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import pyotp
from playwright.sync_api import expect

from tests.browser.people import authenticator
from tests.browser.reaching import Reach, at, wrong_code
from tests.browser.walking import Person


@dataclass(frozen=True)
class Member:
    """One of the staff, made by one test for itself."""

    name: str
    password: str


def new_member(person: Person, role: str = "ops") -> Member:
    name = f"s{secrets.token_hex(5)}"
    printed = person.site.live.manage("staff", "add", name, "--role", role)
    return Member(name, printed.split()[-1])


def send_password(person: Person, member: Member) -> None:
    person.open("/staff/sign-in/")
    person.field("Username").fill(member.name)
    person.field("Password").fill(member.password)
    person.press("Sign in")


def set_up(person: Person) -> Member:
    member = new_member(person)
    send_password(person, member)
    person.sees("Set up your second step")
    return member


def recovery_codes(person: Person) -> tuple[Member, list[str]]:
    """Set the app up; who it was, and their recovery codes."""
    member = set_up(person)
    app = person.scan()
    person.enter_code(app.now(), "Turn on")
    person.sees("Your recovery codes")
    shown = person.page.get_by_role("main").locator(".codes code").all_inner_texts()
    return member, [re.sub(r"\s", "", code) for code in shown]


def second_step(person: Person) -> list[str]:
    """A second sign-in, up to the code; recovery codes that are left."""
    member, codes = recovery_codes(person)
    send_password(person, member)
    person.sees("Second step")
    return codes


def own(person: Person) -> Member:
    member, _ = recovery_codes(person)
    person.follow("I have kept them: go on")
    person.sees("Accounts")
    person.follow("Your sign-in")
    person.sees("Your sign-in")
    return member


def own_with_nothing(person: Person) -> None:
    send_password(person, new_member(person, "auditors"))
    person.sees("Audit")
    person.follow("Your sign-in")
    person.sees("Your sign-in")


def own_without_shortcuts(person: Person) -> None:
    own_with_nothing(person)
    person.press("Turn shortcuts off")
    expect(person.page.get_by_role("button", name="Turn shortcuts on")).to_be_visible()


def own_last_one(person: Person) -> None:
    own(person)
    person.press("Remove Authenticator app")
    person.sees_problem("Add another one first")


def own_app(person: Person) -> pyotp.TOTP:
    own(person)
    person.follow("Set up another app instead")
    person.sees("Set up an app")
    return person.scan()


def own_passkey(person: Person) -> Member:
    member = own(person)
    person.press("Add a passkey")
    person.sees("Add a passkey")
    return member


def with_passkey(person: Person) -> Member:
    """Add a passkey; the browser must have an authenticator."""
    member = own_passkey(person)
    person.field("Name").fill("work laptop")
    person.press("Make a passkey")
    person.sees("Your sign-in")
    expect(person.page.get_by_role("main")).to_contain_text("work laptop")
    return member


def own_with_passkey(person: Person) -> None:
    with authenticator(person.page):
        with_passkey(person)


def second_step_with_passkey(person: Person) -> None:
    with authenticator(person.page):
        send_password(person, with_passkey(person))
        person.sees("Second step")


def own_codes(person: Person) -> None:
    own(person)
    person.press("Make new recovery codes")
    person.sees("Your recovery codes")


def own_password(person: Person) -> None:
    own(person)
    person.follow("Change password")
    person.sees("Change password")


def own_password_refused(person: Person) -> None:
    own_password(person)
    person.field("Present password").fill("not it")
    person.field("New password").fill("short")
    person.press("Change password")
    person.sees_problem("too short")


def company_no_role(person: Person) -> None:
    person.open("/staff/sign-in/")
    person.press("Sign in with your company account")
    person.sees("You have no role here")


def company_is_over(person: Person) -> None:
    person.open("/staff/company/back/?code=1&state=2")
    person.sees("This sign-in is over")


def state(reach: Callable[[Person], object]) -> Reach:
    """The page that a step leads to, whatever else the step tells."""

    def reached(person: Person) -> None:
        reach(person)

    return reached


SECOND_STEPS: dict[str, Reach] = {
    "staff sign-in with a company": at("/staff/sign-in/"),
    "staff set-up": state(set_up),
    "staff set-up, wrong code": wrong_code(state(set_up), "Turn on"),
    "staff recovery codes": state(recovery_codes),
    "staff second step": state(second_step),
    "staff second step, wrong code": wrong_code(state(second_step)),
    "staff second step, with a passkey": second_step_with_passkey,
    "your sign-in": state(own),
    "your sign-in, nothing set up": own_with_nothing,
    "your sign-in, shortcuts off": own_without_shortcuts,
    "your sign-in, last one": own_last_one,
    "your sign-in, with a passkey": own_with_passkey,
    "your sign-in, new codes": own_codes,
    "your sign-in, app": state(own_app),
    "your sign-in, app, wrong code": wrong_code(state(own_app), "Turn on"),
    "your sign-in, passkey": state(own_passkey),
    "your sign-in, password": own_password,
    "your sign-in, password refused": own_password_refused,
    "company sign-in, no role": company_no_role,
    "company sign-in, over": company_is_over,
}
