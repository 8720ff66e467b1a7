"""What stands after a right answer whose next call could not be made, and what is said of a new password."""

import pytest
from pytest_django import Settings

from cognito_portal.signin import flow
from tests.signin.answering import open_challenge, send
from tests.signin.browsing import GOOD_PASSWORD, Tab
from tests.signin.stub import StubCognito, StubUser

APP = "SOFTWARE_TOKEN_MFA"


def choosing(stub: StubCognito, tab: Tab) -> StubUser:
    """A new hire who has to choose a password and set an app up, before the first of the two."""
    user = stub.invite(script=["NEW_PASSWORD_REQUIRED", "MFA_SETUP"], can_set_up=(APP,), lacks=())
    tab.start(user.username, user.password)
    assert open_challenge(tab) == "NEW_PASSWORD_REQUIRED"
    return user


def test_throttled_between_two_calls_the_walk_stands_at_the_second(
    stub: StubCognito, tab: Tab, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    choosing(stub, tab)
    admit, admitted = flow.throttle.admit, []

    def once(**act: object) -> object:
        admitted.append(act)
        if len(admitted) > 1:
            raise flow.throttle.Throttled(retry_after_s=60, scope="account")
        return admit(**act)  # type: ignore[arg-type]

    monkeypatch.setattr(flow.throttle, "admit", once)
    tab.answer()
    assert (tab.path, tab.status) == ("/sign-in/mfa-setup/", 200)
    monkeypatch.undo()
    send(tab, {"factor": APP})
    assert "otpauth://" in tab.text


def test_a_new_password_is_not_forgotten_when_a_later_step_times_out(stub: StubCognito, tab: Tab) -> None:
    choosing(stub, tab)
    tab.answer()
    assert tab.path == "/sign-in/mfa-setup/"
    stub.expire_sessions()
    send(tab, {"code": "123456"})
    assert tab.path == "/sign-in/"
    assert "Your new password is set" in tab.text


def test_a_new_password_is_told_by_mail_though_the_next_step_is_left(
    stub: StubCognito, tab: Tab, mailoutbox: list[object]
) -> None:
    user = stub.invite(
        script=["NEW_PASSWORD_REQUIRED", "MFA_SETUP"],
        can_set_up=(APP,),
        lacks=(),
        parameters={
            "NEW_PASSWORD_REQUIRED": {
                "userAttributes": '{"email": "nia@example.com", "email_verified": "true"}'
            }
        },
    )
    tab.start(user.username, user.password)
    tab.answer(GOOD_PASSWORD)
    assert [message.to for message in mailoutbox] == [["nia@example.com"]]  # type: ignore[attr-defined]
