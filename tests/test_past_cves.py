"""Faults that other sign-in systems had, each tried here. The numbers are the CVE and GHSA records'."""

import json
import random
import re
import secrets
from importlib.metadata import version
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from cognito_portal import clients
from tests.audit.rows import stored
from tests.signin.browsing import GOOD_PASSWORD, Tab, TlsClient, new_client
from tests.signin.conftest import stub, stub_server, tab
from tests.signin.stub import StubCognito, StubUser

__all__ = ["stub", "stub_server", "tab"]

FORM = "/sign-in/new-password/"
MALFORMED = (
    "unknown",
    "",
    ",",
    "::1%eth0",
    "fe80::1%25eth0",
    "1.2.3",
    "9" * 10_240,
    "\x7f",
    "[::1",
    "1;2",
    "é",
)
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\t//evil.example",
    "https:evil.example",
    "https://user@evil.example",
    "/%0d%0aLocation:https://evil.example",
    "javascript:alert(1)",
    "//evil。example",
    "https://" + "e" * 2_048 + ".example",
)


def on_the_form(stub: StubCognito, tab: Tab, name: str = "") -> StubUser:
    user = stub.invite(name)
    tab.start(user.username, user.password)
    assert tab.path == FORM
    return user


def upstream(stub: StubCognito) -> int:
    return len(stub.calls)


def test_cve_2020_15105_no_password_stands_in_the_session_between_two_steps(
    stub: StubCognito, tab: Tab
) -> None:
    user = on_the_form(stub, tab)
    tab.answer("Too-short")
    held = json.dumps(tab.session()) + "".join(row.session_data for row in Session.objects.all())
    assert user.password not in held
    assert "Too-short" not in held


def test_cve_2026_7507_a_session_made_before_never_becomes_signed_in(stub: StubCognito) -> None:
    thief, victim = Tab(), Tab()
    on_the_form(stub, thief)
    fixed = thief.cookie
    victim.client.cookies[site_settings.SESSION_COOKIE_NAME] = fixed
    user = stub.confirm()
    victim.start(user.username, user.password)
    assert victim.session()["cognito_user"]["username"] == user.username
    assert victim.cookie != fixed
    thief.get("/account/")
    assert thief.path == "/sign-in/"


def test_cve_2026_7507_a_cookie_of_ones_own_making_is_not_taken_up(stub: StubCognito, tab: Tab) -> None:
    tab.client.cookies[site_settings.SESSION_COOKIE_NAME] = "f" * 40
    user = stub.confirm()
    tab.start(user.username, user.password)
    assert tab.cookie not in ("", "f" * 40)


@pytest.mark.parametrize("seed", range(8))
def test_cve_2025_12390_two_people_in_one_browser_are_never_mixed(stub: StubCognito, seed: int) -> None:
    order, tabs = random.Random(seed), [Tab()]
    tabs.append(Tab(tabs[0].client))
    people = [stub.confirm(f"alice-{seed}"), stub.confirm(f"bob-{seed}")]
    for _ in range(6):
        who, tab = order.choice(people), order.choice(tabs)
        fields = {"attempt": secrets.token_hex(16), "username": who.username, "password": who.password}
        tab.post("/sign-in/", fields)
        other = people[1 - people.index(who)]
        for page in tabs:
            page.get("/account/")
            assert who.username in page.text
            assert other.username not in page.text


def test_cve_2026_9087_the_name_goes_with_the_session_it_was_put_to(stub: StubCognito, tab: Tab) -> None:
    first = on_the_form(stub, tab)
    second = stub.invite()
    fields = {**tab.hidden, "userAttributes.name": "N", "new_password": GOOD_PASSWORD}
    tab.post(FORM, {**fields, "username": second.username, "USERNAME": second.username})
    sent = stub.calls[-1].body["ChallengeResponses"]
    assert sent["USERNAME"] == first.username
    assert second.is_temporary


@pytest.mark.parametrize("path", [FORM, "/sign-in/", "/sign-in/renew/", "/account/sign-out/"])
@pytest.mark.parametrize("kind", ["empty", "extra", "hidden only"])
def test_cve_2026_49448_an_empty_form_skips_no_step(
    stub: StubCognito, tab: Tab, path: str, kind: str
) -> None:
    on_the_form(stub, tab)
    calls = upstream(stub)
    extra = {"is_staff": "1", "cognito_user": "admin", "ChallengeName": "SMS_MFA", "next": "/account/"}
    tab.post(path, {"empty": {}, "extra": extra, "hidden only": tab.hidden}[kind])
    assert upstream(stub) == calls
    tab.get("/account/")
    assert tab.path == "/sign-in/"


