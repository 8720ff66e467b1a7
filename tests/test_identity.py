import time
from dataclasses import replace

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from pytest_django import Settings

from cognito_portal import identity
from cognito_portal.clients import ASIDE_TIMEOUTS
from cognito_portal.encryption import seal
from cognito_portal.identity import CognitoUser, Tokens, is_fresh, keep_tokens, tokens_of
from cognito_portal.sessions import SessionStore
from tests.signin.browsing import Tab, session_of
from tests.signin.conftest import stub, stub_server, tab
from tests.signin.stub import StubCognito

__all__ = ["stub", "stub_server", "tab"]

IDLE, ABSOLUTE = site_settings.COGNITO_USER_IDLE_SECONDS, site_settings.COGNITO_USER_ABSOLUTE_SECONDS
USER = CognitoUser(
    pool_id="eu-west-1_Pool00001",
    client_id="1client",
    username="newhire",
    typed="NewHire",
    sub="sub-1",
    groups=("staff",),
    attempt_id="a" * 32,
    since=1000.0,
)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    return Clock(monkeypatch)


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.offset_s, real = 0.0, time.time
        monkeypatch.setattr(time, "time", lambda: real() + self.offset_s)


def signed_in(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm()
    tab.start(user.username, user.password)
    assert tab.path == "/account/"


def where(tab: Tab) -> str:
    tab.get("/account/")
    return tab.path


def test_a_user_comes_back_from_the_session_as_it_went() -> None:
    assert CognitoUser.from_session(USER.to_session()) == USER


@pytest.mark.parametrize("stored", [None, "x", [], {}, {"groups": []}, {"groups": [], "more": 1}])
def test_what_this_release_cannot_read_is_nobody(stored: object) -> None:
    assert CognitoUser.from_session(stored) is None


TOKENS = Tokens(access_token="access", refresh_token="refresh", access_expires_at=2000.0, device_key="key")


def test_tokens_come_back_from_the_session_as_they_went_and_to_their_owner_only() -> None:
    session = SessionStore()
    keep_tokens(session, USER, TOKENS)
    assert tokens_of(session, USER) == TOKENS
    assert tokens_of(session, replace(USER, sub="another")) is None
    assert not any(word in repr(dict(session.items())) for word in ("access", "refresh", "key"))


def test_tokens_of_an_earlier_release_are_none() -> None:
    session = SessionStore()
    sealed = seal({"refresh_token": "r"}, purpose=identity.TOKENS_PURPOSE, bound_to=identity.bound_to(USER))
    session[identity.TOKENS] = sealed
    assert tokens_of(session, USER) is None
    assert identity.refresh_token(session, USER) is None


def test_no_token_is_shown_by_its_repr() -> None:
    assert "access_expires_at=2000.0" in repr(TOKENS)
    assert not any(f"'{word}'" in repr(TOKENS) for word in ("access", "refresh", "key"))


@pytest.mark.parametrize(("after_s", "fresh"), [(0, True), (900, True), (901, False)])
def test_sign_in_is_fresh_for_a_quarter_of_an_hour(after_s: float, fresh: bool) -> None:
    assert is_fresh(USER, now=USER.since + after_s) is fresh


def test_session_in_use_is_noted_without_undoing_what_another_request_wrote(
    stub: StubCognito, tab: Tab, later: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(stub, tab)
    later.offset_s = 120
    real = identity.hold

    def another_request_first(session: SessionStore) -> None:
        other = SessionStore(session.session_key)
        other["written_meanwhile"] = True
        other.save()
        real(session)

    monkeypatch.setattr(identity, "hold", another_request_first)
    tab.client.get("/sign-in/done/")
    assert tab.session()["written_meanwhile"]
    assert tab.session()["seen"] > time.time() - 5


def test_a_session_left_alone_is_over(stub: StubCognito, tab: Tab, later: Clock) -> None:
    signed_in(stub, tab)
    later.offset_s = IDLE + 1
    was = tab.cookie
    assert where(tab) == "/sign-in/"
    assert session_of(was) == {}


def test_a_session_in_use_goes_on_until_its_day_is_over(stub: StubCognito, tab: Tab, later: Clock) -> None:
    signed_in(stub, tab)
    while later.offset_s < ABSOLUTE - IDLE:
        later.offset_s += IDLE - 1
        assert where(tab) == "/account/"
    later.offset_s = ABSOLUTE + 1
    assert where(tab) == "/sign-in/"


@pytest.mark.parametrize("is_refused", [False, True])
@pytest.mark.parametrize(("after_s", "seen_at_s"), [(IDLE + 1, 0), (ABSOLUTE + 1, ABSOLUTE - 60)])
def test_a_session_that_is_over_is_over_at_cognito_as_well(
    stub: StubCognito, tab: Tab, later: Clock, after_s: int, seen_at_s: int, is_refused: bool
) -> None:
    signed_in(stub, tab)
    while later.offset_s < seen_at_s:
        later.offset_s = min(later.offset_s + IDLE - 1, seen_at_s)
        assert where(tab) == "/account/"
    assert not stub.families[-1].is_revoked
    if is_refused:
        stub.refuse_next("RevokeToken", "InternalErrorException", status=500)
    later.offset_s = after_s
    assert (where(tab), tab.status) == ("/sign-in/", 200)
    assert stub.count("RevokeToken") == 1
    assert stub.families[-1].is_revoked != is_refused
    # It ended once: what comes after it asks nothing.
    assert where(tab) == "/sign-in/"
    assert stub.count("RevokeToken") == 1


def test_a_session_that_is_over_waits_a_moment_for_cognito_and_no_longer(
    stub: StubCognito, tab: Tab, later: Clock
) -> None:
    signed_in(stub, tab)
    stub.latency_s, later.offset_s = 4, IDLE + 1
    started = time.monotonic()
    assert (where(tab), tab.status) == ("/sign-in/", 200)
    assert time.monotonic() - started < ASIDE_TIMEOUTS.total_s + 1


def test_tokens_of_another_client_are_not_shown_to_this_one(
    stub: StubCognito, tab: Tab, later: Clock, settings: Settings
) -> None:
    signed_in(stub, tab)
    settings.COGNITO_CLIENT_ID = "1another23456789"
    later.offset_s = IDLE + 1
    assert where(tab) == "/sign-in/"
    assert stub.count("RevokeToken") == 0


def test_a_user_of_another_pool_is_nobody_here(stub: StubCognito, tab: Tab, settings: Settings) -> None:
    signed_in(stub, tab)
    settings.COGNITO_USER_POOL_ID = "eu-west-1_Another01"
    assert where(tab) == "/sign-in/"


def test_staff_have_shorter_hours(stub: StubCognito, tab: Tab, later: Clock) -> None:
    User.objects.create_user("auditor", password="A-long-staff-password")
    tab.post("/staff/sign-in/", {"username": "auditor", "password": "A-long-staff-password"})
    was = tab.cookie
    later.offset_s = site_settings.STAFF_IDLE_SECONDS + 1
    tab.get("/staff/sign-in/")
    assert session_of(was) == {}


def test_starting_one_identity_flushes_the_other(stub: StubCognito, tab: Tab) -> None:
    User.objects.create_user("auditor", password="A-long-staff-password")
    signed_in(stub, tab)
    tab.post("/staff/sign-in/", {"username": "auditor", "password": "A-long-staff-password"})
    assert "cognito_user" not in tab.session()
    assert stub.families[-1].is_revoked
    signed_in(stub, tab)
    assert "_auth_user_id" not in tab.session()
