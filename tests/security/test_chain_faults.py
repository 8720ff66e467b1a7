"""One act of a person may be several calls. Whatever becomes of one of them: nobody is in by it, no code is
sent twice, each call has its two rows, and the page says what to do (security row C, decision D5).
"""

import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.cognito.transport import Timeouts, Transport
from cognito_portal.signin.models import RememberedDevice
from tests.audit.rows import stored
from tests.cognito.servers import Connection, Server, response
from tests.databases import Database
from tests.security.faulty import Play, refuses, reset, says, silent
from tests.security.test_audit_down import locked
from tests.signin.answering import answer_rightly, open_challenge, send
from tests.signin.browsing import Tab
from tests.signin.conftest import stub, stub_server, tab
from tests.signin.stub import StubCognito, StubUser, Ways

__all__ = ["stub", "stub_server", "tab"]

SHORT = Timeouts(connect_s=0.8, read_s=0.8, total_s=1.5)
START, SETUP, SMS, DETAILS = "/sign-in/", "/sign-in/mfa-setup/", "/sign-in/sms/", "/account/details/"
APP = "SOFTWARE_TOKEN_MFA"
# What is played, and the audit log's word for it.
ENDING: dict[str, tuple[Play, str]] = {
    "timeout": (silent, "unknown"),
    "reset": (reset, "unknown"),
    "500": (says(b"RAW-COGNITO-WORDS", status=500), "server_error"),
    "garbage": (says(b"\x00\xff RAW-COGNITO-WORDS"), "garbage"),
}
KEEPING: dict[str, tuple[Play | None, str]] = {
    "not sent": (None, "not_sent"),
    "too many requests": (refuses("TooManyRequestsException"), "throttled"),
}
FAULTS = [*ENDING, *KEEPING]


@dataclass
class Front:
    """The stub behind a server that plays a fault on the step that it is told."""

    stub: StubCognito
    plays: dict[str, Play] = field(default_factory=dict)
    unsent: set[str] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)

    def serve(self, connection: Connection) -> None:
        while body := connection.read_request():
            head = connection.server.requests[-1].partition(b"\r\n\r\n")[0].decode()
            target = re.search(r"(?i)x-amz-target: \w+\.(\w+)", head)
            operation, given = target[1] if target else "", json.loads(body)
            step = given.get("ChallengeName") or operation
            self.seen[step] += 1
            if step in self.plays:
                self.plays[step](connection)
                continue
            signed = "authorization: aws4-hmac-sha256" in head.lower()
            status, content, headers = self.stub.answer(operation, given, signed)
            connection.send(response(content, status=status, headers=headers))

    def break_(self, step: str, fault: str) -> str:
        """Have this step fail so; return the outcome that its row must have."""
        play, outcome = {**ENDING, **KEEPING}[fault]
        if play is None:
            self.unsent.add(step)
        else:
            self.plays[step] = play
        self.seen.clear()
        return outcome

    def heal(self) -> None:
        self.plays.clear()
        self.unsent.clear()


@pytest.fixture
def front(
    stub: StubCognito, settings: Settings, monkeypatch: pytest.MonkeyPatch, sqlite: Database
) -> Iterator[Front]:
    made = Front(stub)
    server = Server(made.serve)
    settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = server.url
    settings.THROTTLE_ACCOUNT_LIMIT = 100
    really_send = Transport._send

    def send_(self: Transport, prepared: Any, operation: str, exchange: Any) -> Any:
        given = json.loads(prepared.body or b"{}")
        if (given.get("ChallengeName") or operation) in made.unsent:
            raise CognitoUnavailable("not_sent", operation=operation)
        return really_send(self, prepared, operation, exchange)

    monkeypatch.setattr(Transport, "_send", send_)
    monkeypatch.setattr(clients, "transport", cache(lambda: Transport(server.url, timeouts=SHORT)))
    clients.forget()
    yield made
    monkeypatch.undo()
    server.stop()


def is_in(tab: Tab) -> bool:
    return "cognito_user" in tab.session()


def rows_of(step: str) -> list[tuple[str, str]]:
    """(phase, outcome) of every row about the calls of this step, of the newest attempt that made one."""
    rows = [row for row in stored() if row["step"] == step and row["phase"] in ("begin", "end")]
    newest = [row for row in rows if row["attempt_id"] == rows[-1]["attempt_id"]] if rows else []
    return [(row["phase"], row["outcome"]) for row in newest]


