"""Every URL for every role: who gets in is who the view declares, and docs/roles.md says so."""

import os
from dataclasses import dataclass, field

import pytest
from django.http import HttpResponse
from django.urls import reverse
from pytest_django import Settings

from cognito_portal.access import Role
from cognito_portal.audit.models import AuditEvent
from tests.security import role_table
from tests.security.browsing import Browser
from tests.security.conftest import Site
from tests.security.role_table import Url, urls_of
from tests.security.test_crawl import ROLES, as_cognito_user, as_staff

URLS = urls_of("cognito_portal.urls")
METHODS = ("GET", "POST")
STAFF = frozenset({Role.OPS, Role.AUDITORS, Role.ADMINS})


@dataclass
class Somebody:
    """A person of one role, who signs in again where what they did had signed them out."""

    name: str
    site: Site
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self._sign_in()

    def _sign_in(self) -> None:
        if self.name == "anonymous":
            self.browser = Browser()
        elif self.name == "cognito user":
            self.browser = as_cognito_user(self.site)
        else:
            self.browser = as_staff(*ROLES[self.name])

    def gets_in(self, method: str, url: Url) -> bool:
        if self._tries(method, url):
            return True
        self._sign_in()
        return self._tries(method, url)

    def _tries(self, method: str, url: Url) -> bool:
        denied = denials()
        page = self.browser.generic(method, url.path)
        return not (is_sent_to_sign_in(page, url) or page.status_code == 401 or denials() > denied)


def denials() -> int:
    """A 403 of the guard's leaves a row; one of a view that did get to its work, a wrong password say, does not."""
    return AuditEvent.objects.filter(event="access.denied").count()


def is_sent_to_sign_in(page: HttpResponse, url: Url) -> bool:
    location = page.headers.get("Location", "")
    if location.startswith(f"{reverse('ops:sign_in')}?next="):
        return True
    # Public steps of the walk lead to its beginning where there is nothing to go on with, and signing out ends there.
    leads_on = Role.PUBLIC in url.roles or "Clear-Site-Data" in page.headers
    return location == reverse("signin:start") and not leads_on


def expected(name: str, url: Url) -> bool:
    return Role.PUBLIC in url.roles or bool(url.roles & ROLES[name])


def answered_methods(url: Url, browser: Browser) -> set[str]:
    page = browser.generic("PROPFIND", url.path)
    assert page.status_code == 405, f"{url.route} answers any method"
    return set(page.headers["Allow"].split(", "))


def test_every_url_declares_a_role() -> None:
    assert [url.route for url in URLS if not url.roles] == []


@pytest.mark.parametrize("name", ROLES)
def test_everybody_gets_in_where_the_view_declares_them_and_nowhere_else(site: Site, name: str) -> None:
    somebody = Somebody(name, site)
    visits = [(method, url) for url in URLS for method in METHODS]
    found = {(method, url.route): somebody.gets_in(method, url) for method, url in visits}
    wanted = {(method, url.route): expected(name, url) for method, url in visits}
    assert {visit for visit in found if found[visit] != wanted[visit]} == set()


def test_table_of_the_roles_is_up_to_date(site: Site) -> None:
    people = {role: as_staff(role) for role in STAFF} | {Role.PUBLIC: Browser()}
    people[Role.COGNITO_USER] = as_cognito_user(site)
    methods = {url.route: answered_methods(url, people[min(url.roles)]) for url in URLS if url.roles}
    text = role_table.table(URLS, methods)
    if os.environ.get("WRITE_ROLES"):
        role_table.DOCUMENT.write_text(text, encoding="utf-8")
    assert role_table.DOCUMENT.read_text(encoding="utf-8") == text, f"write it anew: {role_table.COMMAND}"


def test_view_that_lets_in_more_than_it_declares_is_found(site: Site, settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.security.extra_urls"
    loose, undeclared = (find(f"/{name}/") for name in ("loose", "undeclared"))
    stranger = Somebody("anonymous", site)
    assert (stranger.gets_in("GET", loose), expected("anonymous", loose)) == (True, False)
    assert (stranger.gets_in("GET", undeclared), undeclared.roles) == (False, frozenset())


def find(route: str) -> Url:
    return next(url for url in urls_of("tests.security.extra_urls") if url.route == route)
