"""Acts that ask for more than a reason: what is chosen or typed, what comes of it, and what the log names of it."""

import secrets
from typing import Any

import pytest
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.errors import CognitoUnavailable, error_for
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.demo.conftest import Caller
from tests.demo.test_devices import Device
from tests.ops.test_acts import REASON, account, form_id, page_of, rows, send
from tests.ops.test_desk import desk, staff
from tests.ops.test_why import signs_in
from tests.signin.browsing import Tab

__all__ = ["desk"]

PHONE = "+12025550147"


def group(api: Caller, *members: str) -> str:
    name = "g" + secrets.token_hex(4)
    assert api.signed("CreateGroup", GroupName=name, Description="People of a test").refusal is None
    for username in members:
        api.signed("AdminAddUserToGroup", GroupName=name, Username=username)
    return name


def groups_of(api: Caller, username: str) -> list[str]:
    found = api.signed("AdminListGroupsForUser", Username=username).body["Groups"]
    return [each["GroupName"] for each in found]


def with_device(api: Caller) -> tuple[str, str]:
    """An account with one device that Cognito tracks, and the device's key."""
    username = api.confirm()
    return username, Device(api, username).remember().key


def devices_of(api: Caller, username: str) -> list[str]:
    return [each["DeviceKey"] for each in api.signed("AdminListDevices", Username=username).body["Devices"]]


def test_account_is_put_into_a_group_and_the_log_names_it(portal: Portal, desk: Tab) -> None:
    username, name = portal.api.confirm(), group(portal.api)
    send(desk, portal.api, username, "join_group", group=name)
    assert "They are in the group." in desk.text
    assert groups_of(portal.api, username) == [name]
    wanted = [("begin", "", REASON), ("single", "recorded", name), ("end", "success", REASON)]
    assert rows("ops.group_joined") == wanted


