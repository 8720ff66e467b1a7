"""Every page in every state: no axe violation, light and dark, narrow and wide, and nothing to scroll sideways.

`make test` looks at each state in one of the four views, so that all four are looked at; `make browser` at all.
"""

import os
import zlib

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import NewPerson
from tests.browser.sites import AnySite, BrowserSite
from tests.browser.states import ELSEWHERE, STATES
from tests.browser.walking import Person
from tests.signin.stub import StubCognito

WIDTHS = (320, 1280)
SCHEMES = ("light", "dark")
RUN = "axe.run({resultTypes: ['violations']}).then((results) => results.violations)"


@pytest.mark.parametrize("state", STATES)
def test_page_is_accessible(state: str, person: Person) -> None:
    STATES[state](person)

    assert_accessible(person.page)


@pytest.mark.xdist_group("flows")
@pytest.mark.parametrize("state", ELSEWHERE)
def test_page_of_another_flow_is_accessible(
    state: str, new_person: NewPerson, request: pytest.FixtureRequest
) -> None:
    site, reach = ELSEWHERE[state]
    person = new_person(request.getfixturevalue(site))
    reach(person)

    assert_accessible(person.page)


@pytest.mark.xdist_group("flows")
@pytest.mark.parametrize(
    ("challenge", "heading"),
    [("PASSWORD", "Type your password"), ("NO_SUCH_CHALLENGE", "One more step is needed")],
)
def test_page_that_only_another_pool_leads_to_is_accessible(
    new_person: NewPerson, scripted_site: AnySite, stub_server: StubCognito, challenge: str, heading: str
) -> None:
    person, user = new_person(scripted_site), stub_server.confirm(script=[challenge])
    person.sign_in(user.username, user.password)
    person.sees(heading)

    assert_accessible(person.page)


def test_page_for_a_wrong_address_is_accessible(new_person: NewPerson, production_site: BrowserSite) -> None:
    person = new_person(production_site, extra_http_headers={"X-Forwarded-Proto": "https"})
    person.open("/no-such-page/")
    person.sees("There is no such page")

    assert_accessible(person.page)


def assert_accessible(page: Page) -> None:
    page.evaluate(Axe().axe_script)
    faults = [fault for scheme, width in _views(page) for fault in _faults(page, scheme, width)]
    assert not faults, "\n".join(faults)


def _views(page: Page) -> list[tuple[str, int]]:
    every = [(scheme, width) for scheme in SCHEMES for width in WIDTHS]
    if os.environ.get("EVERY_VIEW"):
        return every
    return [every[zlib.crc32(page.title().encode()) % len(every)]]


def _faults(page: Page, scheme: str, width: int) -> list[str]:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    found = [
        f"{scheme} {width}: {violation['id']}: {violation['nodes'][0]['html']}"
        for violation in page.evaluate(RUN)
    ]
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"{scheme} {width}: {overflow} px too wide"] if overflow > 0 else [])
