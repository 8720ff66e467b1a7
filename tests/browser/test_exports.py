"""An auditor takes rows away: at once, and as a file that the worker makes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite
from tests.browser.test_accessibility import assert_accessible
from tests.browser.walking import Person
from tests.live import ROOT

MAKE = "import django; django.setup(); from cognito_portal.audit.exports import jobs; jobs.make_waiting()"


def work(site: BrowserSite) -> None:
    """Do what the worker does, once."""
    environment = {**site.live.environment, "DJANGO_SETTINGS_MODULE": "cognito_portal.settings"}
    subprocess.run([sys.executable, "-c", MAKE], cwd=ROOT, env=environment, check=True, timeout=60)


def ask(person: Person, kind: str, *, manifest: bool = False) -> None:
    person.sign_in_as_auditor()
    person.follow("Exports")
    person.sees("Exports")
    person.page.get_by_role("radio", name=kind).check()
    if manifest:
        person.page.get_by_role("checkbox", name="With a signed manifest").check()


def test_rows_of_a_filter_come_at_once(person: Person, tmp_path: Path) -> None:
    person.sign_in_as_auditor()
    person.open("/audit/exports/?event=staff.signed_in&begun=1")
    person.page.get_by_role("radio", name="NDJSON").check()
    assert_accessible(person.page)
    with person.page.expect_download() as started:
        person.press("Export")
    started.value.save_as(tmp_path / "rows")
    assert started.value.suggested_filename.endswith(".ndjson")
    events = {json.loads(line)["event"] for line in (tmp_path / "rows").read_text().splitlines()}
    assert events == {"staff.signed_in"}


def test_a_file_is_made_while_the_page_waits(person: Person, tmp_path: Path) -> None:
    ask(person, "CSV", manifest=True)
    person.press("Export")
    person.sees("Export")
    expect(person.page.get_by_role("progressbar")).to_be_visible()
    assert_accessible(person.page)

    work(person.site)

    expect(person.page.get_by_role("link", name="Download the file")).to_be_visible(timeout=20_000)
    assert_accessible(person.page)
    for name in ("Download the file", "Download its signed manifest", "Download verifier.py"):
        with person.page.expect_download() as started:
            person.follow(name)
        started.value.save_as(tmp_path / started.value.suggested_filename)
    command = person.page.locator("pre").inner_text().split()[1:]
    subprocess.run([sys.executable, *command], cwd=tmp_path, check=True, timeout=60)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_file_that_nobody_wants_any_more_is_cancelled(
    new_person: NewPerson, site: BrowserSite, javascript: bool
) -> None:
    person = new_person(site, java_script_enabled=javascript)
    ask(person, "XLSX", manifest=True)
    person.press("Export")
    person.follow("Look again")
    person.press("Cancel this export")
    expect(person.page.get_by_text("Cancelled", exact=True)).to_be_visible()


def test_a_filter_nobody_knows_is_said_on_the_page(person: Person) -> None:
    person.sign_in_as_auditor()
    person.page.goto(f"{person.site.url}/audit/exports/?event=no.such")
    person.sees_problem("There is no such event")
    assert_accessible(person.page)