def test_only_groups_that_they_are_not_in_are_offered(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    own, other = group(portal.api, username), group(portal.api)
    desk.get(page_of(portal.api, username, "join_group"))
    assert f'value="{other}"' in desk.text
    assert f'value="{own}"' not in desk.text


def test_account_is_taken_out_of_a_group(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    stays, goes = group(portal.api, username), group(portal.api, username)
    send(desk, portal.api, username, "leave_group", group=goes)
    assert groups_of(portal.api, username) == [stays]
    assert ("single", "recorded", goes) in rows("ops.group_left")


def test_whoever_is_in_no_group_can_be_taken_out_of_none(portal: Portal, desk: Tab) -> None:
    desk.get(page_of(portal.api, portal.api.confirm(), "leave_group"))
    assert "The account is in no group." in desk.text
    assert 'name="reason"' not in desk.text


@pytest.mark.parametrize("chosen", ["", "no-such-group"])
def test_group_that_was_not_offered_is_refused_and_the_reason_is_kept(
    portal: Portal, desk: Tab, chosen: str
) -> None:
    username = portal.api.confirm()
    group(portal.api)
    send(desk, portal.api, username, "join_group", group=chosen)
    assert desk.status == 400
    assert "Choose one." in desk.text
    assert f'value="{REASON}"' in desk.text
    assert rows("ops.group_joined") == []


def test_address_of_the_page_may_name_the_choice(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    name = group(portal.api, username)
    desk.get(f"{page_of(portal.api, username, 'leave_group')}?group={name}")
    assert f'value="{name}" selected' in desk.text


def test_groups_that_cannot_be_read_are_told_with_the_lacking_right(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied() -> Any:
        raise error_for("AccessDeniedException", "", status=400, operation="ListGroups", request_id=None)

    username = portal.api.confirm()
    monkeypatch.setattr(clients.cognito(), "list_groups", denied)
    send(desk, portal.api, username, "join_group")
    assert desk.status == 409
    assert "cognito-idp:ListGroups" in desk.text


def test_device_is_forgotten(portal: Portal, desk: Tab) -> None:
    username, key = with_device(portal.api)
    send(desk, portal.api, username, "forget_device", device=key)
    assert "The device is forgotten." in desk.text
    assert devices_of(portal.api, username) == []
    assert ("single", "recorded", key) in rows("ops.device_forgotten")


def test_attributes_are_changed_and_the_log_names_them_without_their_values(
    portal: Portal, desk: Tab
) -> None:
    username = portal.api.confirm()
    given = {"name": "Cora Renamed", "custom:department": "Sales"}
    send(desk, portal.api, username, "edit", **given)
    found = account(portal.api, username)
    assert {name: found[name] for name in given} == given
    assert {step for phase, _, step in rows("ops.attributes_changed") if phase == "single"} == {*given}
    assert not [row for row in stored() if "Renamed" in str(row) or "Sales" in str(row)]


def test_what_is_not_changed_is_not_sent(portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, str]] = []
    really = clients.cognito().admin_update_user_attributes

    def update(*, username: str, attributes: dict[str, str]) -> Any:
        sent.append(attributes)
        return really(username=username, attributes=attributes)

    monkeypatch.setattr(clients.cognito(), "admin_update_user_attributes", update)
    username = portal.api.confirm()
    email = f"{username}@example.com"
    send(desk, portal.api, username, "edit", name="Cora Renamed", email=email, email_verified="true")
    assert sent == [{"name": "Cora Renamed"}]


def test_form_that_changes_nothing_says_so(portal: Portal, desk: Tab) -> None:
    send(desk, portal.api, portal.api.confirm(), "edit")
    assert desk.status == 400
    assert "Nothing is changed yet." in desk.text


def test_new_address_may_be_counted_as_verified(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm(email_verified="false")
    new = f"{username}@example.org"
    send(desk, portal.api, username, "edit", email=new, email_verified="true")
    found = account(portal.api, username)
    assert (found["email"], found["email_verified"]) == (new, "true")


def test_required_attribute_cannot_be_emptied_and_what_was_typed_is_kept(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    send(desk, portal.api, username, "edit", name="", phone_number="0202")
    assert desk.status == 400
    assert "Fill in this field." in desk.text
    assert "with + and country code" in desk.text
    assert 'value="0202"' in desk.text
    assert account(portal.api, username)["name"] == "Cora Confirmed"


def test_form_shows_only_what_the_pool_and_the_settings_let_change(
    portal: Portal, desk: Tab, settings: Settings
) -> None:
    path = page_of(portal.api, portal.api.confirm(), "edit")
    desk.get(path)
    assert 'name="custom:department"' in desk.text
    for fixed in ("custom:employee_id", "sub", "updated_at"):
        assert f'name="{fixed}"' not in desk.text
    settings.OPS_EDITABLE_ATTRIBUTES = ["nickname"]
    desk.get(path)
    assert 'name="nickname"' in desk.text
    assert 'name="name"' not in desk.text


def test_attribute_that_may_not_be_edited_is_not_sent(portal: Portal, desk: Tab, settings: Settings) -> None:
    settings.OPS_EDITABLE_ATTRIBUTES = ["nickname"]
    username = portal.api.confirm()
    send(desk, portal.api, username, "edit", nickname="Co", name="Mallory")
    assert account(portal.api, username)["name"] == "Cora Confirmed"


def test_form_of_the_attributes_is_an_asking_for_them_in_clear(portal: Portal, desk: Tab) -> None:
    desk.get(page_of(portal.api, portal.api.confirm(), "edit"))
    assert "Cora Confirmed" in desk.text
    assert [row["outcome"] for row in stored() if row["event"] == "ops.attributes_shown"] == ["success"]


def test_account_is_deleted_once_its_name_is_typed_and_its_session_ends(portal: Portal, desk: Tab) -> None:
    person = signs_in(username := portal.api.confirm())
    send(desk, portal.api, username, "delete", username=username)
    assert desk.path == "/ops/"
    assert "The account is deleted." in desk.text
    assert portal.api.signed("AdminGetUser", Username=username).refusal
    assert rows("ops.account_deleted") == [("begin", "", REASON), ("end", "success", REASON)]
    person.get("/account/")
    assert person.path != "/account/"


@pytest.mark.parametrize("typed", ["", "{name}x", "{upper}"])
def test_account_is_not_deleted_for_another_name(portal: Portal, desk: Tab, typed: str) -> None:
    username = portal.api.confirm()
    given = typed.format(name=username, upper=username.upper())
    send(desk, portal.api, username, "delete", username=given)
    assert desk.status == 400
    assert portal.api.signed("AdminGetUser", Username=username).refusal is None
    assert rows("ops.account_deleted") == []


def test_deleting_whose_answer_did_not_arrive_is_not_called_undone(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(**given: Any) -> Any:
        raise CognitoUnavailable("unknown", operation="AdminDeleteUser")

    username = portal.api.confirm()
    monkeypatch.setattr(clients.cognito(), "admin_delete_user", lost)
    send(desk, portal.api, username, "delete", username=username)
    assert "Nobody knows whether it was done" in desk.text
    assert rows("ops.account_deleted")[-1] == ("end", "unknown", REASON)


def test_invitation_goes_out_by_text_message_where_that_is_chosen(portal: Portal, desk: Tab) -> None:
    username = portal.api.invite(phone_number=PHONE)
    send(desk, portal.api, username, "resend_invitation", medium="SMS")
    assert portal.api.outbox(username)[0]["to"] == PHONE
    assert ("single", "recorded", "SMS") in rows("ops.invitation_resent")


def test_medium_without_an_address_is_not_offered(portal: Portal, desk: Tab) -> None:
    username = portal.api.invite()
    send(desk, portal.api, username, "resend_invitation", medium="SMS")
    assert desk.status == 400
    assert 'value="EMAIL" checked' not in desk.text
    assert len(portal.api.outbox(username)) == 1


def test_phone_number_is_marked_as_verified_where_that_is_chosen(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm(email_verified="false", phone_number=PHONE)
    send(desk, portal.api, username, "mark_verified", attribute="phone_number")
    found = account(portal.api, username)
    assert (found["phone_number_verified"], found["email_verified"]) == ("true", "false")


@pytest.mark.parametrize("act", ["edit", "join_group", "leave_group", "forget_device", "delete"])
def test_auditor_may_do_none_of_it(portal: Portal, act: str) -> None:
    tab = staff("auditors")
    tab.get(page_of(portal.api, portal.api.confirm(), act))
    assert tab.status == 403


def test_same_form_changes_once(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    desk.get(page_of(portal.api, username, "edit"))
    fields = {"form_id": form_id(desk), "reason": REASON, "nickname": "Co"}
    desk.post(desk.path, fields)
    desk.post(page_of(portal.api, username, "edit"), {**fields, "nickname": "Coco"})
    assert desk.status == 409
    assert account(portal.api, username)["nickname"] == "Co"


def test_what_changed_meanwhile_is_not_put_back(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm(nickname="Co")
    desk.get(page_of(portal.api, username, "edit"))
    fields = {"nickname": "Co", "was.nickname": "Co", "name": "Cora Renamed", "was.name": "Cora Confirmed"}
    assert 'name="was.nickname" value="Co"' in desk.text
    meanwhile = [{"Name": "nickname", "Value": "Coco"}]
    portal.api.signed("AdminUpdateUserAttributes", Username=username, UserAttributes=meanwhile)
    desk.post(desk.path, {"form_id": form_id(desk), "reason": REASON, **fields})
    found = account(portal.api, username)
    assert (found["nickname"], found["name"]) == ("Coco", "Cora Renamed")


def test_lines_of_an_address_that_nobody_touched_stay(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm(address="1 High Street\nOld Town")
    desk.get(page_of(portal.api, username, "edit"))
    fields = {
        "address": "1 High StreetOld Town",
        "was.address": "1 High Street\r\nOld Town",
        "nickname": "Co",
    }
    desk.post(desk.path, {"form_id": form_id(desk), "reason": REASON, **fields})
    found = account(portal.api, username)
    assert (found["address"], found["nickname"]) == ("1 High Street\nOld Town", "Co")