def test_cve_2026_49448_a_field_sent_twice_is_one_value(stub: StubCognito, tab: Tab) -> None:
    user = on_the_form(stub, tab)
    fields: dict[str, Any] = {**tab.hidden, "userAttributes.name": ["A", "B"]}
    tab.post(FORM, {**fields, "new_password": ["short", GOOD_PASSWORD]})
    assert (user.password, user.attributes) == (GOOD_PASSWORD, {"name": "B"})


@pytest.mark.parametrize("forwarded", MALFORMED)
def test_cve_2024_47070_a_malformed_forwarded_for_skips_no_check(
    stub: StubCognito, settings: Settings, forwarded: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    tab = Tab(TlsClient(headers={"host": "localhost", "x-forwarded-for": forwarded}, REMOTE_ADDR="192.0.2.1"))
    tab.start(stub.confirm().username, "Wrong-1-password")
    assert tab.status == 403
    assert upstream(stub) == 1
    assert len(stored()[0]["address"]) <= 64
    assert stored()[0]["address_key"] not in ("", "unknown")


def test_cve_2026_111934_no_header_chooses_the_address(stub: StubCognito, settings: Settings) -> None:
    settings.THROTTLE_ADDRESS_LIMIT = settings.THROTTLE_ACCOUNT_LIMIT = 10_000
    for number in range(60):
        spoof = f"198.51.100.{number}"
        headers = {"x-forwarded-for": spoof, "forwarded": f"for={spoof}", "x-real-ip": spoof}
        client = TlsClient(headers={"host": "localhost", **headers}, REMOTE_ADDR="192.0.2.9")
        Tab(client).start(f"nobody{number}", "Wrong-1-password")
    assert {row["address"] for row in stored()} == {"192.0.2.9"}


def test_cve_2025_69615_no_header_resets_the_limit(stub: StubCognito, settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 5
    user = stub.confirm()
    for number in range(12):
        headers = {"host": "localhost", "x-forwarded-for": f"198.51.100.{number}", "user-agent": str(number)}
        Tab(TlsClient(headers=headers)).start(user.username, "Wrong-1-password")
    assert upstream(stub) == 5


def test_cve_2025_64102_a_new_attempt_does_not_reset_the_count(stub: StubCognito, settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 5
    user = stub.invite()
    for number in range(8):
        tab = Tab(new_client(f"203.0.113.{number}"))
        tab.start(user.username, "Wrong-1-password")
    assert tab.status == 429
    assert upstream(stub) == 5


def test_cve_2025_64102_renewing_is_counted_with_signing_in(
    stub: StubCognito, tab: Tab, settings: Settings
) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 5
    on_the_form(stub, tab)
    statuses = []
    for _ in range(8):
        tab.get(FORM)
        statuses.append(tab.renew("Wrong-1-password").status_code)
    assert statuses == [403] * 5 + [429] * 3
    assert upstream(stub) == 6


def test_cve_2026_9798_a_limit_reached_meanwhile_stops_the_later_steps(
    stub: StubCognito, tab: Tab, settings: Settings
) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 3
    user = on_the_form(stub, tab)
    for _ in range(3):
        Tab(new_client("198.51.100.1")).start(user.username, "Wrong-1-password")
    tab.answer()
    assert tab.status == 429
    assert stub.count("RespondToAuthChallenge") == 0
    assert user.is_temporary


def test_cve_2026_93346_the_place_is_taken_before_the_call(stub: StubCognito, settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 1
    user = stub.confirm()
    seen = []

    def second_guess() -> tuple[int, bytes]:
        # While Cognito thinks about the first guess, another one of the same name comes in.
        other = Tab(new_client("198.51.100.2"))
        seen.append(other.start(user.username, "Wrong-2-password").status_code)
        return 400, b'{"__type":"NotAuthorizedException","message":"Incorrect username or password."}'

    stub.faults.append(second_guess)
    Tab().start(user.username, "Wrong-1-password")
    assert seen == [429]


@pytest.mark.parametrize("spelling", ["VICTIM", " victim ", "ｖｉｃｔｉｍ", "Victim", "victim@example.test"])
def test_go_2025_3855_every_spelling_shares_one_counter(
    stub: StubCognito, settings: Settings, spelling: str
) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 5
    user = stub.confirm("victim")
    # The alias is known as one from the first time it signed in, from somewhere else than the thief.
    Tab(new_client("203.0.113.5")).start(user.alias, user.password)
    for _ in range(5):
        Tab().start("victim", "Wrong-1-password")
    tab = Tab()
    tab.start(spelling, "Wrong-1-password")
    assert tab.status == 429


def test_cve_2022_42731_a_finished_attempt_is_never_taken_again(stub: StubCognito, tab: Tab) -> None:
    user = on_the_form(stub, tab)
    form = {**tab.hidden, "userAttributes.name": "N", "new_password": GOOD_PASSWORD}
    tab.post(FORM, form)
    calls = upstream(stub)
    assert tab.post(FORM, form).status_code == 409
    again = {"attempt": form["attempt"], "username": user.username, "password": GOOD_PASSWORD}
    assert Tab().post("/sign-in/", again).status_code == 409
    assert upstream(stub) == calls


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_cve_2024_8883_no_answer_leads_elsewhere(stub: StubCognito, elsewhere: str) -> None:
    user, client = stub.confirm(), new_client()
    fields = {"username": user.username, "password": user.password, "next": elsewhere}
    for path in ("/sign-in/", "/staff/sign-in/"):
        response = client.post(
            path, {**fields, "attempt": secrets.token_hex(16)}, query_params={"next": elsewhere}
        )
        assert "evil" not in response.get("Location", "")
        assert "eeeee" not in response.get("Location", "")


def test_cve_2023_49594_a_post_is_never_sent_on_with_its_body(stub: StubCognito, tab: Tab) -> None:
    user = stub.invite()
    tab.get("/sign-in/")
    fields = {**tab.hidden, "username": user.username, "password": user.password}
    first = tab.client.post("/sign-in/", fields)
    assert first.status_code == 302
    for path in ("/sign-in", "/sign-in/new-password", "/account/sign-out"):
        assert tab.client.post(path, fields).status_code not in (307, 308)
    plain = Client(headers={"host": "localhost"}).post("/sign-in/", fields)
    assert (plain.status_code, plain.get("Location")) == (403, None)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost@evil.example",
        "localhost:80@evil",
        "evil.example#localhost",
        "",
        "[::1",
        "a b",
    ],
)
def test_cve_2012_4520_a_host_that_is_not_ours_is_refused(stub: StubCognito, host: str) -> None:
    client = TlsClient(headers={"host": host})
    assert client.get("/sign-in/").status_code == 400
    good = TlsClient(headers={"host": "localhost", "x-forwarded-host": "evil.example"})
    assert "evil" not in good.get("/sign-in/", follow=True).content.decode()


@pytest.mark.parametrize("nasty", ["a\r\nb", "a\u2028b", "a\x1b[31mb", "a\x85b"])
def test_cve_2025_48432_nothing_that_was_sent_breaks_a_line_of_the_export(
    stub: StubCognito, capsys: pytest.CaptureFixture[str], nasty: str
) -> None:
    client = TlsClient(headers={"host": "localhost", "user-agent": nasty})
    Tab(client).start(nasty, "Wrong-1-password")
    capsys.readouterr()
    call_command("audit_export", "--format", "ndjson")
    lines = capsys.readouterr().out.split("\n")
    assert len([json.loads(line) for line in lines if line]) == len(stored())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\x85\u2028\u2029]", "".join(lines))


def test_cve_2026_35192_no_page_may_be_cached_for_somebody_else(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm()
    tab.start(user.username, user.password)
    response = tab.client.get("/account/")
    assert "no-store" in response["Cache-Control"]
    assert "Cookie" in response["Vary"]
    assert not [name for name in site_settings.MIDDLEWARE if "cache" in name.lower()]


def test_cve_2026_35192_django_is_new_enough() -> None:
    assert tuple(int(part) for part in version("django").split(".")[:3]) >= (5, 2, 19)


def test_cve_2025_64459_no_query_parameter_reaches_the_database_by_its_name(
    stub: StubCognito, tab: Tab
) -> None:
    answer = tab.client.get("/audit/", {"_connector": "OR 1=1", "actor__startswith": "s", "_negated": "1"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/staff/sign-in/")


def test_cve_2026_43911_a_cookie_is_dead_once_its_owner_has_left(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm()
    tab.start(user.username, user.password)
    kept = Tab()
    kept.client.cookies[site_settings.SESSION_COOKIE_NAME] = tab.cookie
    tab.post("/account/sign-out/", {})
    kept.get("/account/")
    assert kept.path == "/sign-in/"
    assert stub.count("RevokeToken") == 1


def test_cve_2026_18963_no_address_sets_a_password_without_cognitos_code_or_challenge(
    stub: StubCognito,
) -> None:
    calls = upstream(stub)
    for path in ("/sign-in/reset-password/", "/sign-in/confirm-account/"):
        fields = {"username": "anybody", "new_password": GOOD_PASSWORD}
        assert new_client().post(path, fields).status_code == 400
    assert upstream(stub) == calls


def test_the_transport_obeys_no_environment(
    monkeypatch: pytest.MonkeyPatch, stub: StubCognito, tab: Tab
) -> None:
    """CVE-2024-47081 and CVE-2024-35195, by the whole way; the room's own tests hold the details."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", "/dev/null")
    clients.forget()
    user = stub.confirm()
    tab.start(user.username, user.password)
    assert tab.path == "/account/"