def judge(front: Front, tab: Tab, step: str, outcome: str) -> None:
    """The step was called once at most, has its two rows, and no call is left open."""
    assert front.seen[step] <= 1
    assert rows_of(step)[-2:] == [("begin", ""), ("end", outcome)]
    calls = Counter(row["call_id"] for row in stored() if row["phase"] != "single")
    assert set(calls.values()) == {2}
    assert "RAW-COGNITO" not in tab.text
    assert tab.status < 500 or tab.status == 503


def gets_in(front: Front, user: StubUser) -> None:
    """Once Cognito is well again, the same person signs in."""
    front.heal()
    user.totp_used.clear()
    again = Tab()
    again.start(user.username, user.password)
    while open_challenge(again):
        answer_rightly(again, user)
    assert is_in(again)


@pytest.mark.parametrize("fault", FAULTS)
def test_password_that_is_not_proved_signs_nobody_in(
    front: Front, tab: Tab, settings: Settings, fault: str
) -> None:
    settings.COGNITO_AUTH_FLOW = "USER_SRP_AUTH"
    user = front.stub.confirm(script=["SMS_MFA"])
    outcome = front.break_("PASSWORD_VERIFIER", fault)
    tab.start(user.username, user.password)
    assert (tab.path, tab.status, is_in(tab)) == (START, 503, False)
    judge(front, tab, "PASSWORD_VERIFIER", outcome)
    assert front.seen["InitiateAuth"] == 1
    gets_in(front, user)


def to_set_up(front: Front) -> StubUser:
    return front.stub.confirm(script=["MFA_SETUP"], can_set_up=(APP,))


@pytest.mark.parametrize("fault", FAULTS)
def test_secret_that_does_not_come_shows_none(front: Front, tab: Tab, fault: str) -> None:
    user = to_set_up(front)
    outcome = front.break_("AssociateSoftwareToken", fault)
    tab.start(user.username, user.password)
    # What was not carried out can be asked for once more, on the page that it was for.
    assert (tab.path, tab.status) == ((SETUP, 200) if fault in KEEPING else (START, 503))
    assert not is_in(tab)
    judge(front, tab, "AssociateSoftwareToken", outcome)
    front.heal()
    if fault in KEEPING:
        send(tab, {"factor": APP})
        send(tab, {"code": user.new_totp()})
        assert is_in(tab)
    gets_in(front, user)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", ["VerifySoftwareToken", "MFA_SETUP"])
def test_app_whose_setting_up_breaks_off_signs_nobody_in(
    front: Front, tab: Tab, step: str, fault: str
) -> None:
    user = to_set_up(front)
    tab.start(user.username, user.password)
    code = user.new_totp()
    outcome = front.break_(step, fault)
    send(tab, {"code": code})
    # Where the code was right already, the page goes on from there.
    kept = (SETUP, 200) if step == "MFA_SETUP" else (SETUP, 503)
    assert (tab.path, tab.status) == (kept if fault in KEEPING else (START, 200))
    assert not is_in(tab)
    judge(front, tab, step, outcome)
    assert front.seen["VerifySoftwareToken"] == (fault != "not sent" or step == "MFA_SETUP")
    front.heal()
    front.seen.clear()
    if fault in KEEPING:
        send(tab, {"code": code})
        assert is_in(tab)
        assert front.seen["VerifySoftwareToken"] == (step == "VerifySoftwareToken")
    else:
        assert "Sign in" in tab.text
        gets_in(front, user)


@pytest.fixture
def remembering(front: Front, settings: Settings) -> Front:
    settings.REMEMBER_DEVICES = True
    front.stub.ways = Ways(devices=True)
    return front


def remember(front: Front, tab: Tab) -> StubUser:
    user = front.stub.confirm(script=["SMS_MFA"])
    tab.get(START)
    tab.post(START, {**tab.hidden, "username": user.username, "password": user.password, "remember": "1"})
    answer_rightly(tab, user)
    return user


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", ["DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"])
def test_device_that_is_not_proved_stands_in_for_nothing(
    remembering: Front, tab: Tab, step: str, fault: str
) -> None:
    user = remember(remembering, tab)
    tab.post("/account/sign-out/", {})
    outcome = remembering.break_(step, fault)
    tab.start(user.username, user.password)
    assert not is_in(tab)
    assert (tab.path, tab.status) in [(SMS, 200), (START, 503)]
    judge(remembering, tab, step, outcome)
    gets_in(remembering, user)


