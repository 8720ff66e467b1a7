"""Verifying an account on its pages, with a second person and without, up to the account at the embedded Cognito."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.ops.models import AccountVerification
from cognito_portal.ops.models.verifications import State
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.ops.test_acts import account, form_id, refusal, rows, unverified
from tests.ops.test_desk import desk, staff
from tests.ops.test_why import unconfirmed
from tests.signin.browsing import Tab

__all__ = ["desk"]

NOTE = "Passport seen at the front desk"


def verify_page(portal: Portal, username: str) -> str:
    return f"/ops/accounts/{account(portal.api, username)['sub']}/verify/"


def verify(tab: Tab, portal: Portal, username: str, **more: Any) -> Tab:
    tab.get(verify_page(portal, username))
    tab.post(tab.path, {"form_id": form_id(tab), "method": "document", "note": NOTE, **more})
    return tab


def page_of(which: AccountVerification, act: str = "") -> str:
    return f"/ops/verifications/{which.pk}/{act}"


def waiting(desk: Tab, portal: Portal, username: str, **more: Any) -> AccountVerification:
    verify(desk, portal, username, with_second="1", **more)
    return AccountVerification.objects.latest("id")


@pytest.fixture
def colleague(portal: Portal) -> Tab:
    return staff("ops", "auditors")


def test_verification_stands_at_once_and_is_shown_on_the_account(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    verify(desk, portal, username)
    assert (desk.status, desk.path) == (200, page_of(AccountVerification.objects.get()))
    assert "The account counts as verified." in desk.text
    desk.get(f"/ops/accounts/{account(portal.api, username)['sub']}/")
    assert "Identity document seen" in desk.text
    assert "staff-ops" in desk.text
    assert "Account verified by staff" in desk.text


def test_second_person_finds_it_reads_what_was_seen_and_approves(
    portal: Portal, desk: Tab, colleague: Tab
) -> None:
    username = portal.api.confirm()
    which = waiting(desk, portal, username)
    assert "It waits for a second person now." in desk.text
    colleague.get("/ops/verifications/")
    assert username in colleague.text
    assert "ago" in colleague.text
    colleague.get(page_of(which))
    assert NOTE in colleague.text
    assert "staff-ops" in colleague.text


def test_two_roles_are_two_people_only_where_they_are(portal: Portal, desk: Tab) -> None:
    which = waiting(desk, portal, portal.api.confirm())
    assert "Ask a colleague." in desk.text
    assert "/approve/" not in desk.text
    desk.post(page_of(which, "approve/"), {})
    assert desk.status == 409
    assert AccountVerification.objects.get().state is State.WAITING


def test_approval_makes_the_marks_that_were_asked_for(portal: Portal, desk: Tab) -> None:
    username = unverified(portal.api)
    which = waiting(desk, portal, username, also="email")
    assert account(portal.api, username)["email_verified"] == "false"
    other = second()
    other.post(page_of(which, "approve/"), {})
    assert (other.status, other.path) == (200, page_of(which))
    assert "You approved it" in other.text
    assert account(portal.api, username)["email_verified"] == "true"
    step = f"verification:{which.pk}"
    wanted = [("begin", "", step), ("single", "recorded", "email"), ("end", "success", step)]
    assert rows("ops.contact_verified") == wanted


def second() -> Tab:
    """Another member of the help desk."""
    return staff("ops", "admins")


def test_account_is_confirmed_with_its_verification(portal: Portal, desk: Tab) -> None:
    username = unconfirmed(portal.api)
    verify(desk, portal, username, also="confirm")
    assert account(portal.api, username)["UserStatus"] == "CONFIRMED"
    assert "done" in desk.text


def test_second_of_two_approvals_is_told_so(portal: Portal, desk: Tab) -> None:
    which = waiting(desk, portal, portal.api.confirm())
    other = second()
    other.post(page_of(which, "approve/"), {})
    third = staff("admins")
    third.post(page_of(which, "approve/"), {})
    assert third.status == 409
    assert "a colleague was first" in third.text
    assert [row["outcome"] for row in stored() if row["event"] == "ops.verification_approved"] == ["recorded"]


def test_refusing_takes_a_remark_and_keeps_what_was_typed(portal: Portal, desk: Tab) -> None:
    which = waiting(desk, portal, portal.api.confirm())
    other = second()
    other.post(page_of(which, "refuse/"), {"why": " "})
    assert other.status == 400
    assert "Say why" in other.text
    other.post(page_of(which, "refuse/"), {"why": "r" * 201})
    assert other.status == 400
    assert "r" * 200 in other.text
    other.post(page_of(which, "refuse/"), {"why": "The picture was another's"})
    assert "You refused it." in other.text
    assert "The picture was another's" in other.text


def test_undoing_takes_a_reason_and_the_account_says_so(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    verify(desk, portal, username)
    which = AccountVerification.objects.get()
    desk.get(page_of(which, "undo/"))
    desk.post(desk.path, {"why": ""})
    assert desk.status == 400
    assert AccountVerification.objects.get().state is State.STANDS
    desk.post(page_of(which, "undo/"), {"why": "It was the wrong account"})
    assert desk.path == page_of(which)
    desk.get(f"/ops/accounts/{account(portal.api, username)['sub']}/")
    assert "It was the wrong account" in desk.text
    assert "Verification undone" in desk.text
    desk.post(page_of(which, "undo/"), {"why": "once more"})
    assert desk.status == 409


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"method": ""}, "Choose by what you know the person."),
        ({"method": "hearsay"}, "Choose by what you know the person."),
        ({"note": " "}, "Say what you saw"),
        ({"note": "n" * 501}, "has room for 500"),
        ({"note": "a\0bc"}, "has room for 500"),
    ],
)
def test_what_is_lacking_is_asked_for_and_the_rest_is_kept(
    portal: Portal, desk: Tab, fields: dict[str, str], words: str
) -> None:
    given = {"note": NOTE, "method": "call_back", "also": "email", "with_second": "1"} | fields
    verify(desk, portal, unverified(portal.api), **given)
    assert desk.status == 400
    assert words in desk.text
    assert re.search(r'name="with_second" value="1" checked', desk.text)
    assert re.search(r'value="email" checked', desk.text)
    assert given["note"].strip("\0 ") in desk.text or "\0" in given["note"]
    assert not AccountVerification.objects.exists()


def test_form_is_carried_out_once(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    desk.get(verify_page(portal, username))
    fields = {"form_id": form_id(desk), "method": "manager", "note": NOTE}
    path = desk.path
    desk.post(path, fields)
    desk.post(path, fields)
    assert desk.status == 409
    assert AccountVerification.objects.count() == 1


def test_form_without_its_id_does_nothing_and_is_kept(portal: Portal, desk: Tab) -> None:
    desk.post(verify_page(portal, portal.api.confirm()), {"form_id": "x", "method": "manager", "note": NOTE})
    assert NOTE in desk.text
    assert not AccountVerification.objects.exists()


def test_nobody_verifies_themselves(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    User.objects.update(email=f"{username}@EXAMPLE.com")
    verify(desk, portal, username, form_id="0" * 32)
    assert desk.status == 409
    assert "Nobody verifies themselves." in desk.text
    assert not AccountVerification.objects.exists()
    assert stored()[-1]["error_code"] == "oneself"


def test_site_that_always_asks_for_a_second_person_offers_no_choice(
    portal: Portal, desk: Tab, settings: Settings
) -> None:
    settings.VERIFY_SECOND_PERSON = True
    username = portal.api.confirm()
    desk.get(verify_page(portal, username))
    assert 'name="with_second"' not in desk.text
    verify(desk, portal, username)
    assert AccountVerification.objects.get().state is State.WAITING
    desk.get(verify_page(portal, username))
    assert "waits for a second person already" in desk.text


def test_verification_stands_though_the_marking_fails_and_it_can_be_done_again(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    username = unverified(portal.api)
    with monkeypatch.context() as patched:
        patched.setattr(clients.cognito(), "admin_verify_attribute", denied)
        verify(desk, portal, username, also="email")
        assert desk.status == 502
        assert "The verification stands, but not everything was done" in desk.text
        assert "cognito-idp:AdminUpdateUserAttributes" in desk.text
    which = AccountVerification.objects.get()
    assert which.state is State.STANDS
    fields = {"form_id": form_id(desk)}
    desk.post(page_of(which, "marks/"), fields)
    assert "It is done." in desk.text
    assert account(portal.api, username)["email_verified"] == "true"
    ended = [outcome for phase, outcome, _ in rows("ops.contact_verified") if phase == "end"]
    assert ended == ["access_denied", "success"]


def denied(**given: Any) -> Any:
    raise refusal("AccessDeniedException", "AdminUpdateUserAttributes")


def test_address_that_changed_meanwhile_is_not_marked(portal: Portal, desk: Tab) -> None:
    username = unverified(portal.api)
    which = waiting(desk, portal, username, also="email")
    moved = [{"Name": "email", "Value": "elsewhere@example.com"}]
    portal.api.signed("AdminUpdateUserAttributes", Username=username, UserAttributes=moved)
    other = second()
    other.post(page_of(which, "approve/"), {})
    assert "the account has another address now" in other.text
    assert account(portal.api, username)["email_verified"] == "false"


def test_marks_wait_for_the_approval_whatever_is_posted(portal: Portal, desk: Tab) -> None:
    username = unverified(portal.api)
    which = waiting(desk, portal, username, also="email")
    desk.post(page_of(which, "marks/"), {"form_id": "0" * 32})
    assert desk.status == 409
    assert account(portal.api, username)["email_verified"] == "false"


def test_auditor_reads_and_does_nothing(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    which = waiting(desk, portal, username)
    auditor = staff("auditors")
    auditor.get("/ops/verifications/")
    assert username in auditor.text
    auditor.get(page_of(which))
    assert NOTE in auditor.text
    assert "<form" not in auditor.text.partition("<main")[2]
    for act in ("approve/", "refuse/", "undo/", "marks/"):
        auditor.post(page_of(which, act), {"why": "so"})
        assert auditor.status == 403, act
    auditor.get(verify_page(portal, username))
    assert auditor.status == 403


def test_verification_of_an_account_that_is_gone_can_be_refused(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    which = waiting(desk, portal, username)
    portal.api.signed("AdminDeleteUser", Username=username)
    other = second()
    other.get(page_of(which))
    assert "There is no such account in the user pool any more." in other.text
    assert username in other.text
    other.post(page_of(which, "refuse/"), {"why": "The account is gone"})
    assert AccountVerification.objects.get().state is State.REFUSED


def test_verification_is_shown_though_cognito_does_not_answer(
    portal: Portal, desk: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    which = waiting(desk, portal, portal.api.confirm())
    monkeypatch.setattr(clients.cognito(), "admin_get_user", denied)
    desk.get(page_of(which))
    assert desk.status == 200
    assert NOTE in desk.text
    assert "Cognito could not be asked" in desk.text
    other = second()
    other.post(page_of(which, "approve/"), {})
    assert other.status == 503
    assert AccountVerification.objects.get().state is State.WAITING


@pytest.mark.parametrize("pk", ["1", str(2**63)])
def test_verification_that_there_is_none_of_is_not_found(portal: Portal, desk: Tab, pk: str) -> None:
    desk.get(f"/ops/verifications/{pk}/")
    assert desk.status == 404


def test_verifying_gates_no_sign_in(portal: Portal, desk: Tab) -> None:
    username = portal.api.confirm()
    verify(desk, portal, username)
    desk.get(f"/ops/accounts/{account(portal.api, username)['sub']}/")
    assert "Nothing stands in their way" in desk.text
