"""A live access token for every page: refreshed in place, once, and over when Cognito says so."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.utils import timezone
from pytest_django import Settings

from cognito_portal import clients, identity
from cognito_portal.account import tokens as refreshing
from cognito_portal.account.visit import Visit
from cognito_portal.audit import record
from cognito_portal.audit.events import Event
from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.identity import CognitoUser, Tokens
from cognito_portal.sessions import SessionStore
from tests.audit.rows import shown, stored
from tests.databases import Database
from tests.live import Visitor
from tests.signin.browsing import Tab
from tests.signin.stub import CLIENT_ID, StubCognito, StubUser, Ways
from tests.signin.test_concurrency import site_on

SOON_OVER, LONG = 30, 3600
NEWER, OLDER = "GetTokensFromRefreshToken", "InitiateAuth"
PARALLEL = 8


def signed_in(stub: StubCognito, tab: Tab, **ways: Any) -> StubUser:
    """Somebody whose access token is about to expire; the next one lasts."""
    stub.reset(Ways(access_s=SOON_OVER, **ways))
    user = stub.confirm()
    # The overview asks for a token already, so a page that needs none is opened first.
    tab.client.post("/sign-in/", {"username": user.username, "password": user.password})
    assert tab.session()["cognito_user"]
    stub.ways = replace(stub.ways, access_s=LONG)
    return user


def held(tab: Tab) -> Tokens:
    """The tokens that the session in the database holds."""
    session = SessionStore(tab.cookie)
    user = CognitoUser.from_session(session.get(identity.SIGNED_IN))
    assert user is not None
    found = identity.tokens_of(session, user)
    assert found is not None
    return found


def refreshes() -> list[tuple[str, str, str]]:
    """(step, phase, outcome) of every row about a refresh."""
    rows = [row for row in shown() if row.event == Event.ACCOUNT_TOKENS_REFRESHED]
    return [(row.step, row.phase, row.outcome) for row in rows]


def test_token_about_to_expire_is_refreshed_in_place(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    before = held(tab)
    tab.get("/account/details/")
    after = held(tab)
    assert (tab.status, tab.path) == (200, "/account/details/")
    assert after.access_token != before.access_token
    assert (after.refresh_token, after.serial) == (before.refresh_token, 1)
    assert refreshes() == [(NEWER, "begin", ""), (NEWER, "end", "success")]


def test_live_token_is_left_alone(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    tab.get("/account/details/")
    tab.get("/account/details/")
    assert stub.count(NEWER) == 1


def test_rotated_refresh_token_takes_the_place_of_the_old_one(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab, rotation=True)
    before = held(tab)
    tab.get("/account/details/")
    assert held(tab).refresh_token != before.refresh_token
    tab.client.post("/account/sign-out/")
    assert all(family.is_revoked for family in stub.families)


@pytest.mark.parametrize("secret", ["", "a-client-secret"])
def test_older_operation_serves_where_the_newer_is_not_to_be_had(
    stub: StubCognito, tab: Tab, settings: Any, secret: str
) -> None:
    stub.client_secret = settings.COGNITO_CLIENT_SECRET = secret
    identity_before = signed_in(stub, tab, newer_refresh=False)
    tab.get("/account/details/")
    assert identity_before.username in tab.text or tab.status == 200
    assert held(tab).serial == 1
    assert [row[:2] for row in refreshes()] == [
        (NEWER, "begin"),
        (NEWER, "end"),
        (OLDER, "begin"),
        (OLDER, "end"),
    ]
    assert refreshes()[-1][2] == "success"


def test_token_that_the_newer_operation_does_not_take_is_tried_the_older_way(
    stub: StubCognito, tab: Tab
) -> None:
    signed_in(stub, tab)
    stub.refuse_next(NEWER, "NotAuthorizedException", "Invalid Refresh Token.")
    tab.get("/account/details/")
    assert (tab.status, held(tab).serial) == (200, 1)


def test_refresh_that_is_over_ends_the_session_with_a_row(stub: StubCognito, tab: Tab) -> None:
    user = signed_in(stub, tab)
    was = tab.cookie
    stub.revoke_tokens(user)
    tab.get("/account/details/")
    assert tab.path == "/sign-in/"
    assert "Your session has ended" in tab.text
    assert user.username in tab.text
    ended = [row for row in stored() if row["event"] == "account.session_ended"]
    assert [row["outcome"] for row in ended] == ["refresh_over"]
    assert "cognito_user" not in SessionStore(was)


def test_reused_refresh_token_is_never_sent_the_older_way(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    stub.refuse_next(NEWER, "RefreshTokenReuseException", "Refresh token has been reused")
    tab.get("/account/details/")
    assert tab.path == "/sign-in/"
    assert stub.count(OLDER) == 1  # the sign-in's own


def test_refresh_that_gets_no_answer_is_tried_again_by_the_next_request(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    stub.refuse_next(NEWER, "InternalErrorException", status=500)
    tab.get("/account/details/")
    assert (tab.status, tab.path) == (503, "/account/details/")
    tab.get("/account/details/")
    assert tab.status == 200
    assert [row[2] for row in refreshes() if row[1] == "end"] == ["server_error", "success"]


@pytest.mark.parametrize(("feature", "older"), [("DISABLED", 1), ("ENABLED", 0), ("", 0)])
def test_fault_of_the_newer_operation_is_tried_the_older_way_only_without_rotation(
    stub: StubCognito, tab: Tab, aws_keys: None, feature: str, older: int
) -> None:
    signed_in(stub, tab)
    if feature:
        stub.described["UserPoolClient"] = {
            "ClientId": CLIENT_ID,
            "RefreshTokenRotation": {"Feature": feature},
        }
    clients.forget()
    stub.refuse_next(NEWER, "InternalErrorException", status=500)
    tab.get("/account/details/")
    assert tab.status == (200 if older else 503)
    assert stub.count(OLDER) == 1 + older  # one of them the sign-in's own


def test_refresh_that_timed_out_is_never_sent_the_older_way(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    user = CognitoUser.from_session(tab.session()["cognito_user"])
    assert user is not None
    visit = Visit(
        client=clients.cognito(),
        verifier=clients.token_verifier(),
        session=SessionStore(tab.cookie),
        user=user,
        by=record.By("visitor", "192.0.2.1", ""),
        rotates=lambda: False,
    )
    faults = {kind: CognitoUnavailable(kind, operation=NEWER) for kind in CognitoUnavailable.KINDS}
    asked = {kind for kind, fault in faults.items() if refreshing._may_ask_the_older_way(visit, fault)}
    assert asked == {"server_error"}


@pytest.mark.parametrize("message", ["Invalid session for the user.", "Access Token has been revoked"])
def test_session_that_is_over_means_the_access_token(stub: StubCognito, tab: Tab, message: str) -> None:
    user = signed_in(stub, tab)
    tab.get("/account/password/")
    stub.refuse_next("ChangePassword", "NotAuthorizedException", message)
    fields = {**tab.hidden, "password": user.password, "new_password": "Quite-other-2-pass"}
    tab.post("/account/password/", fields)
    assert (tab.path, "Your session has ended" in tab.text) == ("/sign-in/", True)


def test_reading_with_a_session_that_is_over_is_tried_with_a_new_token(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    tab.get("/account/details/")
    stub.refuse_next("GetUser", "NotAuthorizedException", "Invalid session for the user.")
    tab.get("/account/details/")
    assert (tab.status, stub.count(NEWER)) == (200, 2)


def test_refreshed_tokens_of_somebody_else_are_refused(stub: StubCognito, tab: Tab) -> None:
    user = signed_in(stub, tab)
    before = held(tab)
    user.sub = "another-sub"
    tab.get("/account/details/")
    assert tab.status == 503
    assert held(tab).access_token == before.access_token
    assert refreshes()[-1][2] == "token_refused"


def test_token_that_is_over_though_it_looked_live_is_refreshed_once_for_reading(
    stub: StubCognito, tab: Tab
) -> None:
    signed_in(stub, tab)
    tab.get("/account/details/")
    stub.refuse_next("GetUser", "NotAuthorizedException", "Access Token has expired")
    tab.get("/account/details/")
    assert (tab.status, stub.count(NEWER)) == (200, 2)


def test_write_with_a_token_that_is_over_is_not_repeated(stub: StubCognito, tab: Tab) -> None:
    user = signed_in(stub, tab)
    tab.get("/account/password/")
    stub.refuse_next("ChangePassword", "NotAuthorizedException", "Access Token has been revoked")
    fields = {**tab.hidden, "password": user.password, "new_password": "Quite-other-2-pass"}
    tab.post("/account/password/", fields)
    assert tab.path == "/sign-in/"
    assert stub.count("ChangePassword") == 1


def test_refresh_whose_process_died_ends_the_session(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    begun(tab, ago=timedelta(minutes=1))
    tab.get("/account/details/")
    assert tab.path == "/sign-in/"


def test_who_waits_in_vain_for_the_other_request_may_try_again(
    stub: StubCognito, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(stub, tab)
    begun(tab, ago=timedelta())
    monkeypatch.setattr(refreshing, "WAIT_S", 0.2)
    tab.get("/account/details/")
    assert (tab.status, stub.count(NEWER)) == (503, 0)
    assert tab.session()["cognito_user"]


def begun(tab: Tab, *, ago: timedelta) -> None:
    """Begin a refresh of this browser's tokens, as another request does."""
    user = CognitoUser.from_session(tab.session()["cognito_user"])
    assert user is not None
    record.begin(
        event=Event.ACCOUNT_TOKENS_REFRESHED,
        step=NEWER,
        attempt_id=user.attempt_id,
        turn=refreshing.FIRST_TURN,
        person=identity.person_of(user),
        client_id=user.client_id,
        by=record.By("visitor", "192.0.2.1", ""),
        now=timezone.now() - ago,
    )


