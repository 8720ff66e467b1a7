"""A person in front of the pages: finds everything by its label or role, as people do."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.sites import AUDITOR, AUDITOR_PASSWORD, BrowserSite
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

    def sign_out(self) -> None:
        self.open("/account/")
        self.press("Sign out")
        self.sees("Sign in")

    def sign_in_as_auditor(self) -> None:
        self.open("/staff/sign-in/")
        self.field("Username").fill(AUDITOR)
        self.field("Password").fill(AUDITOR_PASSWORD)
        self.press("Sign in")
        self.sees("Audit")
