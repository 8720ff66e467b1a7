"""A person's way from the invitation to the verified account, as the ledger tells it, on the embedded Cognito."""

import re

import pytest
from django.core import mail as django_mail
from pytest_django import Settings

from cognito_portal.audit.proof import seals
from cognito_portal.ops.index import passes
from cognito_portal.ops.ledger import keeping, reminders
from cognito_portal.ops.models import Invitation
from cognito_portal.worker import jobs
from tests.conftest import Portal
from tests.demo.conftest import TEMPORARY_PASSWORD
from tests.ops.test_acts import rows
from tests.ops.test_acts import send as act
from tests.ops.test_desk import desk, staff
from tests.ops.test_invite import person, send
from tests.signin.browsing import Tab, new_client

__all__ = ["desk"]

DAY_S = 86_400
LIST = "/ops/invitations/"
Stage = Invitation.Stage


@pytest.fixture(autouse=True)
def index(portal: Portal, settings: Settings) -> None:
    """An index of the pool and a ledger, begun."""
    settings.POOL_INDEX_CALLS_PER_SECOND = 10_000
    jobs.stopping().clear()
    passes.begin_anew()
    keeping.work()


def kept() -> None:
    """What the worker does: go through the pool, seal the log, bring the ledger up to date."""
    passes.go_on(passes.state_of_pool())
    seals.seal_pending()
    keeping.work()
    keeping.work()


def line(username: str) -> Invitation:
    return Invitation.objects.get(entry__username=username)


def told(desk: Tab, username: str) -> str:
    """The ledger's line of a person, as the page has it."""
    desk.post(LIST, {"text": f'"{username}"'})
    (row,) = re.findall(r'<tr role="row">\s*<td.*?</tr>', desk.text, flags=re.DOTALL)
    return str(row)


def test_every_step_of_a_person_stands_in_the_ledger(portal: Portal, desk: Tab) -> None:
    given = person()
    username = given["username"]
    send(desk, given)
    kept()
    assert "Sent, never opened" in told(desk, username)
    assert "staff-ops" in told(desk, username)

    password = portal.api.outbox(username)[0]["body"].rpartition(" ")[2]
    tab = Tab(new_client())
    tab.start(username, "Not-the-password-1")
    kept()
    assert "Sent, never opened" in told(desk, username)
    tab.start(username, password)
    kept()
    assert "Opened, no password set" in told(desk, username)

    tab.answer()
    kept()
    assert (line(username).stage, line(username).password_at is not None) == (Stage.PASSWORD_SET, True)

    act(desk, portal.api, username, "mark_verified")
    kept()
    assert "Password set, address verified" in told(desk, username)
    assert line(username).verified_at is not None
    assert "Resend" not in told(desk, username)


def test_new_invitation_by_the_desk_begins_a_line_anew_and_says_how(portal: Portal, desk: Tab) -> None:
    username = portal.api.invite(name="Nia Newhire")
    kept()
    assert "Not by this portal" in told(desk, username)
    act(desk, portal.api, username, "resend_invitation")
    kept()
    assert line(username).medium == "EMAIL"
    assert "By e-mail" in told(desk, username)


def test_invitation_ends_when_cognito_says_so(portal: Portal, desk: Tab) -> None:
    with portal.cognito.clock.moved(-8 * DAY_S):
        over = portal.api.invite(name="Nia Newhire")
    with portal.cognito.clock.moved(-6.5 * DAY_S):
        soon = portal.api.invite(name="Nia Newhire")
    kept()
    assert "Expired" in told(desk, over)
    assert "Expires within 24 hours" in told(desk, soon)
    for username, status in ((over, 403), (soon, 200)):
        tab = Tab(new_client())
        tab.start(username, TEMPORARY_PASSWORD)
        assert tab.status == status


def test_whoever_has_not_come_is_reminded_and_the_password_in_the_first_mail_stays_good(
    portal: Portal, desk: Tab
) -> None:
    with portal.cognito.clock.moved(-6.5 * DAY_S):
        waits, came = portal.api.invite(name="Nia Newhire"), portal.api.invite(name="Nia Newhire")
    kept()
    tab = Tab(new_client())
    tab.start(came, TEMPORARY_PASSWORD)
    tab.answer()
    messages = len(portal.api.outbox(waits))
    reminders.work()
    letters = [letter for letter in django_mail.outbox if "ends soon" in letter.subject]
    to = [letter.to[0] for letter in letters]
    assert (f"{waits}@example.com" in to, f"{came}@example.com" in to) == (True, False)
    assert len(portal.api.outbox(waits)) == messages
    assert TEMPORARY_PASSWORD not in letters[0].body
    tab = Tab(new_client())
    tab.start(waits, TEMPORARY_PASSWORD)
    assert tab.path == "/sign-in/new-password/"
    kept()
    assert "Reminded" in told(desk, waits)
    assert ("end", "success", "reminder") in rows("ops.reminder_sent")


def test_auditor_reads_the_same_lines(portal: Portal) -> None:
    username = portal.api.invite(name="Nia Newhire")
    kept()
    assert "Sent, never opened" in told(staff("auditors"), username)
