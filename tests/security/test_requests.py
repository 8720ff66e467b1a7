"""Requests that no browser of ours would send: none leaves the site, writes a page or passes a check."""

import itertools
import json
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.conf import settings as portal_settings
from django.contrib.auth.models import AnonymousUser, Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from pytest_django import Settings

from cognito_portal.access import Role
from cognito_portal.audit.models import AuditEvent
from cognito_portal.ops.staff.pages.sign_in import SignIn
from tests.security.browsing import Browser, Page, hidden_inputs
from tests.security.conftest import Site
from tests.security.faulty import refuses

PROBES = [
    "/.git/HEAD", "/.git/config", "/.svn/entries", "/.hg/store", "/.env", "/.env.local", "/.env.production",
    "/.aws/credentials", "/.ssh/id_rsa", "/.DS_Store", "/.htaccess", "/.htpasswd", "/.dockerenv",
    "/.well-known/openid-configuration", "/.vscode/settings.json", "/admin/", "/admin/login/",
    "/administrator/", "/wp-login.php", "/wp-admin/", "/xmlrpc.php", "/phpmyadmin/", "/phpinfo.php",
    "/server-status", "/server-info", "/actuator", "/actuator/env", "/actuator/heapdump", "/metrics",
    "/debug", "/debug/pprof/", "/__debug__/", "/console", "/api/", "/api/v1/users", "/graphql",
    "/swagger.json", "/openapi.json", "/docs", "/redoc", "/config.json", "/config.yml", "/settings.py",
    "/manage.py", "/db.sqlite3", "/db.sqlite3-wal", "/backup.sql", "/dump.sql", "/requirements.txt",
    "/pyproject.toml", "/Dockerfile", "/docker-compose.yml", "/Makefile", "/README.md", "/static/",
    "/static/../settings.py", "/static/%2e%2e/%2e%2e/manage.py", "/static/..%2fmanage.py", "/media/",
    "/cgi-bin/test", "/robots.txt.bak", "/package.json", "/web.config", "/trace.axd", "/sign-in",
]  # fmt: skip

HOSTS = [
    "evil.example", "localhost.evil.example", "evil.example:443", "localhost:evil", "localhost@evil.example",
    "localhost/evil.example", "localhost evil.example", "localhost,evil.example", "localhost#evil", "", ":",
    "localhost:443:443", "[::2]", "[::1", "127.0.0.2", "2130706433", "0x7f000001", "localhost\t", "loc alhost",
    "localhost%00.evil.example", "xn--lcalhost-e1a", "lоcalhost", "localhost?x", "localhost;x", "*.localhost",
    "evil.localhost", "testserver.evil", "localhost\\evil", "user:pw@localhost", "http://localhost", "..", "-",
    "a" * 300, "localhost:0x50", "localhost:-1", "localhost'", 'localhost"', "<localhost>", "(localhost)",
    "localhost|evil",
]  # fmt: skip

AWAY = ["evil.example", "evil.example/", "localhost.evil.example", "localhost@evil.example", "evil。example"]
LEADS = [
    "//", "///", "////", "/\\", "\\\\", "\\/", "/\t/", "/\n/", "/\r/", "\t//", " //", "https:", "https:/", "https://",
    "https:///", "http://", "HTTPS://", "hTtP:\\\\", "ftp://", "javascript:alert(1)//", "JaVaScRiPt://%0aalert(1)//",
    "java\tscript:alert(1)//", "data:text/html,", "vbscript:", "file:///", "blob:https://", "mailto:a@", "/%09/",
    "/%5c", "%2f%2f", "//%0d%0a", "/.//", "/..//", "/;@", "/%2e%2e//", "//user@", "//user:pw@", "https://localhost@",
    "https://localhost:443@", "\x00//", "\x01//", "\u2028//", "\u00a0//", "///\\;@", "//\u3002", "/\uff0f",
    "\uff0f\uff0f",
    "//[::1]@", "https:\\", "https:\t//", "\ufeff//", "//localhost:80@", "?//", "#//", "///localhost@",
    "////localhost.",
    "/\\/\\", "\\\t\\", "http:", "wss://",
]  # fmt: skip
NEXT = [lead + away for lead, away in itertools.product(LEADS, AWAY)] + ["/audit/?" + "a" * 2048]

