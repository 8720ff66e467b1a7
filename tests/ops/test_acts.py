"""The acts of the help desk, from the page to the account's state on the embedded Cognito, and their rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.errors import error_for
from cognito_portal.ops.acts.table import ENTRIES
from cognito_portal.ops.diagnosis.acts import Act
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller
from tests.ops.test_desk import desk, staff
from tests.ops.test_why import disabled, signs_in, unconfirmed
from tests.signin.browsing import Tab

__all__ = ["desk"]

REASON = "INC-4711"


def account(api: Caller, username: str) -> dict[str, Any]:
    found = api.signed("AdminGetUser", Username=username).body
    return found | {pair["Name"]: pair["Value"] for pair in found["UserAttributes"]}


def page_of(api: Caller, username: str, act: str) -> str:
    return f"/ops/accounts/{account(api, username)['sub']}/acts/{act}/"


def send(tab: Tab, api: Caller, username: str, act: str, /, *, reason: str = REASON, **given: str) -> Tab:
    tab.get(page_of(api, username, act))
    tab.post(tab.path, {"form_id": form_id(tab), "reason": reason, **given})
    return tab


def form_id(tab: Tab) -> str:
    return tab.text.partition('name="form_id" value="')[2].partition('"')[0]


def rows(event: str) -> list[tuple[str, str, str]]:
    return [(row["phase"], row["outcome"], row["step"]) for row in stored() if row["event"] == event]


def with_mail_codes(api: Caller) -> str:
    username = api.confirm()
    wanted = {"Enabled": True, "PreferredMfa": True}
    api.signed("AdminSetUserMFAPreference", Username=username, EmailMfaSettings=wanted)
    return username


def unverified(api: Caller) -> str:
    return api.confirm(email_verified="false")


def invited(api: Caller) -> str:
    return api.invite(name="Nia Newhire")


def confirmed(api: Caller) -> str:
    return api.confirm()


# What is chosen beside the reason has tests of its own: tests/ops/test_choices.py.
WITH_CHOICE = {Act.EDIT, Act.JOIN_GROUP, Act.LEAVE_GROUP, Act.FORGET_DEVICE, Act.DELETE}
# What the log names beside the reason.
DETAILS = {Act.MARK_VERIFIED: "email", Act.RESEND_INVITATION: "EMAIL"}
# Whom an act is for, its event, and what the account is like afterwards.
ACTS: list[tuple[Act, Callable[[Caller], str], str, dict[str, Any]]] = [
    (Act.SEND_RESET_CODE, confirmed, "ops.reset_code_sent", {"UserStatus": "RESET_REQUIRED"}),
    (Act.CONFIRM, unconfirmed, "ops.account_confirmed", {"UserStatus": "CONFIRMED"}),
    (Act.MARK_VERIFIED, unverified, "ops.contact_verified", {"email_verified": "true"}),
    (Act.REMOVE_SECOND_FACTOR, with_mail_codes, "ops.factors_removed", {"UserMFASettingList": []}),
    (Act.ENABLE, disabled, "ops.account_enabled", {"Enabled": True}),
    (Act.DISABLE, confirmed, "ops.account_disabled", {"Enabled": False}),
    (Act.RESEND_INVITATION, invited, "ops.invitation_resent", {"UserStatus": "FORCE_CHANGE_PASSWORD"}),
    (Act.SIGN_OUT_EVERYWHERE, confirmed, "ops.signed_out_everywhere", {"Enabled": True}),
    (Act.LIFT_THROTTLE, confirmed, "ops.throttle_lifted", {"Enabled": True}),
]


@pytest.mark.parametrize(("act", "who", "event", "after"), ACTS, ids=[act.value for act, *_ in ACTS])
def test_act_is_carried_out_and_leaves_two_rows_with_its_reason(
    portal: Portal, desk: Tab, act: Act, who: Callable[[Caller], str], event: str, after: dict[str, Any]
) -> None:
    username = who(portal.api)
    send(desk, portal.api, username, act.value)
    assert (desk.status, desk.path) == (200, f"/ops/accounts/{account(portal.api, username)['sub']}/")
    found = account(portal.api, username)
    assert {name: found.get(name) for name in after} == after
    named = [("single", "recorded", DETAILS[act])] if act in DETAILS else []
    assert rows(event) == [("begin", "", REASON), *named, ("end", "success", REASON)]
    assert 'role="status"' in desk.text


def test_every_act_is_tried_here() -> None:
    assert {act for act, *_ in ACTS} | WITH_CHOICE == {entry.act for entry in ENTRIES}


def test_new_invitation_is_sent_and_the_old_password_is_of_no_more_use(portal: Portal, desk: Tab) -> None:
    username = invited(portal.api)
    before = len(portal.api.outbox(username))
    send(desk, portal.api, username, "resend_invitation")
    assert len(portal.api.outbox(username)) == before + 1
    assert portal.api.sign_in(username, TEMPORARY_PASSWORD).refusal
    password = portal.api.outbox(username)[0]["body"].rpartition(" ")[2]
    assert password not in desk.text


def test_lifted_limit_lets_them_in_at_once(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    assert signs_in(username, "Wrong-pass-1", 6).status == 429
    send(desk, portal.api, username, "lift_throttle")
    # Cognito's own lock is not lifted by it, and is over after a second.
    with portal.cognito.clock.moved(5):
        assert signs_in(username).path == "/account/"


@pytest.mark.parametrize("act", ["sign_out_everywhere", "disable"])
def test_session_of_the_person_ends(portal: Portal, desk: Tab, act: str) -> None:
    person = signs_in(username := portal.api.confirm())
    person.get("/account/")
    assert person.path == "/account/"
    send(desk, portal.api, username, act)
    person.get("/account/")
    assert person.path != "/account/"


def test_verdict_leads_to_the_right_act(portal: Portal, desk: Tab) -> None:
    username = disabled(portal.api)
    desk.post("/ops/", {"name": username})
    assert f'class="button" href="{page_of(portal.api, username, "enable")}"' in desk.text
    assert "The account is disabled already." in desk.text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "Say why"),
        ("ab", "Say why"),
        ("r" * 65, "has room for 64"),
        ("for {name}", "Leave out the person"),
    ],
)
def test_reason_is_asked_for_and_names_nobody(portal: Portal, desk: Tab, reason: str, words: str) -> None:
    username = portal.api.confirm()
    send(desk, portal.api, username, "disable", reason=reason.format(name=username))
    assert desk.status == 400
    assert words in desk.text
    assert account(portal.api, username)["Enabled"]
    assert rows("ops.account_disabled") == []


def test_form_is_carried_out_once(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    path = page_of(portal.api, username, "sign_out_everywhere")
    desk.get(path)
    fields = {"form_id": form_id(desk), "reason": REASON}
    desk.post(path, fields)
    desk.post(path, fields)
    assert desk.status == 409
    assert len(rows("ops.signed_out_everywhere")) == 2


def test_form_without_its_id_does_nothing(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    desk.post(page_of(portal.api, username, "disable"), {"reason": REASON, "form_id": "x"})
    assert account(portal.api, username)["Enabled"]
    assert f'value="{REASON}"' in desk.text


def test_page_that_is_out_of_date_does_nothing_and_says_why(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    path = page_of(portal.api, username, "disable")
    desk.get(path)
    fields = {"form_id": form_id(desk), "reason": REASON}
    portal.api.signed("AdminDisableUser", Username=username)
    desk.post(path, fields)
    assert desk.status == 409
    assert "The account is disabled already." in desk.text
    assert [row["error_code"] for row in stored() if row["event"] == "ops.act_refused"] == ["does_not_apply"]


def test_nobody_acts_on_themselves(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    User.objects.update(email=f"{username}@EXAMPLE.com")
    send(desk, portal.api, username, "disable")
    assert desk.status == 409
    assert "Nobody acts on an account of their own." in desk.text
    assert account(portal.api, username)["Enabled"]


def test_auditor_sees_no_act_and_may_carry_out_none(portal: Portal) -> None:
    username, tab = portal.api.confirm(), staff("auditors")
    tab.post("/ops/", {"name": username})
    assert "What you can do" not in tab.text
    tab.get(page_of(portal.api, username, "disable"))
    assert tab.status == 403


def test_refusal_of_cognito_is_told_and_logged(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    username = invited(portal.api)
    path = page_of(portal.api, username, "resend_invitation")
    desk.get(path)
    fields = {"form_id": form_id(desk), "reason": REASON}
    # The account becomes another one between the last look at it and the call.
    confirm = {"Username": username, "Password": GOOD_PASSWORD, "Permanent": True}
    really = clients.cognito().admin_resend_invitation

    def late(**given: Any) -> Any:
        portal.api.signed("AdminSetUserPassword", **confirm)
        return really(**given)

    monkeypatch.setattr(clients.cognito(), "admin_resend_invitation", late)
    desk.post(path, fields)
    assert desk.status == 502
    assert "Cognito refused it (UnsupportedUserStateException)" in desk.text
    assert f'value="{REASON}"' in desk.text
    assert rows("ops.invitation_resent")[-1] == ("end", "wrong_user_state", REASON)


def test_invitation_that_could_not_be_delivered_is_not_called_undone(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**given: Any) -> Any:
        raise refusal("CodeDeliveryFailureException", "AdminCreateUser")

    monkeypatch.setattr(clients.cognito(), "admin_resend_invitation", fails)
    send(desk, portal.api, invited(portal.api), "resend_invitation")
    assert "It was done, but Cognito could not deliver the message." in desk.text
    assert rows("ops.invitation_resent")[-1] == ("end", "code_delivery", REASON)


def refusal(code: str, operation: str) -> Exception:
    return error_for(code, "", status=400, operation=operation, request_id=None)


def test_lack_of_rights_is_named(portal: Portal, desk: Tab, stub_denied: None) -> None:
    username = portal.api.confirm()
    send(desk, portal.api, username, "disable")
    assert "cognito-idp:AdminDisableUser" in desk.text
    assert rows("ops.account_disabled")[-1][1] == "access_denied"


def test_page_of_an_act_reads_the_account_alone_and_logs_it(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = page_of(portal.api, portal.api.confirm(), "disable")
    # The pool's settings are read once in five minutes, whoever asks.
    clients.pool_settings()
    asked: list[str] = []
    really = clients.cognito()._transport.call

    def call(operation: str, *given: Any, **more: Any) -> Any:
        asked.append(operation)
        return really(operation, *given, **more)

    monkeypatch.setattr(clients.cognito()._transport, "call", call)
    desk.get(path)
    assert asked == ["ListUsers", "AdminGetUser"]
    assert [row["step"] for row in stored() if row["event"] == "ops.account_viewed"] == ["disable"]


def test_act_on_an_account_that_cannot_be_read_is_not_called_unknown(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = page_of(portal.api, portal.api.confirm(), "disable")

    def fails(**given: Any) -> Any:
        raise refusal("AccessDeniedException", "AdminGetUser")

    monkeypatch.setattr(clients.cognito(), "admin_get_user", fails)
    desk.post(path, {"form_id": "0" * 32, "reason": REASON})
    assert desk.status == 503
    assert "Nothing was done." in desk.text
    assert stored()[-1]["outcome"] == "access_denied"
    desk.get(path)
    assert (desk.status, desk.path) == (200, path.partition("acts/")[0])
    assert "cognito-idp:AdminGetUser" in desk.text


@pytest.fixture
def stub_denied(portal: Portal, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """An IAM policy without AdminDisableUser, as AWS answers where an action is lacking."""
    really = clients.cognito()._transport.call

    def call(operation: str, *given: Any, **more: Any) -> Any:
        if operation == "AdminDisableUser":
            raise refusal("AccessDeniedException", operation)
        return really(operation, *given, **more)

    monkeypatch.setattr(clients.cognito()._transport, "call", call)


@pytest.mark.parametrize("name", ["no-such-act", "invite", ""])
def test_act_that_there_is_none_of_is_not_found(portal: Portal, desk: Tab, name: str) -> None:
    username = portal.api.confirm()
    desk.get(page_of(portal.api, username, name or "%20"))
    assert desk.status == 404
