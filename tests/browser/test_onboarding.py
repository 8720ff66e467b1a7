"""Ops invite many people: a file with broken rows in it, watched to its end, and mended."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.onboarding_states import BROKEN, checked, people, running, work
from tests.browser.sites import BrowserSite
from tests.browser.test_accessibility import assert_accessible
from tests.browser.test_keyboard import tab_to
from tests.browser.walking import Person


@pytest.fixture
def person(new_person: NewPerson, site: BrowserSite, javascript: bool) -> Person:
    return new_person(site, java_script_enabled=javascript)


def test_fifty_are_invited_out_of_a_file_and_three_broken_rows_are_mended(
    person: Person, tmp_path: Path, javascript: bool
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(people(50, *BROKEN))
    person.sign_in_as_help_desk()
    person.follow("Onboarding")
    person.follow("New list")
    person.field("What it is for").fill("INC-4711")
    person.field("CSV file").set_input_files(path)
    person.press("Check the rows")
    main = person.page.get_by_role("main")
    expect(main).to_contain_text("50 people would be invited. 3 rows have problems and stay out.")
    expect(main).to_contain_text("“Shoe size”")

    person.press("Invite 50 people")
    expect(main).to_contain_text("0 of 50")
    work(person.site)
    if not javascript:
        person.follow("Look again")
    expect(person.page.get_by_text("Finished", exact=True)).to_be_visible()
    expect(main).to_contain_text("50 of 50")

    person.follow("Needs attention")
    with person.page.expect_download() as started:
        person.follow("Download 3 rows to mend")
    started.value.save_as(path)
    mended = path.read_text(encoding="utf-8-sig")
    for wrong, right in (("no-address", "b@example.com"), ("two words", "two.words"), ("'=1+1", "One")):
        mended = mended.replace(wrong, right)
    path.write_text(mended)
    person.open("/ops/onboarding/new/")
    person.field("What it is for").fill("INC-4711")
    person.field("CSV file").set_input_files(path)
    person.press("Check the rows")
    expect(main).to_contain_text("3 people would be invited.")


def test_list_is_paused_left_come_back_to_and_cancelled(person: Person) -> None:
    running(person)
    person.field("Reason").fill("lunch break")
    person.press("Pause")
    expect(person.page.get_by_role("button", name="Resume")).to_be_visible()
    person.follow("Onboarding")
    person.page.get_by_role("table").get_by_role("link").first.click()
    person.sees("INC-4711")
    person.field("Reason").fill("wrong list")
    person.press("Cancel the rest")
    expect(person.page.get_by_text("Cancelled", exact=True)).to_be_visible()
    work(person.site)
    person.page.reload()
    expect(person.page.get_by_role("main")).to_contain_text("0 of 4")


def test_list_is_begun_by_the_keyboard_alone(person: Person) -> None:
    person.sign_in_as_help_desk()
    person.open("/ops/onboarding/new/")
    tab_to(person.page, "What it is for")
    person.page.keyboard.type("INC-4711")
    tab_to(person.page, "Or paste rows")
    person.page.keyboard.insert_text(people(2))
    tab_to(person.page, "Check the rows")
    person.page.keyboard.press("Enter")
    person.sees("INC-4711")
    tab_to(person.page, "Invite 2 people")
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("progressbar")).to_be_visible()


def test_auditor_reads_a_list_and_has_no_button(
    person: Person, new_person: NewPerson, site: BrowserSite
) -> None:
    checked(person)
    auditor = new_person(site)
    auditor.sign_in_as_auditor()
    auditor.open(person.page.url.removeprefix(site.url))
    auditor.sees("INC-4711")
    expect(auditor.page.get_by_role("button", name="Invite 4 people")).to_have_count(0)
    assert_accessible(auditor.page)


def test_page_that_asks_how_far_it_is_takes_nothing_from_whoever_types(
    new_person: NewPerson, site: BrowserSite
) -> None:
    person = new_person(site)
    running(person)
    person.field("Reason").fill("half a rea")
    work(site)
    for _ in range(2):
        with person.page.expect_response(person.page.url):
            pass
    expect(person.field("Reason")).to_have_value("half a rea")
