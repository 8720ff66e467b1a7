"""The time of a step: how it is told, and how the step is renewed in place (decision D5)."""

import re

from playwright.sync_api import Request, expect

from cognito_portal.demo.server import EmbeddedCognito
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person
from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD

STEP_S = 300
LISTEN = """() => {
  window.heard = [];
  const status = document.querySelector("[data-countdown-status]");
  new MutationObserver(() => window.heard.push(status.textContent)).observe(status, {childList: true});
}"""


def begin(person: Person, username: str) -> None:
    """Sign in, listen to what the page announces, and type a new password without sending it."""
    person.begin(username)
    person.page.evaluate(LISTEN)
    person.fill_in_new_password()


def let_time_run_out(person: Person) -> None:
    person.let_pass(STEP_S)
    expect(person.page.get_by_role("heading", name="The time for this step is over")).to_be_visible()


def renew(person: Person, password: str) -> Request:
    person.field("Temporary password").fill(password)
    with person.page.expect_request("**/sign-in/renew/") as sent:
        person.press("Go on")
    return sent.value


def test_remaining_time_is_announced_at_60_and_at_20_seconds_only(person: Person, newhire: str) -> None:
    begin(person, newhire)
    timer = person.page.get_by_role("timer")
    expect(timer).to_contain_text("4:")
    for seconds, shown in ((180, "1:[45]"), (65, "0:[45]"), (15, "0:[23]"), (20, "0:[01]")):
        person.let_pass(seconds)
        expect(timer).to_contain_text(re.compile(shown))

    assert person.page.evaluate("heard") == [
        "One minute left for this step.",
        "20 seconds left for this step.",
    ]


def test_step_is_renewed_in_place_and_what_was_typed_is_kept(
    person: Person, site: BrowserSite, embedded: EmbeddedCognito, newhire: str
) -> None:
    begin(person, newhire)
    let_time_run_out(person)
    with embedded.clock.moved(STEP_S + 10):
        request = renew(person, TEMPORARY_PASSWORD)
        expect(person.page.get_by_role("button", name="Set password")).to_be_visible()

    assert GOOD_PASSWORD not in (request.post_data or "")
    expect(person.field("New password")).to_have_value(GOOD_PASSWORD)
    expect(person.field("Full name")).to_have_value("Nia Newhire")
    person.press("Set password")
    person.sees("Your password is set")
    assert [row.event for row in site.rows(newhire) if row.phase == "begin"] == [
        "signin.started",
        "signin.renewed",
        "signin.answered",
    ]


def test_wrong_temporary_password_can_be_tried_again(person: Person, site: BrowserSite, newhire: str) -> None:
    begin(person, newhire)
    let_time_run_out(person)
    renew(person, "not-the-temporary-1")
    person.sees_problem("Check the temporary password and try again.")
    renew(person, TEMPORARY_PASSWORD)

    expect(person.page.get_by_role("button", name="Set password")).to_be_visible()
    person.press("Set password")
    person.sees("Your password is set")


def test_enter_sends_nothing_once_the_time_is_over(person: Person, site: BrowserSite, newhire: str) -> None:
    begin(person, newhire)
    let_time_run_out(person)
    person.field("New password").press("Enter")

    expect(person.field("Temporary password")).to_be_focused()
    assert site.calls(newhire) == 1


def test_no_password_stays_in_web_storage_or_on_a_page_that_was_left(person: Person, newhire: str) -> None:
    begin(person, newhire)
    let_time_run_out(person)

    assert person.page.evaluate("({...localStorage, ...sessionStorage})") == {}
    person.follow("Start again instead")
    person.sees("Sign in")
    expect(person.field("Username")).to_have_value(newhire)
    person.page.go_back()
    expect(person.field("New password")).to_have_value("")