MARKS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<b>bold</b>",
    '"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", '" autofocus onfocus=alert(1) x="',
    "' autofocus onfocus=alert(1) x='", "</title><script>alert(1)</script>", "</textarea><svg onload=alert(1)>",
    "--><script>alert(1)</script>", "]]><script>alert(1)</script>", "{{ 7|add:7 }}", "{% load static %}",
    "<iframe srcdoc='<script>alert(1)</script>'>", "<a href=javascript:alert(1)>x</a>", "`onmouseover=alert(1)`",
    "<math><mi xlink:href=javascript:alert(1)>", "<form action=//evil.example><button>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>", "<style>*{display:none}</style>", "&lt;b&gt;",
    "<template><script>alert(1)</script></template>", "\u202e<b>", "<\x0cscript>alert(1)</script>",
]  # fmt: skip
WRAPS = ["{}", "a{}", "{}b", "{} {}", "%s{}", "{}\n", "é{}", "{}'\"<"]
XSS = [wrap.format(mark, mark) for mark, wrap in itertools.product(MARKS, WRAPS)]


def auditor() -> Browser:
    user = User.objects.create_user("auditor", password="an-auditors-long-password")
    user.groups.add(Group.objects.get(name=Role.AUDITORS))
    browser = Browser("192.0.2.99")
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("kind", ["anonymous", "auditor"])
def test_nothing_lies_where_scanners_look(site: Site, kind: str) -> None:
    browser = auditor() if kind == "auditor" else Browser()
    found = {path: browser.get(path).status_code for path in PROBES}
    assert {path: status for path, status in found.items() if status not in (404, 301)} == {}
    assert len(found) >= 60
    assert {path for path, status in found.items() if status == 301} <= {"/sign-in"}


def test_foreign_host_names_are_refused(site: Site) -> None:
    statuses = {host: Browser().get("/sign-in/", headers={"host": host}).status_code for host in HOSTS}
    assert {host: status for host, status in statuses.items() if status != 400} == {}


def test_forwarded_host_names_are_not_believed(site: Site) -> None:
    for name in ("X-Forwarded-Host", "X-Host", "Forwarded", "X-Forwarded-Server", "X-Original-URL"):
        page = Browser().get("/", headers={name: "evil.example"})
        assert (page.status_code, page.headers["Location"]) == (302, "/sign-in/"), name


def test_reading_over_plain_http_is_sent_to_https(site: Site) -> None:
    page = Client(headers={"host": "localhost"}).get("/sign-in/?username=mary")
    assert (page.status_code, page.headers["Location"]) == (301, "https://localhost/sign-in/?username=mary")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_secret_over_plain_http_is_refused_and_never_redirected(site: Site, method: str) -> None:
    page = Client(headers={"host": "localhost"}).generic(method, "/sign-in/", "username=mary&password=secret")
    assert (page.status_code, page.headers.get("Location"), site.cognito.calls) == (403, None, [])


def test_forwarded_proto_is_not_believed_without_a_proxy(site: Site) -> None:
    page = Client(headers={"host": "localhost", "x-forwarded-proto": "https"}).post("/sign-in/")
    assert page.status_code == 403


def lands_on(location: str) -> str:
    """The origin a browser goes to: it drops tabs and line breaks and reads a backslash as a slash."""
    cleaned = location.strip("".join(map(chr, range(33))))
    for dropped in "\t\r\n":
        cleaned = cleaned.replace(dropped, "")
    landed = urlsplit(urljoin("https://localhost/staff/sign-in/", cleaned.replace("\\", "/")))
    return f"{landed.scheme}://{landed.netloc}"


