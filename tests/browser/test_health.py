"""Ops find what will fail and mend many at once."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.health_states import DISABLE, WORK, finished, run, running, trouble
from tests.browser.sites import BrowserSite
from tests.browser.test_keyboard import tab_to
from tests.browser.walking import Person


@pytest.fixture
def person(new_person: NewPerson, site: BrowserSite, javascript: bool) -> Person:
    return new_person(site, java_script_enabled=javascript)


def test_trouble_is_listed_and_all_of_it_mended(person: Person) -> None:
    trouble(person)
    person.page.get_by_role("button", name="of this filter").click()
    person.field("Reason").fill("INC-4711")
    person.page.get_by_role("button", name="Mark e-mail or phone as verified").click()
    person.sees("Mark e-mail or phone as verified")
    run(person.site, WORK)
    person.page.reload()
    expect(person.page.get_by_text("Finished", exact=True)).to_be_visible()
    person.open("/ops/accounts/?trouble=unreachable")
    person.page.get_by_role("heading", name="No accounts here").wait_for()


def test_two_are_disabled_and_the_results_taken(person: Person, tmp_path: Path) -> None:
    finished(person)
    with person.page.expect_download() as started:
        person.follow("Download all results")
    path = tmp_path / "results.csv"
    started.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["result"] for row in csv.DictReader(file)] == ["Done", "Done"]


def test_rest_is_cancelled_by_keyboard_alone(person: Person) -> None:
    running(person)
    tab_to(person.page, "Reason")
    person.page.keyboard.type("wrong list")
    tab_to(person.page, "Cancel the rest")
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_text("Cancelled", exact=True)).to_be_visible()
    expect(person.page.get_by_role("main")).to_contain_text("Not done yet")


def test_progress_is_watched_to_its_end(new_person: NewPerson, site: BrowserSite) -> None:
    person = new_person(site)
    running(person)
    run(person.site, WORK)
    expect(person.page.get_by_text("Finished", exact=True)).to_be_visible()
    expect(person.page.get_by_role("heading", name=DISABLE)).to_be_visible()
