"""The same faults of other sign-in systems, tried on the codes, the further steps and the remembered devices.

tests/test_past_cves.py has those that touch a password. The numbers are the CVE and GHSA records'.
"""

import json
import random
import secrets
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from pytest_django import Settings

from cognito_portal.signin.attempt import Attempt
from tests.audit.rows import stored
from tests.databases import Database
from tests.live import Visitor
from tests.signin.answering import PATHS, RIGHT, answer_rightly, open_challenge, send, walk_through
from tests.signin.browsing import GOOD_PASSWORD, Seen, Tab, new_client, session_of
from tests.signin.conftest import stub, stub_server, tab
from tests.signin.stub import StubCognito, StubUser, Ways
from tests.signin.test_concurrency import post_in_parallel, site_on

__all__ = ["stub", "stub_server", "tab"]

APP = "SOFTWARE_TOKEN_MFA"
CODES = ["SMS_MFA", "SMS_OTP", "EMAIL_OTP", APP]
RESET, FORGOT = "/sign-in/reset-password/", "/sign-in/forgot-password/"
ANSWERS = ("RespondToAuthChallenge", "VerifySoftwareToken", "AssociateSoftwareToken")


def at(stub: StubCognito, tab: Tab, *script: str, name: str = "") -> StubUser:
    """Somebody whose password was right, at the page of the first challenge of this chain."""
    user = stub.confirm(
        name, script=list(script), can_set_up=(APP,), can_choose=("SMS_MFA", APP, "EMAIL_OTP")
    )
    tab.start(user.username, user.password)
    assert open_challenge(tab) == script[0]
    return user


def right(user: StubUser, challenge: str) -> dict[str, str]:
    return RIGHT[challenge](user)


def wrong(code: str) -> str:
    return str((int(code) + 7) % 10 ** len(code)).zfill(len(code))


def answers(stub: StubCognito) -> int:
    return sum(stub.count(operation) for operation in ANSWERS)


