"""However slow Cognito is: an act of several calls is answered within 8.5 s, and what there is no time for is not
sent (decision D7, security row C).
"""

import secrets
import time

import pytest
from pytest_django import Settings

from cognito_portal.cognito import connections, deadline, transport
from tests.security.test_chain_faults import APP, SETUP, START, is_in, rows_of
from tests.signin.browsing import Tab
from tests.signin.conftest import stub, stub_server, tab
from tests.signin.stub import StubCognito, StubUser

__all__ = ["stub", "stub_server", "tab"]

MOST_S = 8.5
# Begins with SRP, and ends on the page that shows the secret of an authenticator app.
CHAIN = ["InitiateAuth", "PASSWORD_VERIFIER", "AssociateSoftwareToken"]


def starts(tab: Tab, user: StubUser) -> None:
    """Send the form of the sign-in page without having opened that: opening it has the keys read."""
    tab.post(START, {"attempt": secrets.token_hex(16), "username": user.username, "password": user.password})


@pytest.fixture
def user(stub: StubCognito, settings: Settings) -> StubUser:
    settings.COGNITO_AUTH_FLOW = "USER_SRP_AUTH"
    return stub.confirm(script=["MFA_SETUP"], can_set_up=(APP,))


@pytest.fixture
def late(stub: StubCognito, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps whose answer comes at the very end of the time that an act has."""
    steps: list[str] = []

    def monotonic() -> float:
        met = any((call.challenge or call.operation) in steps for call in list(stub.calls))
        return time.monotonic() + deadline.ACT_S * met

    for module in (deadline, connections, transport):
        monkeypatch.setattr(module, "monotonic", monotonic)
    return steps


def test_three_calls_of_three_seconds_are_answered_in_time(
    stub: StubCognito, tab: Tab, user: StubUser
) -> None:
    stub.latency_s = 3
    started = time.monotonic()
    starts(tab, user)
    assert time.monotonic() - started <= MOST_S
    assert (tab.path, tab.status, is_in(tab)) == (START, 503, False)
    assert [rows_of(step) for step in CHAIN] == [
        [("begin", ""), ("end", "challenge")],
        [("begin", ""), ("end", "challenge")],
        [("begin", ""), ("end", "unknown")],
    ]


def test_call_that_there_is_no_time_for_is_not_sent(
    stub: StubCognito, tab: Tab, user: StubUser, late: list[str]
) -> None:
    late.append("PASSWORD_VERIFIER")
    starts(tab, user)
    assert stub.count("AssociateSoftwareToken") == 0
    assert rows_of("AssociateSoftwareToken") == [("begin", ""), ("end", "not_sent")]
    assert (tab.path, is_in(tab)) == (SETUP, False)
    # What was answered stands: the step can be gone on with.
    stub.calls.clear()
    late.clear()
    tab.post(SETUP, {**tab.hidden, "factor": APP})
    assert (tab.path, tab.status, stub.count("AssociateSoftwareToken")) == (SETUP, 200, 1)


def test_tokens_that_there_is_no_time_to_check_sign_nobody_in(
    stub: StubCognito, tab: Tab, late: list[str]
) -> None:
    late.append("InitiateAuth")
    starts(tab, stub.confirm())
    assert (tab.path, tab.status, is_in(tab)) == (START, 503, False)
    assert rows_of("InitiateAuth")[0] == ("begin", "")
    assert rows_of("InitiateAuth")[1][1] != "success"
    # The next person finds nothing in the way.
    late.clear()
    starts(tab, stub.confirm())
    assert is_in(tab)
