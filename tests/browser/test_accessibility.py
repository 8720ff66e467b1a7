"""Every page in every state: no axe violation, light and dark, narrow and wide, and nothing to scroll sideways."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import TEMPORARY_PASSWORD

WIDTHS = (320, 1280)
SCHEMES = ("light", "dark")
STEP_S = 300

Reach = Callable[[Person, str], None]


def at(path: str) -> Reach:
    return lambda person, username: person.open(path)


def pressed(path: str, button: str) -> Reach:
    def reach(person: Person, username: str) -> None:
        person.open(path)
        person.press(button)
        person.sees_problem("There is a problem")

    return reach


def refused(person: Person, username: str) -> None:
    person.open("/sign-in/")
    person.fill_in_sign_in(username, " wrong ")
    person.field("Password").press("Enter")
    person.sees_problem("We could not sign you in")


def new_password(person: Person, username: str) -> None:
    person.begin(username)


def rules_partly_met(person: Person, username: str) -> None:
    person.begin(username)
    person.field("New password").fill("half way ")
    person.field("Full name").focus()
    expect(person.page.get_by_text("of 5 rules met")).to_be_visible()


def password_refused(person: Person, username: str) -> None:
    person.begin(username)
    person.fill_in_new_password("weakweak")
    person.press("Set password")
    person.sees_problem("There is a problem")


def input_refused(person: Person, username: str) -> None:
    person.begin(username)
    person.press("Set password")
    person.sees_problem("There is a problem")


def last_minute(person: Person, username: str) -> None:
    person.begin(username)
    person.let_pass(STEP_S - 40)
    expect(person.page.get_by_text("One minute left")).to_be_attached()


def time_over(person: Person, username: str) -> None:
    person.begin(username)
    person.let_pass(STEP_S)
    expect(person.field("Temporary password")).to_be_visible()


def renewal_refused(person: Person, username: str) -> None:
    time_over(person, username)
    person.field("Temporary password").fill("wrong")
    person.press("Go on")
    person.sees_problem("Check the temporary password")


def done(person: Person, username: str) -> None:
    person.walk(username)


def account(person: Person, username: str) -> None:
    person.walk(username)
    person.open("/account/")


def invitation_sent(person: Person, username: str) -> None:
    person.open("/sign-in/invitation/")
    person.field("Username").fill(username)
    person.press("Ask for a new invitation")
    person.sees("Your request was taken")


def sent_twice(person: Person, username: str) -> None:
    person.sign_in(username, "wrong")
    person.sees_problem("We could not sign you in")
    person.page.reload()
    person.sees("This step was already sent")


def staff_refused(person: Person, username: str) -> None:
    person.open("/staff/sign-in/")
    person.field("Username").fill(username)
    person.field("Password").fill(TEMPORARY_PASSWORD)
    person.press("Sign in")
    person.sees_problem("There is a problem")


def audit(person: Person, username: str) -> None:
    person.sign_in(username, "wrong")
    person.sees_problem("We could not sign you in")
    person.sign_in_as_auditor()
    for row in person.page.get_by_role("group").all()[:3]:
        row.locator("summary").click()


def audit_empty(person: Person, username: str) -> None:
    person.sign_in_as_auditor()
    person.open("/audit/?before=20200101T000000.000000-1")
    expect(person.page.get_by_role("heading", name="No rows here")).to_be_visible()


STATES: dict[str, Reach] = {
    "start": at("/sign-in/"),
    "start, nothing typed": pressed("/sign-in/", "Sign in"),
    "refused": refused,
    "new password": new_password,
    "new password, rules partly met": rules_partly_met,
    "new password, refused": password_refused,
    "new password, nothing typed": input_refused,
    "new password, last minute": last_minute,
    "new password, time over": time_over,
    "new password, renewal refused": renewal_refused,
    "done": done,
    "account": account,
    "invitation": at("/sign-in/invitation/"),
    "invitation, nothing typed": pressed("/sign-in/invitation/", "Ask for a new invitation"),
    "invitation sent": invitation_sent,
    "forgot password": at("/sign-in/forgot-password/"),
    "confirm account": at("/sign-in/confirm-account/"),
    "sent twice": sent_twice,
    "staff sign-in": at("/staff/sign-in/"),
    "staff sign-in, refused": staff_refused,
    "audit": audit,
    "audit, empty": audit_empty,
}


@pytest.mark.parametrize("state", STATES)
def test_page_is_accessible(state: str, person: Person, newhire: str) -> None:
    STATES[state](person, newhire)

    assert_accessible(person.page)


def test_end_of_an_unsupported_walk_is_accessible(person: Person, site: BrowserSite) -> None:
    enrolled = next(user for user in site.api.cognito.users if user.username == "mfa")
    person.sign_in(enrolled.username, enrolled.password)
    person.sees("One more step is needed")

    assert_accessible(person.page)


def test_page_for_a_wrong_address_is_accessible(new_person: NewPerson, production_site: BrowserSite) -> None:
    person = new_person(production_site, extra_http_headers={"X-Forwarded-Proto": "https"})
    person.open("/no-such-page/")
    person.sees("There is no such page")

    assert_accessible(person.page)


def assert_accessible(page: Page) -> None:
    faults = [fault for scheme in SCHEMES for width in WIDTHS for fault in _faults(page, scheme, width)]
    assert not faults, "\n".join(faults)


def _faults(page: Page, scheme: str, width: int) -> list[str]:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    found = [
        f"{scheme} {width}: {violation['id']}: {violation['nodes'][0]['html']}"
        for violation in Axe().run(page).response["violations"]
    ]
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"{scheme} {width}: {overflow} px too wide"] if overflow > 0 else [])
