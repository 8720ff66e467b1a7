"""The keyboard alone suffices, and where it is can always be seen."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.people import code_of, with_choice, with_phone
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD, OTHER_PASSWORD, TEMPORARY_PASSWORD, Caller

STEP_S = 300
MOST_STOPS = 30
# Name of what has the focus, and whether a person can see that: an outline, in the window, under nothing else.
# A choice has the outline around its whole box.
FOCUS = """() => {
  const element = document.activeElement;
  const {outlineStyle, outlineWidth} = getComputedStyle(element.closest(".choice") ?? element);
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return {
    name: element.labels?.[0]?.textContent.trim() || element.textContent.trim(),
    outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    seen: box.width > 0 && box.top >= 0 && box.bottom <= innerHeight && element.contains(top),
  };
}"""


def shown_focus(page: Page) -> dict[str, Any]:
    """What has the focus. On a busy machine the browser takes a moment to draw its outline."""
    for _ in range(20):
        focus: dict[str, Any] = page.evaluate(FOCUS)
        if focus["outlined"] or page.evaluate("document.activeElement === document.body"):
            break
        page.wait_for_timeout(50)
    return focus


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of this name has the focus; every stop on the way must be visible."""
    # Before its style sheet is there a page shows no outline of ours.
    page.wait_for_load_state("load")
    for _ in range(MOST_STOPS):
        focus = shown_focus(page)
        if focus["name"] == name:
            assert focus["outlined"] and focus["seen"], focus
            return
        page.keyboard.press("Tab")
        stop = shown_focus(page)
        assert page.evaluate("document.activeElement === document.body") or (
            stop["outlined"] and stop["seen"]
        ), stop
    raise AssertionError(f"Tab never reached {name!r}")


def type_into(page: Page, name: str, text: str) -> None:
    tab_to(page, name)
    page.keyboard.type(text)


def press(page: Page, name: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Enter")


def test_whole_walk_needs_only_the_keyboard(person: Person, site: BrowserSite, newhire: str) -> None:
    person.open("/sign-in/")
    page = person.page
    type_into(page, "Username", newhire)
    type_into(page, "Password", TEMPORARY_PASSWORD)
    press(page, "Sign in")
    person.sees("Choose your password")
    type_into(page, "Full name", "Nia Newhire")
    type_into(page, "New password", GOOD_PASSWORD)
    press(page, "Set password")
    person.sees("Your password is set")
    press(page, "See your account")
    person.sees("Your account")
    press(page, "Sign out")

    person.sees("Sign in")


def test_second_step_is_chosen_and_answered_by_keyboard(person: Person, api: Caller) -> None:
    user, page = with_choice(api), person.page
    person.open("/sign-in/")
    type_into(page, "Username", user.username)
    type_into(page, "Password", GOOD_PASSWORD)
    page.keyboard.press("Enter")
    person.sees("Choose your second step")
    tab_to(page, "Authenticator app")
    page.keyboard.press("Space")
    press(page, "Continue")
    person.sees("Enter the code of your authenticator app")
    type_into(page, "Code", user.code())
    page.keyboard.press("Enter")

    person.sees("Your account")


def test_forgotten_password_is_replaced_by_keyboard(person: Person, api: Caller) -> None:
    username, page = with_phone(api), person.page
    person.open("/sign-in/")
    press(page, "Forgot password?")
    person.sees("Forgot password?")
    type_into(page, "Username", username)
    press(page, "Send me a code")
    person.sees("Set a new password")
    type_into(page, "Code", api.code(username))
    type_into(page, "New password", OTHER_PASSWORD)
    press(page, "Set password")
    person.sees("Sign in")
    type_into(page, "Password", OTHER_PASSWORD)
    page.keyboard.press("Enter")

    person.sees("Your account")


def test_authenticator_app_is_set_up_by_keyboard(person: Person, api: Caller) -> None:
    person.sign_in(with_phone(api), GOOD_PASSWORD)
    person.sees("Your account")
    press(person.page, "Second step")
    person.sees("Second step when you sign in")
    press(person.page, "Set up an app")
    person.sees("Set up an authenticator app")
    type_into(person.page, "Code", code_of(api, person.scan()))
    press(person.page, "Turn on")

    person.is_told("Your authenticator app is set up.")


def test_sign_in_page_waits_for_the_username(person: Person) -> None:
    person.open("/sign-in/")

    expect(person.field("Username")).to_be_focused()


def test_skip_link_leads_past_the_header(person: Person) -> None:
    person.open("/sign-in/forgot-password/")
    press(person.page, "Skip to the main content")

    expect(person.page.get_by_role("main")).to_be_focused()


def test_error_summary_takes_the_focus_and_leads_to_its_fields(person: Person) -> None:
    person.open("/sign-in/")
    # Before that a key goes nowhere.
    expect(person.field("Username")).to_be_focused()
    person.page.keyboard.press("Enter")
    expect(person.page.locator("[data-problem]")).to_be_focused()
    press(person.page, "Type your password.")

    expect(person.field("Password")).to_be_focused()


def test_refused_new_password_takes_the_focus_to_the_summary(person: Person, newhire: str) -> None:
    person.begin(newhire)
    person.fill_in_new_password("weakweak")
    person.field("New password").press("Enter")

    expect(person.page.locator("[data-problem]")).to_be_focused()


def test_time_that_runs_out_does_not_take_somebody_out_of_a_field(person: Person, newhire: str) -> None:
    person.begin(newhire)
    person.field("New password").focus()
    person.let_pass(STEP_S)

    expect(person.field("Temporary password")).to_be_visible()
    expect(person.field("New password")).to_be_focused()


def test_renewal_needs_only_the_keyboard(person: Person, newhire: str) -> None:
    person.begin(newhire)
    person.fill_in_new_password()
    person.let_pass(STEP_S)
    type_into(person.page, "Temporary password", TEMPORARY_PASSWORD)
    person.page.keyboard.press("Enter")

    expect(person.page.get_by_role("button", name="Set password")).to_be_focused()


def test_audit_rows_are_filtered_and_opened_by_keyboard(person: Person, api: Caller) -> None:
    username = api.confirm()
    person.sign_in(username, GOOD_PASSWORD)
    person.arrives(username)
    person.sign_in_as_auditor()
    page = person.page
    type_into(page, "Person", username)
    page.keyboard.press("Enter")
    page.wait_for_url("**person=**")
    press(page, "Skip to the main content")
    row = page.get_by_role("table").get_by_role("link").first
    tab_to(page, row.inner_text().replace("\n", " "))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All fields")).to_be_visible()
    press(page, "Same person")

    expect(page.get_by_role("list", name="Filters in force")).to_contain_text("Person")


def test_a_filter_is_removed_by_keyboard(person: Person) -> None:
    person.sign_in_as_auditor()
    person.open("/audit/?outcome=failure&preset=24h")
    press(person.page, "Skip to the main content")
    press(person.page, "Remove the filter Outcome: Any failure")

    expect(person.page.get_by_role("list", name="Filters in force")).not_to_contain_text("Any failure")
