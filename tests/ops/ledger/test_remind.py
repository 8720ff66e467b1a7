"""A reminder that staff send by hand, from the form to the mail and its rows, on the embedded Cognito."""

import pytest
from django.contrib.auth.models import User
from django.core import mail as django_mail
from pytest_django import Settings

from cognito_portal.ops.ledger import reminders
from cognito_portal.worker import jobs
from tests.conftest import Portal
from tests.ops.ledger.test_reminders import Refusing
from tests.ops.ledger.test_story import DAY_S, TEMPORARY_PASSWORD, index, kept, line, told
from tests.ops.test_acts import form_id, rows
from tests.ops.test_desk import desk, staff
from tests.signin.browsing import Tab, new_client

__all__ = ["desk", "index"]

REASON = "INC-4711"


def invited(portal: Portal, *, days: float = 1, **has: str) -> str:
    with portal.cognito.clock.moved(-days * DAY_S):
        username = portal.api.invite(name="Nia Newhire", **has)
    kept()
    return username


def page_of(username: str) -> str:
    return f"/ops/invitations/{line(username).entry.sub}/remind/"


def send(desk: Tab, username: str, *, reason: str = REASON) -> Tab:
    desk.get(page_of(username))
    desk.post(page_of(username), {"form_id": form_id(desk), "reason": reason})
    return desk


def test_reminder_is_sent_at_once_and_the_password_stays_good(portal: Portal, desk: Tab) -> None:
    username = invited(portal)
    send(desk, username)
    assert (desk.status, "The reminder is sent." in desk.text) == (200, True)
    assert [letter.to for letter in django_mail.outbox] == [[f"{username}@example.com"]]
    assert rows("ops.reminder_sent") == [("begin", "", REASON), ("end", "success", REASON)]
    tab = Tab(new_client())
    tab.start(username, TEMPORARY_PASSWORD)
    assert tab.path == "/sign-in/new-password/"
    kept()
    assert "Reminded" in told(desk, username)


def test_worker_does_not_remind_again_whom_staff_reminded(
    portal: Portal, desk: Tab, settings: Settings
) -> None:
    settings.POOL_INDEX_CALLS_PER_SECOND = 10_000
    jobs.stopping().clear()
    username = invited(portal, days=6.5)
    send(desk, username)
    reminders.work()
    assert [letter.to for letter in django_mail.outbox].count([f"{username}@example.com"]) == 1


def test_same_form_sends_once(portal: Portal, desk: Tab) -> None:
    username = invited(portal)
    desk.get(page_of(username))
    fields = {"form_id": form_id(desk), "reason": REASON}
    path = page_of(username)
    desk.post(path, fields)
    desk.post(path, fields)
    assert desk.status == 409
    assert len(django_mail.outbox) == 1


@pytest.mark.parametrize(
    ("reason", "words"), [("", "Say why"), ("for {name}", "Leave out"), ("r" * 65, "room for 64")]
)
def test_reason_is_asked_for_and_kept(portal: Portal, desk: Tab, reason: str, words: str) -> None:
    username = invited(portal)
    send(desk, username, reason=reason.format(name=username))
    assert (desk.status, words in desk.text) == (400, True)
    assert (django_mail.outbox, rows("ops.reminder_sent")) == ([], [])


def test_mail_server_that_does_not_take_it_is_told(portal: Portal, desk: Tab, settings: Settings) -> None:
    username = invited(portal)
    settings.EMAIL_BACKEND = f"{Refusing.__module__}.{Refusing.__name__}"
    send(desk, username)
    assert (desk.status, "did not take the reminder" in desk.text) == (502, True)
    assert REASON in desk.text
    assert rows("ops.reminder_sent")[-1] == ("end", "error", REASON)


def test_expired_invitation_is_not_reminded_of(portal: Portal, desk: Tab) -> None:
    username = invited(portal, days=8)
    desk.get(page_of(username))
    assert "has expired" in desk.text
    desk.post(page_of(username), {"form_id": "0" * 32, "reason": REASON})
    assert (desk.status, django_mail.outbox) == (409, [])


def test_whoever_has_come_meanwhile_is_not_reminded(portal: Portal, desk: Tab) -> None:
    username = invited(portal)
    tab = Tab(new_client())
    tab.start(username, TEMPORARY_PASSWORD)
    tab.answer()
    django_mail.outbox.clear()
    send(desk, username)
    assert (desk.status, "is used" in desk.text, django_mail.outbox) == (409, True, [])


def test_nobody_reminds_themselves(portal: Portal, desk: Tab) -> None:
    username = invited(portal)
    User.objects.filter(username="staff-ops").update(email=f"{username}@example.com")
    send(desk, username)
    assert (desk.status, django_mail.outbox) == (409, [])


@pytest.mark.parametrize("sub", ["no-such-sub", "x" * 65, "%00"])
def test_account_without_an_invitation_is_not_found(desk: Tab, sub: str) -> None:
    desk.get(f"/ops/invitations/{sub}/remind/")
    assert desk.status == 404


def test_auditor_may_not(portal: Portal) -> None:
    username = invited(portal)
    tab = staff("auditors")
    tab.get(page_of(username))
    assert tab.status == 403