def without_limits(settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = settings.THROTTLE_ADDRESS_LIMIT = 10_000


def is_in(tab: Tab) -> bool:
    return "cognito_user" in tab.session()


def opened(tab: Tab) -> str:
    """All that the server holds for this browser, the encrypted attempt in clear."""
    attempt = Seen.of(tab).attempt
    clear = {name: getattr(attempt, name) for name in Attempt.__slots__} if attempt else {}
    return json.dumps([tab.session(), clear], default=str)


def test_cve_2020_15105_no_password_and_no_code_stands_in_the_session_after_any_step(
    stub: StubCognito, tab: Tab
) -> None:
    chain = ["SELECT_CHALLENGE", "PASSWORD_SRP", "PASSWORD", "MFA_SETUP", "SMS_MFA", APP, "CUSTOM_CHALLENGE"]
    user = stub.invite(script=["NEW_PASSWORD_REQUIRED", *chain, "EMAIL_OTP"], can_set_up=(APP,))
    tab.start(user.username, user.password)
    typed, walked = {"Temporary-1-pass", GOOD_PASSWORD}, []
    while challenge := open_challenge(tab):
        typed |= set() if challenge == "NEW_PASSWORD_REQUIRED" else set(right(user, challenge).values())
        user.totp_used.clear()
        answer_rightly(tab, user)
        walked.append(challenge)
        typed -= {"PASSWORD"}
        assert [word for word in typed if f'"{word}"' in opened(tab)] == [], challenge
    assert is_in(tab)
    assert len(walked) >= len(chain)


@pytest.mark.parametrize("challenge", ["SMS_MFA", "MFA_SETUP", "SELECT_CHALLENGE", "WEB_AUTHN"])
def test_cve_2026_7507_a_session_planted_at_a_later_step_never_becomes_signed_in(
    stub: StubCognito, tab: Tab, challenge: str
) -> None:
    at(stub, tab, challenge)
    victim = Tab()
    victim.client.cookies[site_settings.SESSION_COOKIE_NAME] = planted = tab.cookie
    other = stub.confirm(script=["EMAIL_OTP"])
    walk_through(victim, other)
    assert (is_in(victim), session_of(planted)) == (True, {})
    tab.get("/account/")
    assert tab.path == "/sign-in/"


@pytest.mark.parametrize("seed", range(4))
def test_cve_2025_12390_two_people_with_codes_in_one_browser_are_never_mixed(
    stub: StubCognito, settings: Settings, seed: int
) -> None:
    without_limits(settings)
    order, tabs = random.Random(seed), [Tab()]
    tabs.append(Tab(tabs[0].client))
    people = [stub.confirm(f"{name}-{seed}", script=["SMS_MFA"]) for name in ("alice", "bob")]
    for _ in range(8):
        who, tab = order.choice(people), order.choice(tabs)
        if order.random() < 0.5 or not open_challenge(tab):
            fields = {"attempt": secrets.token_hex(16), "username": who.username, "password": who.password}
            tab.post("/sign-in/", fields)
        else:
            send(tab, {"code": who.code or "000000"})
        held = {row["username"] for row in [tab.session().get("cognito_user")] if row}
        granted = {call.granted for call in stub.calls if call.granted}
        assert held <= granted
    for call in stub.sent("RespondToAuthChallenge"):
        assert stub.sessions[call.session_sent].user.username == call.username


@pytest.mark.parametrize("challenge", ["SMS_MFA", "EMAIL_OTP", APP, "CUSTOM_CHALLENGE", "MFA_SETUP"])
def test_cve_2026_9087_the_code_of_another_is_checked_against_ones_own_session(
    stub: StubCognito, tab: Tab, challenge: str
) -> None:
    mine = at(stub, tab, challenge)
    other = Tab()
    theirs = at(stub, other, challenge)
    named = {"username": theirs.username, "USERNAME": theirs.username, "Session": Seen.of(other).cookie}
    send(tab, {**right(theirs, challenge), **named})
    call = next(call for call in reversed(stub.calls) if call.operation in ANSWERS)
    assert (call.user, call.refused != "", call.granted) == (mine.username, True, "")
    assert call.username in (mine.username, "")
    assert not is_in(tab)


@pytest.mark.parametrize("challenge", ["SMS_MFA", "MFA_SETUP", "CUSTOM_CHALLENGE"])
def test_cve_2026_9087_a_form_of_anothers_attempt_is_not_taken(
    stub: StubCognito, tab: Tab, challenge: str
) -> None:
    at(stub, tab, challenge)
    other = Tab()
    theirs = at(stub, other, challenge)
    before = answers(stub)
    tab.post(PATHS[challenge], {**other.hidden, **right(theirs, challenge)})
    assert (tab.status, answers(stub)) == (409, before)
    assert not is_in(tab)


EMPTY: dict[str, dict[str, str]] = {
    "nothing else": {},
    "other fields": {"is_staff": "1", "cognito_user": "admin", "ChallengeName": "X", "next": "/account/"},
    "blanks": dict.fromkeys(["code", "answer", "password", "credential", "new_password", "factor"], " "),
    "nulls": dict.fromkeys(["code", "answer", "credential", "factor"], "\0"),
    "lists": {"code[]": "123456", "answer[]": "SMS_MFA", "password[]": "x", "code.0": "123456"},
}


@pytest.mark.parametrize("challenge", PATHS)
def test_cve_2026_49448_an_empty_form_skips_no_step(
    stub: StubCognito, tab: Tab, settings: Settings, challenge: str
) -> None:
    without_limits(settings)
    user = at(stub, tab, challenge)
    before = answers(stub)
    for fields in EMPTY.values():
        tab.post(PATHS[challenge], fields)
        assert tab.status == 409
        tab.get(PATHS[challenge])
        if challenge.startswith("PASSWORD") and "password" in fields:
            # A blank may be somebody's password: it is for Cognito to refuse.
            continue
        send(tab, fields)
        assert (tab.status, open_challenge(tab)) == (400, challenge), fields
    assert answers(stub) == before
    assert not is_in(tab)
    while open_challenge(tab):
        answer_rightly(tab, user)
    assert is_in(tab)


@pytest.mark.parametrize("challenge", PATHS)
def test_cve_2026_49448_no_page_of_another_step_is_answered_out_of_order(
    stub: StubCognito, tab: Tab, challenge: str
) -> None:
    user = at(stub, tab, challenge)
    before = answers(stub)
    fields = {
        "code": "123456",
        "answer": "EMAIL_OTP",
        "password": user.password,
        "new_password": GOOD_PASSWORD,
    }
    for path in {*PATHS.values(), "/sign-in/renew/"} - {PATHS[challenge], PATHS["NEW_PASSWORD_REQUIRED"]}:
        tab.post(path, {**tab.hidden, **fields, "credential": '{"id":"x"}', "factor": APP})
        if "application/json" not in str(tab.page.headers.get("Content-Type")):  # type: ignore[union-attr]
            assert open_challenge(tab) == challenge, path
        tab.get(PATHS[challenge])
    assert answers(stub) == before
    assert not is_in(tab)


@pytest.mark.parametrize("challenge", CODES)
def test_cve_2026_49448_a_code_sent_twice_in_one_form_is_one_code(
    stub: StubCognito, tab: Tab, challenge: str
) -> None:
    user = at(stub, tab, challenge)
    code = right(user, challenge)["code"]
    fields: dict[str, Any] = {**tab.hidden, "code": [code, wrong(code)]}
    tab.post(PATHS[challenge], fields)
    (call,) = stub.sent("RespondToAuthChallenge")
    assert wrong(code) in call.body["ChallengeResponses"].values()
    assert not is_in(tab)


@pytest.mark.parametrize("challenge", [*CODES, "MFA_SETUP"])
def test_cve_2025_64102_the_sixth_code_finds_no_challenge_any_more(
    stub: StubCognito, tab: Tab, settings: Settings, challenge: str
) -> None:
    without_limits(settings)
    user = at(stub, tab, challenge)
    form = {}
    for _ in range(5):
        form = tab.hidden
        send(tab, {"code": wrong(right(user, challenge)["code"])})
    before = answers(stub)
    assert tab.path == "/sign-in/"
    assert "Too many codes" in tab.text or "too many" in tab.text.lower()
    tab.post(PATHS[challenge], {**form, **right(user, challenge)})
    assert (tab.status, answers(stub), is_in(tab)) == (409, before, False)


def test_cve_2025_64102_a_new_challenge_does_not_reset_the_accounts_count(
    stub: StubCognito, settings: Settings
) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 5
    user = stub.confirm("patient", script=["SELECT_MFA_TYPE"])
    for number, kind in enumerate(["SMS_MFA", APP, "EMAIL_OTP"] * 2):
        tab = Tab(new_client(f"203.0.113.{number}"))
        tab.start(user.username, user.password)
        if open_challenge(tab):
            send(tab, {"answer": kind})
            send(tab, {"code": wrong(right(user, kind)["code"])})
    refused = [call for call in stub.calls if call.refused == "CodeMismatchException"]
    assert (len(refused), tab.status) == (5, 429)
    assert not any(call.granted for call in stub.calls)


def test_cve_2026_93346_fifty_posts_of_one_code_at_once_make_one_call(
    stub: StubCognito, sqlite: Database, tmp_path: Path
) -> None:
    user = stub.confirm(script=["SMS_MFA"])
    with site_on(stub, sqlite, tmp_path, workers=2) as site:
        visitor = Visitor(site)
        visitor.sign_in(user.username, user.password)
        stub.latency_s = 0.3
        statuses = Counter(post_in_parallel(visitor, PATHS["SMS_MFA"], {"code": wrong(user.code)}, 50))
    assert stub.count("RespondToAuthChallenge") == 1
    # On a machine under load the log may be too busy for some; they get no call either.
    assert (statuses[400], statuses[409] + statuses[503]) == (1, 49)


@pytest.mark.parametrize(
    "challenge", [*CODES, "MFA_SETUP", "SELECT_CHALLENGE", "PASSWORD", "CUSTOM_CHALLENGE"]
)
def test_cve_2026_9798_a_limit_reached_meanwhile_stops_every_step(
    stub: StubCognito, tab: Tab, settings: Settings, challenge: str
) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 3
    user = at(stub, tab, challenge)
    for _ in range(3):
        Tab(new_client("198.51.100.1")).start(user.username, "Wrong-1-password")
    before = answers(stub)
    answer_rightly(tab, user)
    assert (tab.status, answers(stub), is_in(tab)) == (429, before, False)
    assert "Retry-After" in tab.page.headers  # type: ignore[union-attr]


def spellings(name: str) -> list[str]:
    """Fifty ways to type one name: letters, blanks and full-width forms."""
    order, found = random.Random(7), {name}
    while len(found) < 50:
        letters = [order.choice([str.lower, str.upper])(letter) for letter in name]
        wide = [chr(ord(letter) + 0xFEE0) if order.random() < 0.3 else letter for letter in letters]
        found.add(" " * order.randrange(3) + "".join(wide) + " " * order.randrange(3))
    return sorted(found)


@pytest.mark.parametrize(
    ("path", "operation"), [(RESET, "ConfirmForgotPassword"), (FORGOT, "ForgotPassword")]
)
def test_go_2025_3855_fifty_spellings_share_one_counter_of_the_ways_out(
    stub: StubCognito, settings: Settings, path: str, operation: str
) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT, settings.THROTTLE_ADDRESS_LIMIT = 5, 10_000
    stub.confirm("victim")
    typed = {"code": "123456", "new_password": GOOD_PASSWORD}
    statuses = [
        new_client().post(path, {**typed, "username": name}).status_code for name in spellings("victim")
    ]
    assert stub.count(operation) == 5
    assert statuses[5:] == [429] * 45


def test_go_2025_3855_wrong_codes_count_for_every_spelling_and_alias(
    stub: StubCognito, tab: Tab, settings: Settings
) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 5
    user = stub.confirm("victim", script=["SMS_MFA"])
    # The alias is known as one from the first time it signed in, from somewhere else than the thief.
    walk_through(Tab(new_client("203.0.113.5")), user, typed=user.alias)
    tab.start("victim", user.password)
    for _ in range(5):
        send(tab, {"code": wrong(user.code)})
    before = stub.count("InitiateAuth")
    for name in ("VICTIM", " victim", "ｖictim", user.alias):
        assert Tab().start(name, user.password).status_code == 429
    assert stub.count("InitiateAuth") == before


@pytest.mark.parametrize("again", ["{0}{1}", " {0}{1} ", "{0} {1}"])
def test_cve_2025_55000_a_code_that_was_right_is_not_taken_again(
    stub: StubCognito, tab: Tab, again: str
) -> None:
    user = at(stub, tab, APP)
    code = user.totp()
    send(tab, {"code": f" {code[:3]} {code[3:]}\t"})
    assert is_in(tab)
    (call,) = stub.sent("RespondToAuthChallenge")
    assert call.body["ChallengeResponses"]["SOFTWARE_TOKEN_MFA_CODE"] == code
    thief = Tab(new_client("198.51.100.1"))
    thief.start(user.username, user.password)
    user.totp_used.clear()
    send(thief, {"code": again.format(code[:3], code[3:])})
    assert (thief.status, answers(stub), is_in(thief)) == (400, 1, False)
    assert stored()[-1]["outcome"] == "code_reused"


def test_cve_2025_55000_the_code_that_set_an_app_up_does_not_sign_in(stub: StubCognito, tab: Tab) -> None:
    user = at(stub, tab, "MFA_SETUP")
    code = user.new_totp()
    send(tab, {"code": code})
    assert is_in(tab)
    user.script, user.totp_used = [APP], set()
    again = Tab()
    again.start(user.username, user.password)
    before = answers(stub)
    send(again, {"code": code})
    assert (again.status, answers(stub), is_in(again)) == (400, before, False)


@pytest.mark.parametrize("challenge", [*CODES, "CUSTOM_CHALLENGE", "WEB_AUTHN", "MFA_SETUP"])
def test_cve_2022_42731_and_2023_49594_a_step_is_taken_once_and_answered_with_302(
    stub: StubCognito, tab: Tab, challenge: str
) -> None:
    user = at(stub, tab, challenge)
    form = {**tab.hidden, **right(user, challenge)}
    assert tab.client.post(PATHS[challenge], form).status_code == 302
    calls = len(stub.calls)
    assert tab.client.post(PATHS[challenge], form).status_code == 409
    assert tab.client.post(PATHS[challenge].rstrip("/"), form).status_code not in (307, 308)
    assert len(stub.calls) == calls


def test_ghsa_85v8_the_limit_holds_for_who_has_an_app(stub: StubCognito, settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 5
    user = stub.confirm(script=[APP])
    seen = []
    for number in range(8):
        tab = Tab(new_client(f"203.0.113.{number}"))
        tab.start(user.username, user.password if number % 2 else "Wrong-1-password")
        if open_challenge(tab):
            send(tab, {"code": wrong(user.totp())})
        seen.append(tab.status)
    assert seen == [403, 400, 403, 400, 403, 429, 429, 429]


def test_cve_2025_64102_answers_to_a_custom_question_run_out(
    stub: StubCognito, tab: Tab, settings: Settings
) -> None:
    """A pool may put the same question again after a wrong answer, with a new Session each time."""
    settings.THROTTLE_ACCOUNT_LIMIT = 5
    stub.ways = Ways(custom_again=True)
    at(stub, tab, "CUSTOM_CHALLENGE")
    for number in range(40):
        if open_challenge(tab) and tab.status == 200:
            send(tab, {"answer": f"guess {number}"})
    assert answers(stub) == 5
    assert tab.status == 429
