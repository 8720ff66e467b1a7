"""What the pages weigh over the wire with nothing cached: collected and compressed files, as in production."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request

from tests.browser.conftest import NewPerson
from tests.browser.sites import BrowserSite
from tests.browser.walking import Person

MOST_BYTES = 60_000

NewVisitor = Callable[..., Person]


@pytest.fixture
def new_visitor(new_person: NewPerson, production_site: BrowserSite) -> NewVisitor:
    """Return a maker of people behind a proxy that speaks TLS, each with an empty cache."""

    def make(**options: Any) -> Person:
        return new_person(production_site, extra_http_headers={"X-Forwarded-Proto": "https"}, **options)

    return make


def weigh(page: Page, url: str) -> dict[str, int]:
    """Bytes of headers and bodies by path, for a page that is the first one its browser loads."""
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))
    page.goto(url, wait_until="networkidle")
    sizes = {urlsplit(request.url).path: request.sizes() for request in finished}
    weight = {path: size["responseBodySize"] + size["responseHeadersSize"] for path, size in sizes.items()}
    assert all(weight.values()), f"something came out of a cache: {weight}"
    return weight


def test_sign_in_page_is_light(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    weight = weigh(visitor.page, f"{visitor.site.url}/sign-in/")

    assert len(weight) > 3
    assert sum(weight.values()) <= MOST_BYTES, weight


def test_new_password_page_is_light(new_visitor: NewVisitor, newhire: str) -> None:
    visitor = new_visitor()
    visitor.begin(newhire)
    same_session = visitor.page.context.storage_state()
    weight = weigh(new_visitor(storage_state=same_session).page, f"{visitor.site.url}/sign-in/new-password/")

    assert len(weight) > 5
    assert sum(weight.values()) <= MOST_BYTES, weight


def test_whole_walk_passes_with_production_settings(new_visitor: NewVisitor, newhire: str) -> None:
    visitor = new_visitor()
    visitor.walk(newhire)
    visitor.sign_out()