# Garbage may be the answer to a proof that Cognito no longer takes.
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "garbage"])
def test_fault_of_cognitos_does_not_forget_the_device(remembering: Front, tab: Tab, fault: str) -> None:
    user = remember(remembering, tab)
    tab.post("/account/sign-out/", {})
    remembering.break_("DEVICE_SRP_AUTH", fault)
    tab.start(user.username, user.password)
    assert RememberedDevice.objects.count() == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_device_that_is_not_confirmed_is_not_remembered(remembering: Front, tab: Tab, fault: str) -> None:
    outcome = remembering.break_("ConfirmDevice", fault)
    user = remember(remembering, tab)
    assert (is_in(tab), tab.session()["cognito_user"]["username"]) == (True, user.username)
    judge(remembering, tab, "ConfirmDevice", outcome)
    assert RememberedDevice.objects.count() == 0
    assert "device" not in "".join(tab.client.cookies)


@pytest.mark.parametrize("fault", FAULTS)
def test_tokens_that_are_not_renewed_show_no_account(front: Front, tab: Tab, fault: str) -> None:
    front.stub.ways = Ways(access_s=30)
    user = front.stub.confirm()
    fields = {"attempt": secrets.token_hex(16), "username": user.username, "password": user.password}
    tab.client.post(START, fields)
    front.stub.ways = replace(front.stub.ways, access_s=3600)
    outcome = front.break_("GetTokensFromRefreshToken", fault)
    tab.get(DETAILS)
    assert user.alias not in tab.text
    judge(front, tab, "GetTokensFromRefreshToken", outcome)
    front.heal()
    tab.get(DETAILS)
    assert (tab.path, tab.status) == (DETAILS, 200)
    assert is_in(tab)


STEPS: dict[str, Callable[[Front, Tab], Callable[[], object]]] = {}


def down_at(step: str) -> Callable[[Any], Any]:
    return lambda prepare: STEPS.setdefault(step, prepare)


@down_at("PASSWORD_VERIFIER")
def _srp(front: Front, tab: Tab) -> Callable[[], object]:
    user = front.stub.confirm(script=["SELECT_CHALLENGE"], first_factors=("PASSWORD_SRP",))
    tab.start(user.username, user.password)
    user.script = []
    return lambda: tab.start(user.username, user.password)


@down_at("AssociateSoftwareToken")
def _associate(front: Front, tab: Tab) -> Callable[[], object]:
    user = to_set_up(front)
    return lambda: tab.start(user.username, user.password)


@down_at("VerifySoftwareToken")
@down_at("MFA_SETUP")
def _verify(front: Front, tab: Tab) -> Callable[[], object]:
    user = to_set_up(front)
    tab.start(user.username, user.password)
    return lambda: send(tab, {"code": user.new_totp()})


@pytest.mark.parametrize("step", STEPS)
def test_log_that_is_down_in_the_middle_of_a_chain_is_no_grant(
    front: Front, tab: Tab, settings: Settings, sqlite: Database, step: str
) -> None:
    """The log cannot be written from the moment that this call is answered."""
    if step == "PASSWORD_VERIFIER":
        settings.COGNITO_AUTH_FLOW = "USER_SRP_AUTH"
    act = STEPS[step](front, tab)
    holding = locked(sqlite)

    def play(connection: Connection) -> None:
        holding.__enter__()
        del front.plays[step]
        given = json.loads(connection.server.requests[-1].partition(b"\r\n\r\n")[2])
        operation = step if step.endswith("Token") else "RespondToAuthChallenge"
        status, content, headers = front.stub.answer(operation, given)
        connection.send(response(content, status=status, headers=headers))

    front.plays[step] = play
    front.seen.clear()
    act()
    holding.__exit__(None, None, None)
    assert tab.status == 503
    assert front.seen[step] == 1
    assert not is_in(tab)
    assert rows_of(step)[-1] == ("begin", "")
