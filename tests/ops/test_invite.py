"""Inviting one person, from the form to the account on the embedded Cognito, and its rows."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.errors import CognitoUnavailable, error_for
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.demo.conftest import Caller, make_pool
from tests.ops.test_acts import REASON, form_id, rows
from tests.ops.test_desk import desk, staff
from tests.signin.browsing import Tab

__all__ = ["desk", "make_pool"]

PAGE = "/ops/invite/"


def person(**more: str) -> dict[str, str]:
    username = "i" + secrets.token_hex(6)
    given = {"username": username, "email": f"{username}@example.com", "name": "Ina Invited"}
    return {**given, "medium": "EMAIL", "reason": REASON, **more}


def send(tab: Tab, fields: dict[str, str]) -> Tab:
    tab.get(PAGE)
    tab.post(PAGE, {"form_id": form_id(tab), **fields})
    return tab


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def create(**given: Any) -> Any:
        raise error

    monkeypatch.setattr(clients.cognito(), "admin_create_user", create)


def refusal(code: str) -> Exception:
    return error_for(code, "", status=400, operation="AdminCreateUser", request_id=None)


def test_form_asks_for_what_the_pool_has(desk: Tab) -> None:
    desk.get(PAGE)
    for name in ("username", "email", "name", "phone_number", "custom:department", "custom:employee_id"):
        assert f'name="{name}"' in desk.text
    assert 'name="sub"' not in desk.text
    assert "Nobody can change it once the account is there." in desk.text


def test_person_is_invited_and_the_account_is_shown(portal: Portal, desk: Tab) -> None:
    given = person(**{"custom:department": "Sales", "email_verified": "true"})
    send(desk, given)
    assert (desk.status, f"<h1>{given['username']}</h1>" in desk.text) == (200, True)
    assert "its invitation is on its way" in desk.text
    found = portal.api.signed("AdminGetUser", Username=given["username"]).body
    attributes = {each["Name"]: each["Value"] for each in found["UserAttributes"]}
    assert (attributes["custom:department"], attributes["email_verified"]) == ("Sales", "true")
    assert [each["to"] for each in portal.api.outbox(given["username"])] == [given["email"]]
    assert rows("ops.user_invited") == [("begin", "", REASON), ("end", "success", REASON)]


def test_password_is_shown_nowhere(portal: Portal, desk: Tab) -> None:
    given = person()
    send(desk, given)
    password = portal.api.outbox(given["username"])[0]["body"].rpartition(" ")[2]
    assert password not in desk.text
    assert not [row for row in stored() if password in str(row)]


def test_invitation_goes_out_by_text_message_where_that_is_chosen(portal: Portal, desk: Tab) -> None:
    given = person(phone_number="+12025550148", medium="SMS")
    send(desk, given)
    assert [each["to"] for each in portal.api.outbox(given["username"])] == ["+12025550148"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"username": ""}, "Fill in this field."),
        ({"username": "in a"}, "has no blanks"),
        ({"username": "ina@example.com"}, "no username may look like one"),
        ({"email": "nowhere"}, "Write an e-mail address"),
        ({"medium": "SMS"}, "The invitation is sent there"),
        ({"medium": "pigeon"}, "Choose one."),
        ({"custom:department": "x" * 3000}, "too long"),
        ({"reason": ""}, "Say why"),
    ],
)
def test_what_is_wrong_is_told_and_all_is_kept(
    portal: Portal, desk: Tab, wrong: dict[str, str], words: str
) -> None:
    given = person(**wrong)
    send(desk, given)
    assert desk.status == 400
    assert words in desk.text
    assert 'value="Ina Invited"' in desk.text
    assert rows("ops.user_invited") == []


def test_reason_names_nobody(desk: Tab) -> None:
    given = person()
    send(desk, {**given, "reason": f"for {given['email']}"})
    assert desk.status == 400
    assert "Leave out the person" in desk.text


def test_name_that_is_taken_leads_to_its_account(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    send(desk, person(username=username))
    assert desk.status == 409
    assert "There is an account of this name already." in desk.text
    sub = portal.api.signed("AdminGetUser", Username=username).body["UserAttributes"]
    assert any(f'href="/ops/accounts/{each["Value"]}/"' in desk.text for each in sub)
    assert rows("ops.user_invited") == []


@pytest.mark.parametrize("by", ["other letters", "address"])
def test_person_who_may_have_an_account_is_asked_about_first(portal: Portal, desk: Tab, by: str) -> None:
    username = portal.api.confirm()
    new = {"username": username.upper()} if by == "other letters" else {"email": f"{username}@example.com"}
    given = person(**new)
    send(desk, given)
    assert desk.status == 409
    assert "Do they have an account already?" in desk.text
    assert f">{username}</a>" in desk.text
    assert rows("ops.user_invited") == []
    desk.post(PAGE, {"form_id": form_id(desk), **given, "although": "true"})
    assert rows("ops.user_invited")[0] == ("begin", "", REASON)


def test_same_form_invites_once(portal: Portal, desk: Tab) -> None:
    desk.get(PAGE)
    fields = {"form_id": form_id(desk), **person()}
    desk.post(PAGE, fields)
    desk.post(PAGE, {**fields, **person()})
    assert desk.status == 409
    assert len(rows("ops.user_invited")) == 2


def test_nobody_invites_themselves(portal: Portal, desk: Tab) -> None:
    given = person()
    User.objects.update(email=given["email"].upper())
    send(desk, given)
    assert desk.status == 409
    assert "Nobody invites themselves." in desk.text
    assert [row["error_code"] for row in stored() if row["event"] == "ops.act_refused"] == ["oneself"]


def test_account_whose_mail_failed_is_shown_as_one_that_exists(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = clients.cognito().admin_create_user

    def create(**given: Any) -> Any:
        really(**given)
        raise refusal("CodeDeliveryFailureException")

    monkeypatch.setattr(clients.cognito(), "admin_create_user", create)
    send(desk, person())
    assert desk.path.startswith("/ops/accounts/")
    assert "Cognito could not deliver its invitation" in desk.text
    assert "Resend the invitation" in desk.text
    assert rows("ops.user_invited")[-1] == ("end", "code_delivery", REASON)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refusal("AccessDeniedException"), "cognito-idp:AdminCreateUser"),
        (refusal("TooManyRequestsException"), "Nothing was done"),
        (refusal("UserLambdaValidationException"), "UserLambdaValidationException"),
        (CognitoUnavailable("unknown", operation="AdminCreateUser"), "Nobody knows whether"),
        (CognitoUnavailable("not_sent", operation="AdminCreateUser"), "Nothing was done"),
    ],
)
def test_refusal_is_told_in_words_and_all_is_kept(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    fails(monkeypatch, error)
    given = person()
    send(desk, given)
    assert desk.status == 502
    assert words in desk.text
    assert f'value="{given["email"]}"' in desk.text


def test_invitation_whose_answer_was_lost_can_be_looked_for(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(monkeypatch, CognitoUnavailable("unknown", operation="AdminCreateUser"))
    given = person()
    send(desk, given)
    assert "Look for the account" in desk.text
    assert f'name="name" value="{given["username"]}"' in desk.text


def test_account_that_the_list_does_not_have_yet_is_shown(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients.cognito(), "find_users", lambda **given: ())
    given = person()
    send(desk, given)
    assert f"<h1>{given['username']}</h1>" in desk.text


@pytest.mark.parametrize(
    ("name", "field"),
    [("nobody-yet", "username"), ("nobody@example.net", "email"), ("+12025550149", "phone")],
)
def test_name_that_was_looked_for_in_vain_is_filled_in(
    portal: Portal, desk: Tab, name: str, field: str
) -> None:
    desk.post("/ops/", {"name": name})
    assert 'action="/ops/invite/"' in desk.text
    desk.post(PAGE, {"name_looked_for": name})
    assert desk.status == 200
    assert f'name="{field}' in desk.text
    assert f'value="{name}"' in desk.text
    assert rows("ops.user_invited") == []


def test_pool_that_takes_the_address_for_the_name_is_asked_no_username(
    portal: Portal, desk: Tab, settings: Settings, make_pool: Callable[..., Caller]
) -> None:
    pool = make_pool(
        UsernameAttributes=["email"],
        Schema=[{"Name": "badge", "AttributeDataType": "String", "Mutable": False, "Required": False}],
    )
    settings.COGNITO_USER_POOL_ID, settings.COGNITO_CLIENT_ID = pool.pool_id, pool.client_id
    clients.forget()
    given = person(**{"custom:badge": "B-17"})
    desk.get(PAGE)
    assert 'name="username"' not in desk.text
    send(desk, given)
    assert "its invitation is on its way" in desk.text
    found = pool.signed("AdminGetUser", Username=given["email"]).body
    assert {"Name": "custom:badge", "Value": "B-17"} in found["UserAttributes"]
    send(desk, person(email=given["email"]))
    assert desk.status == 409
    assert "There is an account of this name already." in desk.text


def test_auditor_may_invite_nobody(portal: Portal) -> None:
    tab = staff("auditors")
    tab.post("/ops/", {"name": "nobody-yet"})
    assert 'action="/ops/invite/"' not in tab.text
    tab.get(PAGE)
    assert tab.status == 403