@pytest.mark.parametrize("method", ["get", "post"])
def test_next_never_leads_off_the_site(method: str) -> None:
    assert len(NEXT) >= 300
    for text in NEXT:
        request = getattr(RequestFactory(headers={"host": "localhost"}), method)(
            "/staff/sign-in/", {"next": text}, secure=True
        )
        request.user = AnonymousUser()
        view = SignIn()
        view.setup(request)
        assert lands_on(view.get_success_url()) == "https://localhost", repr(text)


def test_staff_sign_in_ends_on_the_site_whatever_next_says(site: Site, settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    auditor()
    for number, text in enumerate(NEXT[::15]):
        browser = Browser(f"198.51.100.{number}")
        form = {"username": "auditor", "password": "an-auditors-long-password", "next": text}
        page = browser.post("/staff/sign-in/", form)
        assert (page.status_code, lands_on(page.headers["Location"])) == (302, "https://localhost"), text


def test_username_in_the_address_never_becomes_markup(site: Site) -> None:
    assert len(XSS) >= 200
    browser = Browser()
    for path in ("/sign-in/", "/sign-in/invitation/"):
        plain = Page(browser.get(path, {"username": "mary"}).content.decode()).shape
        for text in XSS:
            page = browser.get(path, {"username": text}).content.decode()
            assert Page(page).shape == plain, text
            assert not Page(page).comments


def test_next_never_becomes_markup(site: Site) -> None:
    browser = Browser()
    plain = Page(browser.get("/staff/sign-in/", {"next": "/audit/"}).content.decode()).shape
    for text in XSS:
        assert Page(browser.get("/staff/sign-in/", {"next": text}).content.decode()).shape == plain, text


def test_what_was_typed_never_becomes_markup_on_a_refusal(site: Site) -> None:
    site.cognito.play("InitiateAuth", refuses("NotAuthorizedException", "Incorrect username or password."))
    plain = Page(site.sign_in().content.decode()).shape
    for number, text in enumerate(XSS[::4]):
        browser = Browser(f"198.51.100.{number}")
        page = browser.post("/sign-in/", {"username": text, "password": "secret"})
        assert (page.status_code, Page(page.content.decode()).shape == plain) == (403, True), text


def test_what_visitors_send_never_becomes_markup_on_the_audit_page(site: Site) -> None:
    site.cognito.play("InitiateAuth", refuses("NotAuthorizedException"))
    reader = auditor()
    tags = set()
    for start in range(0, len(XSS), 25):
        for number, text in enumerate(XSS[start : start + 25]):
            agent = text.replace("\n", " ").encode("latin-1", "ignore").decode("latin-1")
            browser = Browser(f"198.51.{start}.{number}", headers={"host": "localhost", "user-agent": agent})
            browser.post("/sign-in/", {"username": text, "password": "secret"})
        page = Page(reader.get("/audit/").content.decode())
        tags |= {tag for tag, _ in page.elements}
        names = {name for _, attributes in page.elements for name in attributes}
        assert not {name for name in names if name.startswith("on")}, start
    scripts = {attributes["src"] for tag, attributes in page.elements if tag == "script"}
    assert all(source.startswith("/static/portal/") for source in scripts)
    assert not tags & {"iframe", "img", "b", "style", "base", "math", "mi", "template", "textarea"}


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/invitation/", "/staff/sign-in/"])
def test_oversize_body_is_refused(site: Site, path: str) -> None:
    for body in ({"username": "n" * 70_000}, {f"field{n}": "x" for n in range(101)}):
        assert Browser().post(path, body).status_code == 400
    assert site.cognito.calls == []


def test_uploaded_file_is_ignored(site: Site) -> None:
    upload = SimpleUploadedFile("password", b"a file in the place of a password" * 1000)
    page = Browser().post("/sign-in/", {"username": "mary", "password": upload})
    assert (page.status_code, site.cognito.calls) == (400, [])


@pytest.mark.parametrize(
    "body", ["{}", '{"username":"mary","password":"secret"}', "\x00" * 100, "%", "a" * 5000]
)
@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x"]
)
def test_body_that_is_no_form_is_refused(site: Site, body: str, kind: str) -> None:
    page = Browser().generic("POST", "/sign-in/", body, kind)
    assert (page.status_code, site.cognito.calls) == (400, [])


