"""What the walk does after each answer of Cognito's: the next state, and the two rows."""

from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from cognito_portal import clients
from tests.audit.rows import stored
from tests.signin.browsing import Tab
from tests.signin.stub import StubCognito, Ways

FORM = "/sign-in/new-password/"


def rows() -> list[tuple[str, str, str]]:
    return [(row["event"], row["phase"], row["outcome"]) for row in stored()]


def on_the_form(stub: StubCognito, tab: Tab, **more: Any) -> Any:
    user = stub.invite(**more)
    tab.start(user.username, user.password)
    assert tab.path == FORM
    return user


def test_each_call_is_a_begin_row_and_an_end_row(stub: StubCognito, tab: Tab) -> None:
    on_the_form(stub, tab)
    tab.answer()
    assert rows() == [
        ("signin.started", "begin", ""),
        ("signin.started", "end", "challenge"),
        ("signin.answered", "begin", ""),
        ("signin.answered", "end", "success"),
        ("account.notified", "single", "no_verified_contact"),
    ]


def test_the_begin_row_is_committed_before_cognito_is_called(stub: StubCognito, tab: Tab) -> None:
    seen: list[int] = []

    def look() -> tuple[int, bytes]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_event WHERE phase = 'begin'")
            seen.append(cursor.fetchone()[0])
        connection.close()
        return 500, b"{}"

    stub.faults.append(look)
    tab.start("anybody", "Any-1-password")
    assert seen == [1]


def test_a_refused_password_keeps_the_session_for_the_next_try(stub: StubCognito, tab: Tab) -> None:
    on_the_form(stub, tab)
    before = tab.hidden
    tab.answer("short")
    assert tab.status == 400
    assert tab.hidden == {**before, "turn": str(int(before["turn"]) + 1)}
    tab.answer()
    sent = [call.body["Session"] for call in stub.calls if call.operation == "RespondToAuthChallenge"]
    assert sent == [stub.calls[0].session] * 2


def test_a_session_that_is_over_leads_back_to_the_start_with_the_name(stub: StubCognito, tab: Tab) -> None:
    user = on_the_form(stub, tab)
    stub.sessions.clear()
    tab.answer()
    assert tab.path == "/sign-in/"
    assert f'value="{user.username}"' in tab.text
    assert "timed out or was already used" in tab.text
    assert "attempt" not in tab.session()


@pytest.mark.parametrize("fault", [(500, b"{}"), (200, b"nonsense"), (200, b"[]"), (200, b"{}")])
def test_an_answer_without_sense_ends_the_attempt(
    stub: StubCognito, tab: Tab, fault: tuple[int, bytes]
) -> None:
    on_the_form(stub, tab)
    stub.faults.append(lambda: fault)
    tab.answer()
    assert (tab.path, tab.status) == ("/sign-in/", 200)
    assert "it may be set" in tab.text
    assert "attempt" not in tab.session()


def test_a_call_that_was_never_sent_keeps_the_attempt(
    stub: StubCognito, tab: Tab, settings: Settings
) -> None:
    on_the_form(stub, tab)
    settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = "http://127.0.0.1:1"
    clients.forget()
    tab.answer()
    assert (tab.path, tab.status) == (FORM, 503)
    assert tab.session()["attempt"]


def test_keys_that_cannot_be_read_after_a_right_answer_end_the_attempt(
    stub: StubCognito, tab: Tab, settings: Settings
) -> None:
    on_the_form(stub, tab)
    settings.COGNITO_JWKS_URL = "http://127.0.0.1:1/keys.json"
    clients.forget()
    tab.answer()
    assert tab.path == "/sign-in/"
    assert "it may be set" in tab.text
    assert "attempt" not in tab.session()
    assert stub.calls[-1].operation == "RevokeToken"


def test_tokens_of_another_issuer_let_nobody_in_and_are_given_back(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm()
    stub.ways = Ways(issuer="https://issuer.example.test/another")
    tab.start(user.username, user.password)
    assert tab.status == 503
    assert "cognito_user" not in tab.session()
    assert stub.calls[-1].operation == "RevokeToken"
    assert rows()[-1] == ("signin.started", "end", "token_refused")


def test_tokens_of_somebody_else_are_refused(stub: StubCognito, tab: Tab) -> None:
    user, other = on_the_form(stub, tab), stub.invite()
    stub.sessions[stub.calls[0].session].sign_in.user = other
    tab.answer()
    assert user.sub != other.sub
    assert tab.path == "/sign-in/"
    assert "cognito_user" not in tab.session()


@pytest.mark.parametrize("name", ["sub", "email_verified"])
def test_an_attribute_nobody_may_write_is_no_failure_of_ours(stub: StubCognito, tab: Tab, name: str) -> None:
    on_the_form(stub, tab, lacks=(name,))
    tab.answer()
    assert tab.status < 500 or "Retry-After" in tab.page  # type: ignore[operator]
    assert [phase for _, phase, _ in rows()].count("end") == 2


def test_a_refused_form_leaves_one_row_and_makes_no_call(stub: StubCognito, tab: Tab) -> None:
    user = on_the_form(stub, tab)
    tab.answer(user.password)
    assert tab.status == 400
    assert "other than the temporary one" in tab.text
    assert rows()[-1] == ("signin.input_refused", "single", "input_refused")
    assert stub.count("RespondToAuthChallenge") == 0


def test_no_audit_row_no_call(stub: StubCognito, tab: Tab) -> None:
    user = stub.invite()
    tab.get("/sign-in/")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_event_no_update")
    tab.post("/sign-in/", {**tab.hidden, "username": user.username, "password": user.password})
    assert tab.status == 503
    assert stub.calls == []


def test_keys_that_cannot_be_read_are_no_failed_try_of_the_person(stub: StubCognito, tab: Tab) -> None:
    user = stub.confirm()
    stub.keys_down = True
    for _ in range(7):
        tab.start(user.username, user.password)
        assert tab.status == 503
    ends = [row for row in stored() if row["phase"] == "end"]
    assert {(row["outcome"], row["error_code"]) for row in ends} == {
        ("token_refused", "token_keys_unavailable")
    }
    assert stub.count("RevokeToken") == 7


@pytest.mark.parametrize("name", ["somebody else", "nobody"])
def test_a_name_alone_that_takes_the_place_of_somebody_ends_their_session_at_cognito(
    stub: StubCognito, tab: Tab, settings: Settings, name: str
) -> None:
    first = stub.confirm()
    other = stub.confirm(script=["SELECT_CHALLENGE"]).username if name == "somebody else" else name
    tab.start(first.username, first.password)
    settings.COGNITO_AUTH_FLOW = "USER_AUTH"
    tab.post("/sign-in/", {"attempt": "a" * 32, "username": other})
    assert tab.path == "/sign-in/select-challenge/"
    assert [family.is_revoked for family in stub.families] == [True]


def test_a_refused_sign_in_leaves_whoever_is_signed_in_alone(stub: StubCognito, tab: Tab) -> None:
    first = stub.confirm()
    tab.start(first.username, first.password)
    tab.post("/sign-in/", {"attempt": "a" * 32, "username": "nobody", "password": "Wrong-1-password"})
    assert tab.status == 403
    assert tab.session()["cognito_user"]["username"] == first.username
    assert stub.count("RevokeToken") == 0