def test_session_that_ended_while_its_tokens_were_refreshed_stays_ended(
    stub: StubCognito, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(stub, tab, rotation=True)
    real = refreshing._verify

    def sign_out_meanwhile(*args: Any) -> None:
        SessionStore(tab.cookie).delete()
        real(*args)

    monkeypatch.setattr(refreshing, "_verify", sign_out_meanwhile)
    tab.get("/account/details/")
    assert tab.status == 409
    assert tab.session() == {}
    assert stub.count("RevokeToken") == 1


def test_parallel_requests_refresh_once_though_the_token_rotates(
    stub: StubCognito, database: Database, tmp_path: Path
) -> None:
    stub.reset(Ways(access_s=SOON_OVER, rotation=True))
    user = stub.confirm()
    with site_on(stub, database, tmp_path, workers=2) as site:
        visitor = Visitor(site)
        visitor.get("/sign-in/")
        data = {name: visitor.hidden(name) for name in ("csrfmiddlewaretoken", "attempt")}
        data |= {"username": user.username, "password": user.password}
        visitor.http.post(site.url + "/sign-in/", data=data, allow_redirects=False, timeout=30)
        stub.ways, stub.latency_s = replace(stub.ways, access_s=LONG), 0.5
        cookies = visitor.http.cookies.get_dict()

        def see(_: int) -> int:
            url = site.url + "/account/details/"
            return requests.get(url, cookies=cookies, allow_redirects=False, timeout=30).status_code

        with ThreadPoolExecutor(PARALLEL) as pool:
            statuses = Counter(pool.map(see, range(PARALLEL)))
        stub.latency_s = 0
        time.sleep(0.1)
        assert see(0) == 200
    assert statuses == {200: PARALLEL}
    assert stub.count(NEWER) == 1


def test_no_token_stands_in_a_row_or_readable_in_the_session(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab, rotation=True)
    tab.get("/account/details/")
    tokens = held(tab)
    kept = repr(stored()) + repr(tab.session()) + tab.text
    assert tokens.access_token not in kept
    assert str(tokens.refresh_token) not in kept


def test_notice_that_is_kept_late_brings_back_no_earlier_tokens(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    slow = SessionStore(tab.cookie)
    user = CognitoUser.from_session(slow.get(identity.SIGNED_IN))
    assert user is not None
    tab.get("/account/details/")
    by = record.By("visitor", "192.0.2.1", "")
    visit = Visit(
        client=clients.cognito(),
        verifier=clients.token_verifier(),
        session=slow,
        user=user,
        by=by,
        rotates=lambda: False,
    )
    visit.keep(notice="verified")
    assert (held(tab).serial, tab.session()["account_notice"]) == (1, "verified")


def test_tokens_are_refreshed_under_the_device_that_the_sign_in_named(
    stub: StubCognito, tab: Tab, settings: Settings
) -> None:
    settings.REMEMBER_DEVICES = True
    stub.reset(Ways(devices=True))
    user = stub.confirm()
    named = {"username": user.username, "password": user.password}
    tab.post("/sign-in/", {**named, "remember": "1"})
    tab.post("/account/sign-out/", {})
    stub.ways = replace(stub.ways, access_s=SOON_OVER)
    # Without a second factor Cognito asks for no proof of the device.
    tab.client.post("/sign-in/", named)
    stub.ways = replace(stub.ways, access_s=LONG)
    tab.get("/account/details/")
    assert (tab.status, tab.path) == (200, "/account/details/")
    assert stub.sent(NEWER)[-1].body["DeviceKey"] in user.devices
