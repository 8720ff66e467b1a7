"""The session of a browser at each step: its key, its cookie, and what stands in its row."""

import json
import re
import secrets
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from pytest_django import Settings

from cognito_portal import clients
from tests.audit.rows import stored
from tests.signin.browsing import Tab, new_client, session_of
from tests.signin.stub import StubCognito, Ways

FORM = "/sign-in/new-password/"


def morsel(tab: Tab) -> Any:
    return tab.client.cookies[site_settings.SESSION_COOKIE_NAME]


def half_signed_in(stub: StubCognito, tab: Tab) -> Any:
    user = stub.invite()
    tab.start(user.username, user.password)
    assert tab.path == FORM
    return user


def test_looking_makes_no_session_row(stub: StubCognito, tab: Tab) -> None:
    for path in ("/sign-in/", FORM, "/account/", "/sign-in/done/", "/sign-in/invitation/"):
        tab.get(path)
    assert Session.objects.count() == 0
    assert tab.cookie == ""


def test_the_key_changes_at_each_step_up_and_the_old_one_is_dead(stub: StubCognito, tab: Tab) -> None:
    half_signed_in(stub, tab)
    first = tab.cookie
    tab.answer()
    assert tab.cookie not in ("", first)
    assert session_of(first) == {}
    assert Session.objects.count() == 1


def test_an_old_cookie_is_nobodys(stub: StubCognito, tab: Tab) -> None:
    half_signed_in(stub, tab)
    thief = Tab(new_client())
    thief.client.cookies[site_settings.SESSION_COOKIE_NAME] = tab.cookie
    tab.answer()
    thief.get("/account/")
    assert thief.path == "/sign-in/"


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_the_cookie_goes_with_the_browser(stub: StubCognito, tab: Tab, is_signed_in: bool) -> None:
    half_signed_in(stub, tab)
    if is_signed_in:
        tab.answer()
    cookie = morsel(tab)
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie.key, cookie["path"], cookie["domain"]) == ("__Host-sessionid", "/", "")


def test_the_row_shows_neither_the_password_nor_the_session_token(stub: StubCognito, tab: Tab) -> None:
    user = half_signed_in(stub, tab)
    tab.answer("short")
    held = json.dumps(tab.session()) + Session.objects.get().session_data
    assert user.password not in held
    assert "short" not in held
    assert stub.calls[0].session not in held
    assert set(tab.session()) == {"attempt", "_session_expiry"}


def test_the_row_of_somebody_signed_in_shows_no_token(stub: StubCognito, tab: Tab) -> None:
    half_signed_in(stub, tab)
    tab.answer()
    # Two encoded JSON objects with a stop between: three letters alone turn up in any ciphertext now and then.
    assert not re.search(r"eyJ[\w-]+\.eyJ", json.dumps(tab.session()))


def test_somebody_else_signing_in_takes_the_first_ones_session_away(stub: StubCognito, tab: Tab) -> None:
    first, second = stub.confirm(), stub.confirm()
    tab.start(first.username, first.password)
    was = tab.cookie
    fields = {"attempt": secrets.token_hex(16), "username": second.username, "password": second.password}
    tab.post("/sign-in/", fields)
    assert tab.session()["cognito_user"]["username"] == second.username
    assert first.username not in tab.text
    assert session_of(was) == {}


def test_a_first_step_of_somebody_else_ends_the_session_of_whoever_was_there(
    stub: StubCognito, tab: Tab
) -> None:
    first, second = stub.confirm(), stub.invite()
    tab.start(first.username, first.password)
    fields = {"attempt": secrets.token_hex(16), "username": second.username, "password": second.password}
    tab.post("/sign-in/", fields)
    assert "cognito_user" not in tab.session()
    tab.get("/account/")
    assert tab.path == "/sign-in/"


def test_a_step_not_built_for_somebody_else_does_not_touch_whoever_is_signed_in(
    stub: StubCognito, tab: Tab
) -> None:
    first, second = stub.confirm(), stub.invite()
    tab.start(first.username, first.password)
    age = tab.session()["_session_expiry"]
    stub.faults.append(lambda: (200, json.dumps({"ChallengeName": "SMS_MFA", "Session": "s" * 40}).encode()))
    fields = {"attempt": secrets.token_hex(16), "username": second.username, "password": second.password}
    tab.post("/sign-in/", fields)
    held = tab.session()
    assert held.get("cognito_user", {}).get("username") in (None, first.username)
    assert not held.get("cognito_user") or held["_session_expiry"] == age


def test_staff_signing_in_ends_an_unfinished_sign_in_of_this_browser(stub: StubCognito, tab: Tab) -> None:
    User.objects.create_user("auditor", password="A-long-staff-password")
    half_signed_in(stub, tab)
    was = tab.cookie
    tab.client.post("/staff/sign-in/", {"username": "auditor", "password": "A-long-staff-password"})
    held = tab.session()
    assert "_auth_user_id" in held
    assert not {"attempt", "notice", "cognito_user", "_session_expiry"} & held.keys()
    assert session_of(was) == {}


