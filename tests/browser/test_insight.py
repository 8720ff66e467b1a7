"""Charts, flags and reviews, by mouse and by keyboard."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests.browser.insight_states import opened
from tests.browser.test_keyboard import press, tab_to, type_into
from tests.browser.walking import Person

CHARTS = "/audit/charts/?preset=24h"


def test_bar_leads_to_its_rows(person: Person) -> None:
    opened(CHARTS, "Charts")(person)
    bar = person.page.locator(".hits a").last
    # Which address has the most failures hangs on who else was here.
    query = parse_qs(urlsplit(bar.get_attribute("href") or "").query)
    bar.click()

    person.sees("Audit")
    filters = person.page.get_by_role("list", name="Filters in force")
    expect(filters).to_contain_text(f"Address: {query['address'][0]}")


def test_numbers_open_by_keyboard_and_lead_to_their_rows(person: Person) -> None:
    opened(CHARTS, "Charts")(person)
    tab_to(person.page, "The numbers")
    person.page.keyboard.press("Enter")
    link = person.page.locator("details.numbers[open] a").first
    press(person.page, link.inner_text())

    person.sees("Audit")


def test_pictures_are_no_stops_of_the_keyboard(person: Person) -> None:
    opened(CHARTS, "Charts")(person)
    stops = person.page.evaluate(
        "[...document.querySelectorAll('.picture *')].filter((one) => one.tabIndex >= 0).length"
    )

    assert stops == 0


def test_flag_is_judged_by_keyboard(person: Person) -> None:
    opened("/audit/flags/", "Flags")(person)
    summary = person.page.locator(".flag summary").first
    tab_to(person.page, summary.text_content() or "")
    person.page.keyboard.press("Enter")
    type_into(person.page, "Note", "A program with an old password.")
    press(person.page, "Not valid")

    person.is_told("is marked: Not valid.")


def test_review_is_signed_by_keyboard(person: Person) -> None:
    opened("/audit/reviews/sign/?outcome=failure", "Sign a review")(person)
    type_into(person.page, "Remarks", "Looked at all of them.")
    press(person.page, "Sign this review")

    person.is_told("Your review is signed")
    expect(person.page.get_by_role("main")).to_contain_text("Looked at all of them.")
