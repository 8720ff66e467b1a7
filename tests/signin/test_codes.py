"""What people do wrong with codes and steps: clear words, a row, the way on, and never a grant."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from pytest_django import Settings

from tests.audit.rows import stored
from tests.security.test_enumeration import as_seen
from tests.signin.answering import PATHS, RIGHT, answer_rightly, open_challenge, send
from tests.signin.browsing import Tab
from tests.signin.conftest import point_at
from tests.signin.stub import StubCognito, StubUser, Ways
from tests.stub.totp import STEP_S

CODES = ["SMS_MFA", "EMAIL_OTP", "SMS_OTP", "SOFTWARE_TOKEN_MFA"]
OTHER = {"000000": "111111"}


def on_step(stub: StubCognito, tab: Tab, challenge: str) -> StubUser:
    user = stub.confirm(script=[challenge])
    tab.start(user.username, user.password)
    assert open_challenge(tab) == challenge
    return user


def code_of(user: StubUser, challenge: str) -> str:
    return RIGHT[challenge](user)["code"]


def wrong_code(user: StubUser, challenge: str) -> str:
    return OTHER.get(code_of(user, challenge), "000000")


def responds(stub: StubCognito) -> int:
    return stub.count("RespondToAuthChallenge")


@pytest.mark.parametrize("challenge", CODES)
def test_a_wrong_code_can_be_tried_again_on_the_same_session(
    stub: StubCognito, tab: Tab, challenge: str
) -> None:
    user = on_step(stub, tab, challenge)
    code = wrong_code(user, challenge)
    send(tab, {"code": code})
    assert (open_challenge(tab), tab.status) == (challenge, 400)
    assert "This code is not right" in tab.text
    assert code not in tab.text
    assert stored()[-1]["outcome"] == "code_mismatch"
    answer_rightly(tab, user)
    assert tab.path == "/account/"
    assert len({call.session_sent for call in stub.sent("RespondToAuthChallenge")}) == 1


@pytest.mark.parametrize("challenge", CODES)
def test_five_wrong_codes_end_the_attempt(stub: StubCognito, tab: Tab, challenge: str) -> None:
    user = on_step(stub, tab, challenge)
    for _ in range(5):
        send(tab, {"code": wrong_code(user, challenge)})
    assert "attempt" not in tab.session()
    assert not any(call.granted for call in stub.calls)
    assert responds(stub) <= 5


@pytest.mark.parametrize("code", ["", " ", "12345", "123456789", "12a456", "١٢٣٤٥٦"])
@pytest.mark.parametrize("challenge", CODES)
def test_what_cannot_be_a_code_is_refused_here(
    stub: StubCognito, tab: Tab, challenge: str, code: str
) -> None:
    on_step(stub, tab, challenge)
    send(tab, {"code": code})
    assert (open_challenge(tab), tab.status) == (challenge, 400)
    assert responds(stub) == 0
    assert (stored()[-1]["event"], stored()[-1]["outcome"]) == ("signin.input_refused", "input_refused")


@pytest.mark.parametrize("challenge", CODES)
def test_a_code_may_be_spaced_as_it_was_sent(stub: StubCognito, tab: Tab, challenge: str) -> None:
    user = on_step(stub, tab, challenge)
    code = code_of(user, challenge)
    send(tab, {"code": f" {code[:3]}\u00a0{code[3:]}\n"})
    assert tab.path == "/account/"


@pytest.mark.parametrize("digits", [6, 7, 8])
@pytest.mark.parametrize("challenge", ["EMAIL_OTP", "SMS_OTP"])
def test_a_code_that_was_sent_may_be_longer(
    stub: StubCognito, tab: Tab, settings: Settings, challenge: str, digits: int
) -> None:
    stub.reset(Ways(code_digits=digits))
    point_at(stub, settings)
    user = on_step(stub, tab, challenge)
    send(tab, {"code": code_of(user, challenge)})
    assert tab.path == "/account/"


@pytest.mark.parametrize("challenge", CODES)
def test_a_code_of_somebody_else_lets_nobody_in(stub: StubCognito, tab: Tab, challenge: str) -> None:
    user, other = on_step(stub, tab, challenge), on_step(stub, Tab(), challenge)
    assert code_of(other, challenge) != code_of(user, challenge)
    send(tab, {"code": code_of(other, challenge)})
    assert (open_challenge(tab), tab.status) == (challenge, 400)
    assert not any(call.granted for call in stub.calls)


def test_a_totp_code_lets_in_once(stub: StubCognito, tab: Tab) -> None:
    user = on_step(stub, tab, "SOFTWARE_TOKEN_MFA")
    with frozen():
        code = user.totp()
        send(tab, {"code": code})
        assert tab.path == "/account/"
        again = Tab()
        again.start(user.username, user.password)
        send(again, {"code": code})
        assert (open_challenge(again), again.status) == ("SOFTWARE_TOKEN_MFA", 400)
        assert "already used" in again.text
        assert stored()[-1]["outcome"] == "code_reused"
        send(again, {"code": user.totp(1)})
    assert again.path == "/account/"


def test_a_totp_code_that_cognito_calls_used_says_so(stub: StubCognito, tab: Tab) -> None:
    user = on_step(stub, tab, "SOFTWARE_TOKEN_MFA")
    with frozen():
        user.check_totp(user.totp())
        send(tab, {"code": user.totp()})
        assert "already used" in tab.text
        assert stored()[-1]["outcome"] == "code_reused"
        send(tab, {"code": user.totp(1)})
    assert tab.path == "/account/"


def test_the_set_up_code_does_not_sign_in_as_well(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm(script=["MFA_SETUP"], can_set_up=("SOFTWARE_TOKEN_MFA",))
    with frozen():
        tab.start(user.username, user.password)
        send(tab, {"code": user.new_totp()})
        user.script, again = ["SOFTWARE_TOKEN_MFA"], Tab()
        again.start(user.username, user.password)
        send(again, {"code": user.totp()})
        assert "already used" in again.text
        send(again, {"code": user.totp(1)})
    assert again.path == "/account/"


@contextmanager
def frozen() -> Iterator[None]:
    """A clock that stands in the middle of this half minute."""
    now = time.time() // STEP_S * STEP_S + STEP_S / 2
    with mock.patch("time.time", return_value=now):
        yield


@pytest.mark.parametrize("challenge", sorted(PATHS))
def test_a_session_that_ran_out_leads_back_to_the_start_with_the_name(
    stub: StubCognito, tab: Tab, challenge: str
) -> None:
    user = stub.confirm(script=[challenge])
    tab.start(user.username, user.password)
    stub.expire_sessions()
    answer_rightly(tab, user)
    assert (tab.path, tab.status) == ("/sign-in/", 200)
    assert "timed out or was already used" in tab.text
    assert f'value="{user.username}"' in tab.text
    assert "attempt" not in tab.session()
    assert stored()[-1]["outcome"] == "session_over"


def test_a_session_that_runs_out_between_two_codes_starts_again(stub: StubCognito, tab: Tab) -> None:
    user = on_step(stub, tab, "SMS_MFA")
    send(tab, {"code": wrong_code(user, "SMS_MFA")})
    stub.expire_sessions()
    answer_rightly(tab, user)
    assert tab.path == "/sign-in/"
    assert not any(call.granted for call in stub.calls)


@pytest.mark.parametrize("challenge", sorted(PATHS))
@pytest.mark.parametrize(
    "forged", [{"attempt": ""}, {"attempt": "0" * 32}, {"turn": ""}, {"turn": "7"}, {"turn": "-1"}]
)
def test_a_forged_form_makes_no_call(
    stub: StubCognito, tab: Tab, challenge: str, forged: dict[str, str]
) -> None:
    user = stub.confirm(script=[challenge])
    tab.start(user.username, user.password)
    calls, fields = len(stub.calls), {"factor": "SOFTWARE_TOKEN_MFA"}
    fields = fields if challenge == "MFA_SETUP" else RIGHT[challenge](user)
    tab.post(tab.path, {**tab.hidden, **fields, **forged})
    assert tab.status == 409
    assert len(stub.calls) == calls
    assert stored()[-1]["event"] == "signin.out_of_order"


@pytest.mark.parametrize("challenge", sorted(PATHS))
def test_a_form_that_was_sent_once_is_not_sent_again(stub: StubCognito, tab: Tab, challenge: str) -> None:
    user = stub.confirm(script=[challenge, "CUSTOM_CHALLENGE"])
    tab.start(user.username, user.password)
    fields = {"factor": "SOFTWARE_TOKEN_MFA"} if challenge == "MFA_SETUP" else RIGHT[challenge](user)
    path, form = tab.path, {**tab.hidden, **fields}
    tab.post(path, form)
    calls = len(stub.calls)
    tab.post(path, form)
    assert tab.status == 409
    assert len(stub.calls) == calls


@pytest.mark.parametrize("challenge", sorted(PATHS))
def test_an_answer_to_another_challenge_leads_to_the_open_one(
    stub: StubCognito, tab: Tab, challenge: str
) -> None:
    user = stub.confirm(script=[challenge])
    tab.start(user.username, user.password)
    calls, other = len(stub.calls), "CUSTOM_CHALLENGE" if challenge == "SMS_MFA" else "SMS_MFA"
    tab.post(PATHS[other], {**tab.hidden, "code": "123456", "answer": "x"})
    assert open_challenge(tab) == challenge
    assert len(stub.calls) == calls


def test_a_wrong_custom_answer_may_be_asked_again(stub: StubCognito, tab: Tab, settings: Settings) -> None:
    stub.reset(Ways(custom_again=True))
    point_at(stub, settings)
    user = on_step(stub, tab, "CUSTOM_CHALLENGE")
    send(tab, {"answer": "wrong"})
    assert open_challenge(tab) == "CUSTOM_CHALLENGE"
    answer_rightly(tab, user)
    assert tab.path == "/account/"


@pytest.mark.parametrize("challenge", ["PASSWORD", "PASSWORD_SRP", "SELECT_CHALLENGE", "WEB_AUTHN"])
def test_a_wrong_proof_looks_like_any_refusal(stub: StubCognito, tab: Tab, challenge: str) -> None:
    user = on_step(stub, tab, challenge)
    fields = RIGHT[challenge](user)
    wrong = {"password": "Wrong-1-password", "credential": '{"id": "another"}'}
    send(tab, {name: wrong.get(name, value) for name, value in fields.items()})
    assert tab.path == "/sign-in/"
    assert "We could not sign you in" in tab.text
    assert stored()[-1]["outcome"] == "bad_credentials"
    assert not any(call.granted for call in stub.calls)


def test_no_code_password_or_secret_stands_in_a_row_or_a_url(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm(
        script=["MFA_SETUP", "SMS_MFA", "CUSTOM_CHALLENGE"], can_set_up=("SOFTWARE_TOKEN_MFA",)
    )
    tab.start(user.username, user.password)
    secrets = [user.password, user.pending["totp"]]
    while open_challenge(tab):
        secrets += RIGHT[open_challenge(tab)](user).values()
        answer_rightly(tab, user)
    assert tab.path == "/sign-in/done/"
    secrets += [call.session for call in stub.calls if call.session]
    written = str(stored()) + str(stored("audit_person"))
    assert len(secrets) >= 8
    assert [secret for secret in secrets if secret in written] == []


@pytest.mark.parametrize("challenge", ["SMS_MFA", "EMAIL_OTP"])
def test_a_right_password_alone_has_five_codes_sent_and_then_meets_the_throttle_of_every_name(
    stub: StubCognito, challenge: str
) -> None:
    user = stub.confirm(script=[challenge])
    seen = {}
    for name, password, status in [(user.username, user.password, 200), ("nobody", "Wrong-1-pass", 403)]:
        tabs = [Tab() for _ in range(6)]
        for each in tabs:
            each.start(name, password)
        assert [each.status for each in tabs] == [status] * 5 + [429]
        assert tabs[-1].page is not None
        seen[name] = as_seen(tabs[-1].page, name)
        seen[name][1].pop("Retry-After")
    assert seen[user.username] == seen["nobody"]
    assert len([call for call in stub.calls if call.asked == challenge]) == 5


def test_the_code_that_came_last_signs_in_and_gives_a_new_start(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm(script=["SMS_MFA"])
    for _ in range(2):
        for _ in range(5):
            tab.start(user.username, user.password)
        assert (open_challenge(tab), tab.status) == ("SMS_MFA", 200)
        answer_rightly(tab, user)
        assert tab.path == "/account/"
        tab.post("/account/sign-out/", {})
