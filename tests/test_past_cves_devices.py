"""Faults of other sign-in systems, tried on what is kept: a remembered browser, a session after a reset.

A remembered browser stands in for a second factor, and for its own person alone (decision D13): its cookie is
stolen here, forged, moved, and kept beyond what ends it (CVE-2026-9087, CVE-2026-43911).
"""

from typing import Any

import pytest
from pytest_django import Settings

from cognito_portal.signin import devices
from cognito_portal.signin.models import RememberedDevice
from tests.account.conftest import Person
from tests.signin.answering import answer_rightly, walk_through
from tests.signin.browsing import GOOD_PASSWORD, Tab, new_client
from tests.signin.conftest import stub, stub_server, tab
from tests.signin.stub import StubCognito, StubUser, Ways
from tests.test_past_cves_steps import FORGOT, RESET, is_in

__all__ = ["stub", "stub_server", "tab"]


def test_cve_2026_43911_a_reset_password_ends_the_sessions_there_were(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm()
    tab.start(user.username, user.password)
    reset(stub, user)
    tab.get("/account/")
    assert tab.path == "/sign-in/"


def reset(stub: StubCognito, user: StubUser) -> None:
    """Set a new password with the code that was sent, in another browser."""
    other = Tab(new_client("198.51.100.9"))
    other.post(FORGOT, {"username": user.username})
    fields = {"username": user.username, "code": user.codes["reset"], "new_password": GOOD_PASSWORD}
    other.post(RESET, fields)
    assert user.password == GOOD_PASSWORD
    assert not is_in(other)


@pytest.mark.parametrize("code", ["", " ", "\t\n", "0" * 2049])
def test_cve_2026_18963_no_password_is_reset_without_a_code(stub: StubCognito, tab: Tab, code: str) -> None:
    user = stub.confirm()
    tab.post(RESET, {"username": user.username, "code": code, "new_password": GOOD_PASSWORD})
    assert (tab.status, stub.count("ConfirmForgotPassword")) == (400, 0)
    tab.post(RESET, {"username": user.username, "code": "123456", "new_password": GOOD_PASSWORD})
    assert (tab.status, user.password) == (400, "Confirmed-1-pass")
    assert not is_in(tab)


@pytest.fixture
def remembering(stub: StubCognito, settings: Settings) -> StubCognito:
    """The stub as a pool that tracks devices, and the portal remembering those that ask for it."""
    settings.REMEMBER_DEVICES = True
    stub.ways = Ways(devices=True)
    return stub


def remembered(stub: StubCognito, tab: Tab) -> tuple[StubUser, str]:
    """Somebody whose browser is remembered and who signed out again, and what its cookie holds."""
    user = stub.confirm(script=["SMS_MFA"])
    tab.get("/sign-in/")
    fields = {"username": user.username, "password": user.password, "remember": "1"}
    tab.post("/sign-in/", {**tab.hidden, **fields})
    answer_rightly(tab, user)
    tab.post("/account/sign-out/", {})
    cookie = tab.client.cookies[devices.cookie_name()].value
    stub.calls.clear()
    return user, cookie


def with_cookie(cookie: str) -> Tab:
    tab = Tab(new_client("198.51.100.7"))
    tab.client.cookies[devices.cookie_name()] = cookie
    return tab


def device_keys(stub: StubCognito) -> list[str]:
    """Every DEVICE_KEY that was sent to Cognito."""
    given = [{**call.body, **(call.body.get("AuthParameters") or {})} for call in stub.calls]
    given += [call.body.get("ChallengeResponses") or {} for call in stub.calls]
    return [fields[name] for fields in given for name in ("DEVICE_KEY", "DeviceKey") if fields.get(name)]


def test_stolen_device_cookie_says_nothing_of_its_owner_under_another_name(
    remembering: StubCognito, tab: Tab
) -> None:
    _, cookie = remembered(remembering, tab)
    other = remembering.confirm(script=["SMS_MFA"])
    assert walk_through(with_cookie(cookie), other) == ["SMS_MFA"]
    assert device_keys(remembering) == []


def test_stolen_device_cookie_is_no_password(remembering: StubCognito, tab: Tab) -> None:
    user, cookie = remembered(remembering, tab)
    thief = with_cookie(cookie)
    thief.start(user.username, "Wrong-1-password")
    assert (thief.status, is_in(thief)) == (403, False)
    assert [call.challenge for call in remembering.calls if call.challenge] == []


@pytest.mark.parametrize("forged", ["", "0" * 43, "{}x", "x{}", "{}".upper(), "\xff\xfe", "a" * 8000])
def test_forged_device_cookie_is_no_device(remembering: StubCognito, tab: Tab, forged: str) -> None:
    user, cookie = remembered(remembering, tab)
    value = forged.format(cookie[:-1]) if forged else ""
    assert walk_through(with_cookie(value), user) == ["SMS_MFA"]
    assert device_keys(remembering) == []


def test_device_row_moved_to_another_person_is_worthless(remembering: StubCognito, tab: Tab) -> None:
    user, cookie = remembered(remembering, tab)
    other = remembering.confirm(script=["SMS_MFA"])
    RememberedDevice.objects.update(sub=other.sub)
    for who in (user, other):
        assert walk_through(with_cookie(cookie), who) == ["SMS_MFA"]
    assert device_keys(remembering) == []


def forgotten(stub: StubCognito, person: Person) -> None:
    person.get("/account/devices/")
    path = "/account/devices/forget/"
    person.tab.post(path, person.form(path))


def password_changed(stub: StubCognito, person: Person) -> None:
    page = "/account/password/"
    person.send(page, page, password=person.password, new_password=GOOD_PASSWORD)


def not_me(stub: StubCognito, person: Person) -> None:
    person.send("/account/activity/", "/account/activity/not-me/")


def reset_by_code(stub: StubCognito, person: Person) -> None:
    reset(stub, stub.users[person.username])


@pytest.mark.parametrize("act", [forgotten, password_changed, not_me, reset_by_code])
def test_device_cookie_is_worthless_after(remembering: StubCognito, tab: Tab, act: Any) -> None:
    user, cookie = remembered(remembering, tab)
    assert walk_through(tab, user) == []
    act(remembering, Person(None, user.username, user.password, tab))  # type: ignore[arg-type]
    remembering.calls.clear()
    assert walk_through(with_cookie(cookie), user) == ["SMS_MFA"]
    assert device_keys(remembering) == []
