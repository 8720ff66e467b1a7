"""The help desk is told by mail that somebody asks, and that a flag was raised: rarely, and without names."""

from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from cognito_portal.audit import queries
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.models import Flag
from cognito_portal.ops import alerts
from cognito_portal.ops.models import Alert
from cognito_portal.worker import jobs
from tests.audit.rows import noted, somebody, stored
from tests.databases import Database, in_threads

NOW = timezone.now()
Outbox = list[EmailMessage]


@pytest.fixture(autouse=True)
def told(database: Database, settings: Settings) -> None:
    settings.OPS_ALERT_EMAILS = ["desk@example.com", "lead@example.com"]
    settings.SITE_URL = "https://portal.example.com/"


def asks(username: str = "newhire", *, at: datetime = NOW - timedelta(minutes=1)) -> int:
    noted(
        event=Event.SIGNIN_INVITATION_REQUESTED,
        outcome=Outcome.RECORDED,
        person=somebody(username),
        now=at,
    )
    return int(stored()[-1]["id"])


def raised(subject: str = "192.0.2.7", **more: Any) -> Flag:
    moments = dict.fromkeys(("window_start", "first_at", "last_at", "raised_at"), NOW)
    return Flag.objects.create(kind="spraying", subject=subject, rows=9, query="", **moments, **more)


def test_one_mail_tells_how_many_and_where_and_names_nobody(mailoutbox: Outbox) -> None:
    asks("newhire")
    asks("other")
    raised()
    assert alerts.work(now=NOW)
    (mail,) = mailoutbox
    assert mail.to == ["desk@example.com", "lead@example.com"]
    assert "2 new requests, 1 new flag" in mail.subject
    assert "- 2 new requests, 2 open\n  https://portal.example.com/ops/requests/\n" in mail.body
    assert "- 1 new flag, 1 open\n  https://portal.example.com/audit/flags/\n" in mail.body
    assert not [word for word in ("newhire", "other", "192.0.2") if word in mail.body + mail.subject]


def test_mail_of_a_site_without_an_address_has_no_link(mailoutbox: Outbox, settings: Settings) -> None:
    settings.SITE_URL = ""
    asks()
    alerts.work(now=NOW)
    assert "1 new request, 1 open" in mailoutbox[0].body
    assert "://" not in mailoutbox[0].body
    assert "flag" not in mailoutbox[0].body


def test_next_mail_waits_a_quarter_of_an_hour_and_tells_of_what_came_since(mailoutbox: Outbox) -> None:
    asks()
    alerts.work(now=NOW)
    asks("other", at=NOW + timedelta(minutes=1))
    assert not alerts.work(now=NOW + timedelta(minutes=14))
    assert alerts.work(now=NOW + timedelta(minutes=16))
    assert "1 new request, 2 open" in mailoutbox[1].body


def test_nothing_new_is_no_mail(mailoutbox: Outbox) -> None:
    asks()
    raised()
    alerts.work(now=NOW)
    assert not alerts.work(now=NOW + timedelta(hours=1))
    assert len(mailoutbox) == 1


def test_what_was_dealt_with_is_not_told_of(mailoutbox: Outbox) -> None:
    once = f"{queries.REQUEST_HANDLED}{asks()}"
    noted(event=Event.OPS_REQUEST_HANDLED, outcome=Outcome.SUCCESS, once=once)
    raised(state=Flag.State.VALID)
    assert not alerts.work(now=NOW)
    assert mailoutbox == []


def test_nobody_is_told_where_no_address_is_set(mailoutbox: Outbox, settings: Settings) -> None:
    settings.OPS_ALERT_EMAILS = []
    asks()
    assert not alerts.work(now=NOW)
    assert (mailoutbox, Alert.objects.count()) == ([], 0)


def test_row_of_this_moment_is_left_to_the_next_look(mailoutbox: Outbox) -> None:
    asks(at=NOW - timedelta(seconds=1))
    assert not alerts.work(now=NOW)
    assert alerts.work(now=NOW + timedelta(seconds=30))


def test_mail_that_could_not_be_sent_is_sent_later(
    mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks()
    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", fails)
        with pytest.raises(alerts.NotSent):
            alerts.work(now=NOW)
    assert alerts.work(now=NOW + timedelta(seconds=1))
    assert "1 new request" in mailoutbox[0].subject


def fails(mail: EmailMessage) -> int:
    raise SMTPException("450 desk@example.com")


def test_two_workers_at_once_send_one_mail(mailoutbox: Outbox) -> None:
    asks()
    sent = in_threads(lambda number: alerts.work(now=NOW), range(4), threads=4)
    assert (sum(sent), len(mailoutbox)) == (1, 1)


def test_worker_knows_the_job() -> None:
    assert alerts.JOB in [job.name for job in jobs.registered()]