def test_two_usernames_are_one_for_cognito_for_the_log_and_for_the_page(site: Site) -> None:
    page = Browser().post("/sign-in/", {"username": ["mary", "eve"], "password": "secret"})
    sent = site.cognito.calls[0][1]["AuthParameters"]["USERNAME"]
    row = AuditEvent.objects.filter(step="InitiateAuth", phase="begin").get()
    assert (page.status_code, sent) == (302, "eve")
    assert typed_of(row) == sent


def typed_of(row: AuditEvent) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT typed FROM audit_person WHERE commitment = %s", [row.person_commitment])
        return str(cursor.fetchone()[0])


UNSENDABLE = {"NUL": "ma\x00ry", "only blanks": "   ", "nothing": "", "129 characters": "n" * 129}


@pytest.mark.parametrize("name", UNSENDABLE)
def test_username_that_cannot_be_sent_is_refused_before_any_call(site: Site, name: str) -> None:
    page = Browser().post("/sign-in/", {"username": UNSENDABLE[name], "password": "secret"})
    assert (page.status_code, site.cognito.calls) == (400, [])
    assert AuditEvent.objects.get().event == "signin.input_refused"


@pytest.mark.parametrize("length", [1, 127, 128])
def test_username_of_every_allowed_length_is_sent_whole(site: Site, length: int) -> None:
    Browser().post("/sign-in/", {"username": "n" * length, "password": "p" * 256})
    sent = site.cognito.calls[0][1]["AuthParameters"]
    assert (len(sent["USERNAME"]), len(sent["PASSWORD"])) == (length, 256)


def test_password_of_257_characters_is_refused_before_any_call(site: Site) -> None:
    page = Browser().post("/sign-in/", {"username": "mary", "password": "p" * 257})
    assert (page.status_code, site.cognito.calls) == (400, [])


@pytest.mark.parametrize("field", ["username", "password", "attempt", "turn", "csrfmiddlewaretoken"])
@pytest.mark.parametrize("raw", ["%ED%A0%80", "%FF%FE", "%C0%AF", "%F4%90%80%80"])
def test_bytes_that_are_no_text_never_break_a_page(site: Site, field: str, raw: str) -> None:
    fields = {"username": "mary", "password": "secret"} | {field: raw}
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    page = Browser().generic("POST", "/sign-in/", body, "application/x-www-form-urlencoded")
    assert page.status_code in (302, 400)


@pytest.mark.parametrize(
    "text", [" padded ", "e\u0301 \u00e9", "\U0001f511-key", "tab\tinside", "  ", "NUL\x01"]
)
def test_password_reaches_cognito_byte_for_byte(site: Site, text: str) -> None:
    site.sign_in(password=text)
    assert site.cognito.calls[0][1]["AuthParameters"]["PASSWORD"] == text


def test_line_breaks_in_what_was_sent_never_become_headers(site: Site) -> None:
    split = "mary\r\nSet-Cookie: forged=1\r\nLocation: //evil.example"
    for page in (
        Browser().get("/sign-in/", {"username": split}),
        Browser().post("/sign-in/", {"username": split, "password": "x"}),
        Browser().get("/sign-in/invitation/", {"username": split}),
        Browser().get("/audit/" + quote("\r\nSet-Cookie: forged=1")),
        Browser().get("/audit/?before=" + quote("\r\nSet-Cookie: forged=1")),
    ):
        assert "forged" not in page.cookies
        assert not [value for value in page.headers.values() if "\n" in value or "evil" in value]


