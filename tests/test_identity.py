import time

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from pytest_django import Settings

from cognito_portal.identity import CognitoUser
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
    signed_in(stub, tab)
    assert "_auth_user_id" not in tab.session()
