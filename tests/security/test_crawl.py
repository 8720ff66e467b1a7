"""Every URL of the site, for everybody, by every method."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie

import pytest
from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from cognito_portal.access import Role, declared
from cognito_portal.audit.models import AuditEvent
from cognito_portal.identity import SINCE
from tests.databases import Database
from tests.security.browsing import Browser
from tests.security.conftest import Site
from tests.security.faulty import says, tokens

# The reviewed list: who may see what. A new URL fails the build until it stands here.
SAFE, FORM, ACT = {"GET", "HEAD"}, {"GET", "HEAD", "POST"}, {"POST"}
STAFF = frozenset({Role.OPS, Role.AUDITORS, Role.ADMINS})
AUDITORS = frozenset({Role.AUDITORS, Role.ADMINS})
OPS = frozenset({Role.OPS, Role.ADMINS})
ADMINS = frozenset({Role.ADMINS})
PUBLIC, COGNITO_USER = frozenset({Role.PUBLIC}), frozenset({Role.COGNITO_USER})
REVIEWED: dict[str, tuple[frozenset[Role], set[str]]] = {
    "/": (PUBLIC, SAFE),
    "/sign-in/": (PUBLIC, FORM),
    "/sign-in/new-password/": (PUBLIC, FORM),
    "/sign-in/mfa-setup/": (PUBLIC, FORM),
    "/sign-in/software-token/": (PUBLIC, FORM),
    "/sign-in/sms/": (PUBLIC, FORM),
    "/sign-in/sms-otp/": (PUBLIC, FORM),
    "/sign-in/email-otp/": (PUBLIC, FORM),
    "/sign-in/email-mfa/": (PUBLIC, FORM),
    "/sign-in/select-mfa/": (PUBLIC, FORM),
    "/sign-in/select-challenge/": (PUBLIC, FORM),
    "/sign-in/password/": (PUBLIC, FORM),
    "/sign-in/password-srp/": (PUBLIC, FORM),
    "/sign-in/passkey/": (PUBLIC, FORM),
    "/sign-in/custom/": (PUBLIC, FORM),
    "/sign-in/renew/": (PUBLIC, ACT),
    "/sign-in/done/": (COGNITO_USER, SAFE),
    "/sign-in/ended/": (PUBLIC, SAFE),
    "/sign-in/invitation/": (PUBLIC, FORM),
    "/sign-in/invitation/sent/": (PUBLIC, SAFE),
    "/sign-in/forgot-password/": (PUBLIC, FORM),
    "/sign-in/reset-password/": (PUBLIC, FORM),
    "/sign-in/confirm-account/": (PUBLIC, FORM),
    "/sign-in/confirm-account/code/": (PUBLIC, ACT),
    "/ops/": (STAFF, FORM),
    "/ops/requests/": (STAFF, SAFE),
    "/ops/requests/1/handled/": (OPS, ACT),
    "/ops/onboarding/": (STAFF, SAFE),
    "/ops/onboarding/new/": (OPS, FORM),
    "/ops/onboarding/<str:job_id>/": (STAFF, SAFE),
    "/ops/onboarding/<str:job_id>/in-clear/": (STAFF, ACT),
    "/ops/onboarding/<str:job_id>/act/": (OPS, ACT),
    "/ops/onboarding/<str:job_id>/rows/<str:which>/": (STAFF, SAFE),
    "/ops/accounts/": (STAFF, FORM),
    "/ops/views/": (STAFF, FORM),
    "/ops/views/1/": (STAFF, SAFE),
    "/ops/views/1/share/": (STAFF, ACT),
    "/ops/views/1/delete/": (STAFF, ACT),
    "/ops/accounts/<str:sub>/": (STAFF, SAFE),
    "/ops/accounts/<str:sub>/attributes/": (STAFF, ACT),
    "/ops/accounts/<str:sub>/acts/<str:name>/": (OPS, FORM),
    "/ops/invitations/": (STAFF, FORM),
    "/ops/invitations/funnel/": (STAFF, SAFE),
    "/ops/invitations/funnel.csv": (STAFF, SAFE),
    "/ops/invitations/<str:sub>/remind/": (OPS, FORM),
    "/ops/invite/": (OPS, FORM),
    "/ops/settings/": (STAFF, SAFE),
    "/ops/bulk/": (STAFF, SAFE),
    "/ops/bulk/new/": (OPS, ACT),
    "/ops/bulk/<str:job_id>/": (STAFF, SAFE),
    "/ops/bulk/<str:job_id>/act/": (OPS, ACT),
    "/ops/bulk/<str:job_id>/results.csv": (STAFF, SAFE),
    "/ops/health/": (STAFF, SAFE),
    "/ops/accounts/<str:sub>/more/": (STAFF, SAFE),
    "/ops/accounts/<str:sub>/verify/": (OPS, FORM),
    "/ops/verifications/": (STAFF, SAFE),
    "/ops/verifications/1/": (STAFF, SAFE),
    "/ops/verifications/1/approve/": (OPS, ACT),
    "/ops/verifications/1/refuse/": (OPS, ACT),
    "/ops/verifications/1/undo/": (OPS, FORM),
    "/ops/verifications/1/marks/": (OPS, ACT),
    "/account/": (COGNITO_USER, SAFE),
    "/account/sign-out-everywhere/": (COGNITO_USER, ACT),
    "/account/password/": (COGNITO_USER, FORM),
    "/account/details/": (COGNITO_USER, FORM),
    "/account/details/contact/": (COGNITO_USER, ACT),
    "/account/details/code/": (COGNITO_USER, ACT),
    "/account/details/verify/": (COGNITO_USER, ACT),
    "/account/factors/": (COGNITO_USER, SAFE),
    "/account/factors/set/": (COGNITO_USER, ACT),
    "/account/factors/app/": (COGNITO_USER, FORM),
    "/account/factors/app/begin/": (COGNITO_USER, ACT),
    "/account/passkeys/": (COGNITO_USER, SAFE),
    "/account/passkeys/begin/": (COGNITO_USER, ACT),
    "/account/passkeys/add/": (COGNITO_USER, FORM),
    "/account/passkeys/remove/": (COGNITO_USER, ACT),
    "/account/devices/": (COGNITO_USER, SAFE),
    "/account/devices/forget/": (COGNITO_USER, ACT),
    "/account/activity/": (COGNITO_USER, SAFE),
    "/account/activity/not-me/": (COGNITO_USER, ACT),
    # After the others: whoever posts it is signed out.
    "/account/sign-out/": (COGNITO_USER, ACT),
    "/audit/": (AUDITORS, SAFE),
    "/audit/charts/": (AUDITORS, SAFE),
    "/audit/flags/": (AUDITORS, SAFE),
    "/audit/flags/judge/": (AUDITORS, ACT),
    "/audit/reviews/": (AUDITORS, SAFE),
    "/audit/reviews/sign/": (AUDITORS, FORM),
    "/audit/reviews/verify/": (AUDITORS, ACT),
    "/audit/rows/1/": (AUDITORS, SAFE),
    "/audit/searches/": (AUDITORS, FORM),
    "/audit/searches/1/share/": (AUDITORS, ACT),
    "/audit/searches/1/delete/": (AUDITORS, ACT),
    "/audit/pushes/": (AUDITORS, SAFE),
    "/audit/pushes/add/": (ADMINS, ACT),
    "/audit/pushes/1/": (AUDITORS, SAFE),
    "/audit/pushes/1/act/": (ADMINS, ACT),
    "/audit/exports/": (AUDITORS, FORM),
    "/audit/exports/<str:export_id>/": (AUDITORS, SAFE),
    "/audit/exports/<str:export_id>/cancel/": (AUDITORS, ACT),
    "/audit/exports/<str:export_id>/file/": (AUDITORS, SAFE),
    "/audit/exports/<str:export_id>/manifest/": (AUDITORS, SAFE),
    "/audit/verifier.py": (AUDITORS, SAFE),
    "/staff/sign-in/": (PUBLIC, FORM),
    "/staff/company/": (PUBLIC, ACT),
    "/staff/company/back/": (PUBLIC, SAFE),
    "/staff/second-step/": (PUBLIC, FORM),
    "/staff/set-up/": (PUBLIC, FORM),
    "/staff/own/": (STAFF, SAFE),
    "/staff/own/app/": (STAFF, FORM),
    "/staff/own/passkey/begin/": (STAFF, ACT),
    "/staff/own/passkey/": (STAFF, FORM),
    "/staff/own/remove/": (STAFF, ACT),
    "/staff/own/recovery-codes/": (STAFF, ACT),
    "/staff/own/shortcuts/": (STAFF, ACT),
    "/staff/own/password/": (STAFF, FORM),
    "/staff/sign-out/": (STAFF, ACT),
    "/site/accent.css": (PUBLIC, SAFE),
    "/site/logo": (PUBLIC, SAFE),
    "/healthz": (PUBLIC, SAFE),
    "/readyz": (PUBLIC, SAFE),
}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
WHO = ["anonymous", "cognito user", "auditor", "ops", "admin", "staff without group"]
ROLES = {
    "anonymous": set(),
    "cognito user": {Role.COGNITO_USER},
    "auditor": {Role.AUDITORS},
    "ops": {Role.OPS},
    "admin": {Role.ADMINS},
    "staff without group": set(),
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
}
POLICY = {
    "default-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "script-src 'self'",
    "style-src 'self'",
}


def walked(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walked(pattern.url_patterns, route)
        else:
            yield route, pattern


# Whoever looks at accounts is written down, and nothing else changes by it.
WRITTEN_DOWN = {"/ops/accounts/", "/ops/accounts/<str:sub>/", "/ops/invitations/"}

# What stands for a number in an address is visited as 1.
URLS = {
    re.sub(r"<int:\w+>", "1", route): pattern
    for route, pattern in walked(get_resolver("cognito_portal.urls").url_patterns)
}


def as_staff(*groups: Role) -> Browser:
    browser = Browser()
    user = User.objects.create_user(f"staff{User.objects.count()}", password=None)
    user.groups.set(Group.objects.filter(name__in=groups))
    browser.force_login(user)
    # As sign-in leaves it; without it nobody may change how they sign in.
    session = browser.session
    session[SINCE] = time.time()
    session.save()
    return browser


def as_cognito_user(site: Site) -> Browser:
    site.cognito.play("InitiateAuth", says(tokens()))
    assert site.sign_in().headers["Location"] == "/account/"
    return site.browser


@pytest.fixture
def who(site: Site) -> Callable[[str], Browser]:
    def make(name: str) -> Browser:
        if name == "anonymous":
            return Browser()
        return as_cognito_user(site) if name == "cognito user" else as_staff(*ROLES[name])

    return make


def rows_of(database: Database) -> list[str]:
    with sqlite3.connect(database.path) as connection:
        return list(connection.iterdump())


def assert_headers(page: HttpResponse, *, where: str) -> None:
    lacking = {
        name: page.headers.get(name) for name, text in HEADERS.items() if page.headers.get(name) != text
    }
    assert not lacking, f"{where}: {lacking}"
    policy = {part.strip() for part in page.headers.get("Content-Security-Policy", "").split(";")}
    assert policy >= POLICY, where
    assert "unsafe" not in page.headers["Content-Security-Policy"], where
    assert page.headers["Permissions-Policy"], where
    assert not [name for name in page.headers if name.lower().startswith("access-control-")], where
    if page.headers.get("Content-Type", "").startswith("text/"):
        assert "charset=utf-8" in page.headers["Content-Type"].lower(), where


def assert_not_stored(page: HttpResponse, *, where: str) -> None:
    assert "no-store" in page.headers.get("Cache-Control", ""), where


def assert_cookies(cookies: SimpleCookie, *, where: str) -> None:
    for name, cookie in cookies.items():
        assert name in ("__Host-sessionid", "__Host-csrftoken"), where
        assert len(name) + len(cookie.value) <= 4096, where
        if cookie["max-age"] == 0:
            continue
        flags = {flag: cookie[flag] for flag in ("secure", "httponly", "samesite", "path", "domain")}
        wanted = {"secure": True, "httponly": True, "samesite": "Lax", "path": "/", "domain": ""}
        assert flags == wanted, where


def test_every_url_stands_in_the_reviewed_list_with_its_roles() -> None:
    found = {path: declared(pattern.callback) for path, pattern in URLS.items()}
    assert found == {path: roles for path, (roles, _) in REVIEWED.items()}


@pytest.mark.parametrize("name", WHO)
def test_everybody_sees_what_their_role_says_and_nothing_else(
    who: Callable[[str], Browser], name: str
) -> None:
    browser = who(name)
    for path, (roles, methods) in REVIEWED.items():
        page = browser.get(path)
        if roles == PUBLIC or roles & ROLES[name]:
            expected = {200, 302, 404} if "GET" in methods else {405}
        else:
            expected = {403} if name in ("auditor", "ops", "admin", "staff without group") else {302}
        if roles == COGNITO_USER and name != "cognito user":
            expected = {302}
        assert page.status_code in expected, (name, path, page.status_code)


def test_refused_staff_leave_an_audit_row(site: Site) -> None:
    as_staff(Role.OPS).get("/audit/")
    row = AuditEvent.objects.get(event="access.denied")
    assert (row.outcome, row.step, row.actor.startswith("staff:")) == ("denied", "/audit/", True)


def test_role_that_was_taken_away_is_gone_with_the_next_request(site: Site) -> None:
    auditor = as_staff(Role.AUDITORS)
    assert auditor.get("/audit/").status_code == 200
    User.objects.get().groups.clear()
    assert auditor.get("/audit/").status_code == 403


@pytest.mark.parametrize("method", METHODS)
def test_only_listed_methods_are_answered(who: Callable[[str], Browser], method: str) -> None:
    browsers = {Role.PUBLIC: Browser(), Role.AUDITORS: as_staff(Role.AUDITORS)}
    browsers[Role.ADMINS] = as_staff(Role.ADMINS)
    browsers[Role.COGNITO_USER] = who("cognito user")
    for path, (roles, methods) in REVIEWED.items():
        role = next(role for role in browsers if role in roles)
        page = browsers[role].generic(method, path)
        if method not in methods:
            assert page.status_code == 405, (method, path, page.status_code)
            assert set(page.headers["Allow"].split(", ")) == methods, (method, path)
        else:
            assert page.status_code != 405, (method, path)


@pytest.mark.parametrize("name", WHO)
def test_every_answer_carries_the_headers(who: Callable[[str], Browser], name: str) -> None:
    browser = who(name)
    for path in REVIEWED:
        for method in ("GET", "HEAD", "POST", "PUT", "TRACE"):
            page = browser.generic(method, path)
            assert_headers(page, where=f"{name} {method} {path} {page.status_code}")
            if not path.startswith("/site/") or page.status_code != 200:
                assert_not_stored(page, where=f"{name} {method} {path} {page.status_code}")
            assert_cookies(page.cookies, where=f"{name} {method} {path}")


def pages_by_status(site: Site) -> Iterator[tuple[int, HttpResponse]]:
    strict = Browser("192.0.2.7", enforce_csrf_checks=True)
    yield 400, site.browser.post("/sign-in/", {"username": "", "password": ""})
    yield 400, site.browser.post("/sign-in/", {"username": "n" * 100_000})
    yield 400, site.browser.get("/", headers={"host": "evil.example"})
    yield 403, strict.post("/sign-in/", {"username": "mary"})
    yield 404, site.browser.get("/nowhere")
    yield 405, site.browser.put("/sign-in/")
    yield 409, site.browser.post("/sign-in/new-password/", {"attempt": "0" * 32, "turn": "1"})
    yield 403, site.browser.get("/undeclared/")
    yield 500, site.browser.post("/broken/", {"password": "canary-of-a-password"})
    site.cognito.play("InitiateAuth", says(b"", status=503))
    yield 503, site.sign_in()
    site.cognito.play("InitiateAuth", says({"__type": "NotAuthorizedException"}, status=400))
    for _ in range(5):
        site.sign_in()
    yield 429, site.sign_in()


def test_error_pages_carry_the_headers_as_well(site: Site, settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.security.extra_urls"
    for status, page in pages_by_status(site):
        assert page.status_code == status
        assert_headers(page, where=str(status))
        assert_not_stored(page, where=str(status))
        assert "canary-of-a-password" not in page.content.decode()
        assert "Traceback" not in page.content.decode()


def test_view_without_a_role_is_refused_and_written_down(site: Site, settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.security.extra_urls"
    page = Browser().get("/undeclared/")
    assert (page.status_code, b"a secret page" in page.content) == (403, False)
    assert AuditEvent.objects.get().event == "access.denied"


def test_view_that_breaks_names_its_error_in_the_log_and_not_its_words(
    site: Site, settings: Settings
) -> None:
    settings.ROOT_URLCONF = "tests.security.extra_urls"
    page = Browser().post("/broken/", {"password": "canary-of-a-password"})
    row = AuditEvent.objects.get()
    assert (page.status_code, row.event, row.error_code) == (500, "portal.failed", "ValueError")


def test_static_files_carry_the_headers(site: Site, settings: Settings) -> None:
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    page = Browser().get("/static/portal/theme.css")
    assert page.status_code == 200
    lacking = {name for name, text in HEADERS.items() if page.headers.get(name) != text}
    assert (lacking, "Access-Control-Allow-Origin" in page.headers) == (set(), False)


@pytest.mark.parametrize("name", ["anonymous", "cognito user", "auditor"])
def test_reading_changes_nothing(who: Callable[[str], Browser], name: str, sqlite: Database) -> None:
    browser = who(name)
    readable = [path for path, (roles, _) in REVIEWED.items() if roles == PUBLIC or roles & ROLES[name]]
    before = rows_of(sqlite)
    for path in set(readable) - WRITTEN_DOWN:
        for method in ("GET", "HEAD", "OPTIONS", "TRACE"):
            browser.generic(method, path)
    assert rows_of(sqlite) == before


def test_reading_a_half_done_step_changes_nothing(site: Site, sqlite: Database) -> None:
    site.come_to_new_password()
    before = rows_of(sqlite)
    for path in REVIEWED:
        site.browser.get(path)
    assert rows_of(sqlite) == before


def test_anonymous_reader_gets_no_session(site: Site) -> None:
    browser = Browser()
    for path in REVIEWED:
        browser.get(path)
    assert "__Host-sessionid" not in browser.cookies