CSRF_CASES: dict[str, tuple[bool, dict[str, str]]] = {
    "no token": (False, {}),
    "Origin of another site": (True, {"origin": "https://evil.example"}),
    "Origin null": (True, {"origin": "null"}),
    "Origin over plain HTTP": (True, {"origin": "http://localhost"}),
    "Referer of another site": (True, {"referer": "https://evil.example/"}),
    "no Referer and no Origin": (True, {}),
}
TARGETS = ["/sign-in/", "/sign-in/invitation/", "/staff/sign-in/", "/sign-in/renew/", "/account/sign-out/"]


@pytest.mark.parametrize("name", CSRF_CASES)
def test_form_of_another_site_is_refused_and_written_down(site: Site, name: str) -> None:
    with_token, headers = CSRF_CASES[name]
    browser = Browser(enforce_csrf_checks=True)
    token = hidden_inputs(browser.get("/sign-in/").content.decode())["csrfmiddlewaretoken"]
    fields = {"username": "mary", "password": "x"} | ({"csrfmiddlewaretoken": token} if with_token else {})
    for path in TARGETS:
        assert browser.post(path, fields, headers=headers).status_code == 403, path
    events = AuditEvent.objects.values_list("event", "outcome")
    assert (list(events), site.cognito.calls) == ([("signin.csrf_failed", "denied")] * len(TARGETS), [])


def test_form_of_this_site_passes_the_same_check(site: Site) -> None:
    browser = Browser(enforce_csrf_checks=True)
    fields = hidden_inputs(browser.get("/sign-in/").content.decode())
    fields |= {"username": "mary", "password": "x"}
    page = browser.post("/sign-in/", fields, headers={"origin": "https://localhost"})
    assert page.status_code == 302


def test_token_of_the_step_before_is_worth_nothing(site: Site) -> None:
    browser = Browser(enforce_csrf_checks=True, headers={"host": "localhost", "origin": "https://localhost"})
    fields = hidden_inputs(browser.get("/sign-in/").content.decode())
    browser.post("/sign-in/", fields | {"username": "mary", "password": "x"})
    assert browser.post("/sign-in/invitation/", fields | {"username": "mary"}).status_code == 403


@pytest.mark.parametrize(
    "forwarded",
    ["203.0.113.9", "203.0.113.9, 198.51.100.1", "x" * 10_000, "fe80::1%eth0", "'; DROP", "127.0.0.1"],
)
def test_address_in_the_log_is_the_peers_whatever_is_forwarded(site: Site, forwarded: str) -> None:
    names = ("x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "cf-connecting-ip", "x-client-ip")
    headers = {"host": "localhost"} | dict.fromkeys(names, forwarded)
    Browser("192.0.2.44", headers=headers).post("/sign-in/", {"username": "mary", "password": "x"})
    assert set(AuditEvent.objects.values_list("address", flat=True)) == {"192.0.2.44"}


def test_address_behind_two_proxies_is_the_second_from_the_right(site: Site, settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 2
    headers = {"host": "localhost", "x-forwarded-for": "1.2.3.4, 203.0.113.9, 198.51.100.1"}
    Browser("192.0.2.44", headers=headers).post("/sign-in/", {"username": "mary", "password": "x"})
    assert set(AuditEvent.objects.values_list("address", flat=True)) == {"203.0.113.9"}


def test_no_answer_repeats_a_secret_that_was_typed(site: Site) -> None:
    secret = "typed-secret-7c1f"
    site.cognito.play("InitiateAuth", refuses("NotAuthorizedException"))
    pages = [site.sign_in(password=secret), site.sign_in("", password=secret)]
    pages.append(Browser().post("/staff/sign-in/", {"username": "nobody", "password": secret}))
    assert not [
        page for page in pages if secret in page.content.decode() or secret in json.dumps(dict(page.headers))
    ]
    assert portal_settings.DEBUG is False