def test_a_key_that_is_changed_meanwhile_lets_everybody_finish(
    stub: StubCognito, tab: Tab, settings: Settings
) -> None:
    half_signed_in(stub, tab)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = secrets.token_hex(32), [settings.SECRET_KEY]
    tab.answer("Temporary-1-pass")
    assert "other than the temporary one" in tab.text
    tab.answer()
    assert tab.path == "/sign-in/done/"


@pytest.mark.parametrize("act", ["reload", "answer", "renew"])
def test_a_key_that_is_gone_leads_back_to_the_start_with_one_row(
    stub: StubCognito, tab: Tab, settings: Settings, act: str
) -> None:
    half_signed_in(stub, tab)
    settings.SECRET_KEY = secrets.token_hex(32)
    if act == "reload":
        tab.get(FORM)
    elif act == "answer":
        tab.answer()
    else:
        tab.post("/sign-in/renew/", {**tab.hidden, "password": "Temporary-1-pass"})
    tab.get("/sign-in/")
    unreadable = [row for row in stored() if row["event"] == "signin.state_unreadable"]
    assert [row["outcome"] for row in unreadable] == ["unreadable"]
    assert "could not be continued" in tab.text
    assert stub.count("RespondToAuthChallenge") == 0


def test_another_app_client_cannot_read_an_unfinished_sign_in(
    stub: StubCognito, tab: Tab, settings: Settings
) -> None:
    half_signed_in(stub, tab)
    settings.COGNITO_CLIENT_ID = "2another"
    clients.forget()
    tab.answer()
    assert tab.path == "/sign-in/"
    assert "attempt" not in tab.session()
    assert stored()[-1]["event"] == "signin.state_unreadable"


def test_a_form_sent_twice_keeps_the_name_for_the_way_back(stub: StubCognito, tab: Tab) -> None:
    user = half_signed_in(stub, tab)
    form = {**tab.hidden, "userAttributes.name": "N", "new_password": "short"}
    tab.post(FORM, form)
    tab.post(FORM, form)
    assert tab.status == 409
    assert f"/sign-in/?username={user.username}" in tab.text


def test_two_tabs_the_newest_attempt_wins(stub: StubCognito, tab: Tab) -> None:
    first, second = stub.invite(), stub.invite()
    other = Tab(tab.client)
    tab.start(first.username, first.password)
    other.start(second.username, second.password)
    tab.answer()
    assert tab.status == 409
    assert first.username not in other.text
    other.answer()
    assert other.session()["cognito_user"]["username"] == second.username
    assert stub.count("RespondToAuthChallenge") == 1


def test_signing_out_with_a_dead_cognito_still_ends_the_session(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm()
    tab.start(user.username, user.password)
    was = tab.cookie
    stub.faults.append(lambda: (500, b"{}"))
    tab.post("/account/sign-out/", {})
    assert session_of(was) == {}
    assert (stored()[-1]["event"], stored()[-1]["outcome"]) == ("account.signed_out", "server_error")


def test_a_signing_out_without_a_refresh_token_calls_nobody(stub: StubCognito, tab: Tab) -> None:
    stub.ways = Ways(refresh_token=False)
    user = stub.confirm()
    tab.start(user.username, user.password)
    tab.post("/account/sign-out/", {})
    assert stub.count("RevokeToken") == 0
    assert stored()[-1]["outcome"] == "success"


def test_an_answer_to_a_session_that_was_ended_meanwhile_is_a_step_already_sent(
    stub: StubCognito, tab: Tab
) -> None:
    half_signed_in(stub, tab)

    def ended_meanwhile() -> tuple[int, bytes]:
        Session.objects.all().delete()
        connection.close()
        return 400, b'{"__type":"InvalidPasswordException","message":"Password not long enough"}'

    stub.faults.append(ended_meanwhile)
    tab.answer()
    assert tab.status == 409
    assert Session.objects.count() == 0
    assert [row["phase"] for row in stored() if row["event"] == "signin.answered"] == ["begin", "end"]


def test_tokens_for_a_session_that_was_ended_meanwhile_still_let_their_owner_in(
    stub: StubCognito, tab: Tab
) -> None:
    user = half_signed_in(stub, tab)
    answer = stub.answer

    def ended_meanwhile(*call: Any) -> Any:
        Session.objects.all().delete()
        connection.close()
        return answer(*call)

    stub.answer = ended_meanwhile  # type: ignore[method-assign]
    try:
        tab.answer()
    finally:
        del stub.answer
    assert tab.session()["cognito_user"]["username"] == user.username
