"""A person in front of the pages: finds everything by its label or role, as people do."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pyotp
from playwright.sync_api import Locator, Page, expect

from tests.browser.sites import ADMIN, AUDITOR, HELP_DESK, STAFF_PASSWORD, BrowserSite
from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD


@dataclass
class Person:
    """One tab of one browser at one site."""

    page: Page
    site: BrowserSite
    holds_clock: bool = False

    def open(self, path: str) -> None:
        self.page.goto(self.site.url + path)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).click()

    def sees(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible()

    def sees_problem(self, text: str) -> None:
        expect(self.page.get_by_role("alert").filter(visible=True).first).to_contain_text(text)

    def sign_in(self, username: str, password: str) -> None:
        self.open("/sign-in/")
        self.fill_in_sign_in(username, password)
        self.press("Sign in")

    def fill_in_sign_in(self, username: str, password: str) -> None:
        self.sees("Sign in")
        self.field("Username").fill(username)
        self.field("Password").fill(password)

    def begin(self, username: str) -> None:
        """Sign in with the temporary password, up to the page of the challenge."""
        self.sign_in(username, TEMPORARY_PASSWORD)
        self.sees("Choose your password")

    def let_pass(self, seconds: int) -> None:
        """Move the clock of this page."""
        if not self.holds_clock:
            # Not before the page has begun to count: until then Playwright's clock has no `timeOrigin`.
            expect(self.page.locator("[data-countdown-text]")).to_contain_text("left for this step")
            self.page.clock.install()
            self.holds_clock = True
        self.page.clock.fast_forward(seconds * 1000)

    def fill_in_new_password(self, password: str = GOOD_PASSWORD, *, name: str = "Nia Newhire") -> None:
        self.field("Full name").fill(name)
        self.field("New password").fill(password)

    def walk(self, username: str) -> None:
        """The whole walk, up to the page that says it is done."""
        self.begin(username)
        self.fill_in_new_password()
        self.press("Set password")
        self.sees("Your password is set")

    def sign_in_other_way(self, username: str) -> None:
        """Give the name alone, up to the choice among the ways to sign in."""
        self.open("/sign-in/")
        self.field("Username").fill(username)
        self.press("Other ways to sign in")
        self.sees("How do you want to sign in?")

    def sign_in_to_be_remembered(self, username: str) -> None:
        self.open("/sign-in/")
        self.field("Remember this browser").check()
        self.fill_in_sign_in(username, GOOD_PASSWORD)
        self.press("Sign in")

    def choose(self, way: str) -> None:
        self.field(way).check()
        self.press("Continue")

    def enter_code(self, code: str, button: str = "Continue") -> None:
        self.field("Code").fill(code)
        self.press(button)

    def scan(self) -> pyotp.TOTP:
        """Set an authenticator app up with what the page shows."""
        link = self.page.get_by_role("link", name="Open in an authenticator app on this device")
        parameters = parse_qs(urlsplit(link.get_attribute("href") or "").query)
        expect(self.page.get_by_role("img", name="QR code with your set-up key")).to_be_visible()
        return pyotp.TOTP(parameters["secret"][0])

    def arrives(self, username: str) -> None:
        self.sees("Your account")
        expect(self.page.get_by_role("main")).to_contain_text(username)

    def reads(self) -> str:
        """What the page says, once its scripts have run."""
        self.page.wait_for_load_state("load")
        return self.page.get_by_role("main").aria_snapshot()

    def is_told(self, text: str) -> None:
        expect(self.page.get_by_role("status").filter(has_text=text)).to_be_visible()

    def sign_out(self) -> None:
        self.open("/account/")
        self.press("Sign out")
        self.sees("Sign in")

    def sign_in_as_auditor(self) -> None:
        self._sign_in_as_staff(AUDITOR, "Audit")

    def sign_in_as_admin(self) -> None:
        self._sign_in_as_staff(ADMIN, "Audit")

    def sign_in_as_help_desk(self) -> None:
        self._sign_in_as_staff(HELP_DESK, "Accounts")

    def find(self, name: str) -> None:
        """Look for an account at the desk."""
        self.field("Username, e-mail address, phone number or sub").fill(name)
        self.press("Find")

    def _sign_in_as_staff(self, username: str, begins_at: str) -> None:
        self.open("/staff/sign-in/")
        self.field("Username").fill(username)
        self.field("Password").fill(STAFF_PASSWORD)
        self.press("Sign in")
        self.sees(begins_at)
