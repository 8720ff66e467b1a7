"""Groups, devices and Cognito's own sign-in events of an account, each read by itself."""

from typing import Any

import pytest

from cognito_portal import clients
from cognito_portal.cognito.errors import CognitoUnavailable, error_for
from cognito_portal.cognito.types import AuthEvent
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.demo.conftest import Caller
from tests.ops.test_acts import account, with_mail_codes
from tests.ops.test_choices import group, with_device
from tests.ops.test_desk import desk, staff
from tests.signin.browsing import Tab

__all__ = ["desk"]

EVENT = AuthEvent(
    event_id="1",
    kind="SignIn",
    response="Fail",
    at=1_790_000_000.0,
    risk="High",
    challenges=(("Password", "Failure"),),
    ip_address="203.0.113.7",
    device_name="Firefox",
    place="Lyon, France",
)


def opened(tab: Tab, api: Caller, username: str) -> Tab:
    tab.get(f"/ops/accounts/{account(api, username)['sub']}/more/")
    return tab


def denied(operation: str) -> Exception:
    return error_for("AccessDeniedException", "", status=400, operation=operation, request_id=None)


def test_groups_are_shown_with_a_way_out_of_each(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    name = group(portal.api, username)
    opened(desk, portal.api, username)
    assert f"<strong>{name}</strong>" in desk.text
    assert f"acts/leave_group/?group={name}" in desk.text


def test_devices_are_shown_with_a_way_to_forget_each(portal: Portal, desk: Tab) -> None:
    username, key = with_device(portal.api)
    opened(desk, portal.api, username)
    assert "Dora's laptop" in desk.text
    assert f"acts/forget_device/?device={key}" in desk.text


def test_second_factors_are_shown_with_the_one_that_is_asked_for_first(portal: Portal, desk: Tab) -> None:
    opened(desk, portal.api, with_mail_codes(portal.api))
    assert "<code>EMAIL_OTP</code>" in desk.text
    assert "asked for first" in desk.text


def test_sign_ins_that_cognito_wrote_down_are_shown(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients.cognito(), "admin_list_user_auth_events", lambda **given: (EVENT,))
    opened(desk, portal.api, portal.api.confirm())
    for told in ("SignIn", "Fail", "High", "203.0.113.7", "Lyon, France", "Password: Failure"):
        assert told in desk.text


@pytest.mark.parametrize(
    "error",
    [
        error_for(code, "", status=400, operation="AdminListUserAuthEvents", request_id=None)
        for code in (
            *("UserPoolAddOnNotEnabledException", "UnknownOperationException", "AccessDeniedException"),
            *("InvalidParameterException", "NobodyKnowsThisException"),
        )
    ],
    ids=lambda error: error.code,
)
def test_sign_ins_that_nobody_can_read_are_one_line_that_names_the_right(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(**given: Any) -> Any:
        raise error

    monkeypatch.setattr(clients.cognito(), "admin_list_user_auth_events", fails)
    opened(desk, portal.api, portal.api.confirm())
    assert desk.status == 200
    assert "cognito-idp:AdminListUserAuthEvents" in desk.text


@pytest.mark.parametrize("failing", ["admin_list_groups_for_user", "admin_list_devices"])
@pytest.mark.parametrize("error", [denied("SomeOperation"), CognitoUnavailable("unknown", operation="X")])
def test_part_that_fails_leaves_the_others(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch, failing: str, error: Exception
) -> None:
    def fails(**given: Any) -> Any:
        raise error

    username, key = with_device(portal.api)
    name = group(portal.api, username)
    monkeypatch.setattr(clients.cognito(), failing, fails)
    opened(desk, portal.api, username)
    assert desk.status == 200
    assert (name in desk.text) == (failing != "admin_list_groups_for_user")
    assert (key in desk.text) == (failing != "admin_list_devices")


def test_looking_is_in_the_log_and_not_in_the_verdict_s_way(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**given: Any) -> Any:
        raise AssertionError("the account's page asks for none of it")

    username = portal.api.confirm()
    with monkeypatch.context() as patch:
        patch.setattr(clients.cognito(), "admin_list_groups_for_user", fails)
        patch.setattr(clients.cognito(), "admin_list_devices", fails)
        desk.post("/ops/", {"name": username})
        assert f"{desk.path}more/" in desk.text
    assert [row for row in stored() if row["event"] == "ops.records_shown"] == []
    opened(desk, portal.api, username)
    assert [row["outcome"] for row in stored() if row["event"] == "ops.records_shown"] == ["success"]


def test_auditor_sees_them_without_an_act(portal: Portal) -> None:
    username = portal.api.confirm()
    name = group(portal.api, username)
    tab = opened(staff("auditors"), portal.api, username)
    assert name in tab.text
    assert "/acts/" not in tab.text


@pytest.mark.parametrize("sub", ["no-such-sub", "x" * 65])
def test_account_that_is_not_there_is_not_found(desk: Tab, sub: str) -> None:
    desk.get(f"/ops/accounts/{sub}/more/")
    assert desk.status == 404


def test_cognito_that_does_not_answer_is_told(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**given: Any) -> Any:
        raise CognitoUnavailable("not_sent", operation="ListUsers")

    monkeypatch.setattr(clients.cognito(), "find_users", fails)
    desk.get("/ops/accounts/some-sub/more/")
    assert "could not be asked" in desk.text
