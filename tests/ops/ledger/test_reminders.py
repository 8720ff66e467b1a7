"""Reminders before an invitation ends: whom, when, once, with which words."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django import Settings

from cognito_portal import clients, mail
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.errors import error_for
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.index import entries, passes, terms
from cognito_portal.ops.ledger import keeping, reminders
from cognito_portal.ops.models import Invitation
from cognito_portal.worker import jobs
from tests.audit.rows import stored
from tests.databases import Database, in_threads
from tests.ops.index.accounts import user
from tests.ops.ledger import world
from tests.ops.ledger.world import at, kept, line, sent

HOUR, DAY = 60, 24 * 60
# Invitations of minute 0 end after seven days; this is twelve hours before.
TWELVE_HOURS_LEFT = at(7 * DAY - 12 * HOUR)


class Cognito:
    """AdminGetUser of an invented pool. `asked` are the operations that were asked for, whoever swallows what
    the unknown ones raise.
    """

    def __init__(self) -> None:
        self.accounts: dict[str, PoolUser] = {}
        self.asked: list[str] = []

    def __getattr__(self, operation: str) -> Any:
        self.asked.append(operation)
        raise AttributeError(operation)

    def admin_get_user(self, *, username: str) -> PoolUser:
        self.asked.append("admin_get_user")
        if username not in self.accounts:
            raise error_for(
                "UserNotFoundException", "", status=400, operation="AdminGetUser", request_id=None
            )
        return self.accounts[username]


class Refusing(BaseEmailBackend):
    """A mail server that takes the connection and not the mail."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionResetError("ann@example.com")


class Away(Refusing):
    """A mail server that takes no connection."""

    def open(self) -> bool:
        raise ConnectionRefusedError("mail.example.com")


class Dying(Refusing):
    """The worker is killed while it hands a mail over."""

    def send_messages(self, messages: Any) -> int:
        raise SystemExit


@pytest.fixture
def cognito(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cognito]:
    """An index and a ledger that are begun, and a pool that can be asked."""
    cognito = Cognito()
    settings.POOL_INDEX_CALLS_PER_SECOND = 10_000
    monkeypatch.setattr(clients, "cognito", lambda: cognito)
    # Read in a thread that outlives the test, and kept by the process for those that follow.
    monkeypatch.setattr(clients, "pool_settings", lambda: None)
    monkeypatch.setattr(terms, "known_days", lambda: 7)
    jobs.stopping().clear()
    passes.begin_anew()
    keeping.work()
    yield cognito


def invite(cognito: Cognito, name: str, *, minutes: float = 0, **has: Any) -> None:
    has = {"email": f"{name}@example.com", "status": world.INVITED} | has
    cognito.accounts[name] = user(name, at=at(minutes).timestamp(), **has)
    entries.refresh(cognito.accounts[name])
    sent(name, minutes=minutes)
    kept()


def remind(now: datetime = TWELVE_HOURS_LEFT) -> list[str]:
    """Who was reminded by a run of the job at that time."""
    before = len(django_mail.outbox)
    reminders.work(now=lambda: now)
    return [letter.to[0].partition("@")[0] for letter in django_mail.outbox[before:]]


def rows() -> list[tuple[str, str, str]]:
    return [
        (row["phase"], row["outcome"], row["actor"])
        for row in stored()
        if row["event"] == "ops.reminder_sent"
    ]


def test_reminder_says_who_invites_until_when_where_and_whom_to_ask(
    cognito: Cognito, settings: Settings
) -> None:
    settings.SITE_NAME, settings.SITE_URL = "Example", "https://portal.example.com/"
    invite(cognito, "ann")
    assert remind() == ["ann"]
    (letter,) = django_mail.outbox
    assert letter.subject == "Example: your invitation ends soon"
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    for words in (
        "Hello ann,",
        "Example invited you",
        "in an earlier mail",
        "2026-03-09 09:00 UTC",
        "https://portal.example.com/sign-in/?username=ann",
        "help@example.com",
    ):
        assert words in letter.body


def test_name_in_the_link_is_quoted(cognito: Cognito, settings: Settings) -> None:
    settings.SITE_URL = "https://portal.example.com"
    invite(cognito, "ann&password=x y", email="ann@example.com")
    remind()
    assert "/sign-in/?username=ann%26password%3Dx+y\n" in django_mail.outbox[0].body


def test_without_the_address_of_the_site_there_is_no_link(cognito: Cognito) -> None:
    invite(cognito, "ann")
    remind()
    assert "http" not in django_mail.outbox[0].body
    assert "on the sign-in page of Cognito Portal" in django_mail.outbox[0].body


def test_person_whose_name_cognito_made_is_called_by_their_address(cognito: Cognito) -> None:
    account = user("ann", at=at(0).timestamp(), status=world.INVITED, email="ann@example.com")
    cognito.accounts[account.sub] = PoolUser(**{**_fields(account), "username": account.sub})
    entries.refresh(cognito.accounts[account.sub])
    kept()
    remind()
    assert "Hello ann@example.com," in django_mail.outbox[0].body
    assert account.sub not in django_mail.outbox[0].body


def _fields(account: PoolUser) -> dict[str, Any]:
    return {name: getattr(account, name) for name in PoolUser.__dataclass_fields__}


def test_it_is_sent_once_and_written_down_without_a_name(cognito: Cognito) -> None:
    invite(cognito, "ann")
    assert remind() == ["ann"]
    assert remind() == []
    assert rows() == [("begin", "", "worker"), ("end", "success", "worker")]
    assert not [row for row in stored() if "ann" in repr({**row, "mac": b"", "address_packed": b""})]
    kept()
    assert line("ann").reminder == "success"
    assert remind() == []


def test_two_workers_send_it_once(cognito: Cognito, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ann", "bob", "cleo"):
        invite(cognito, name)
    in_threads(lambda _: reminders.work(now=lambda: TWELVE_HOURS_LEFT), [1, 2], threads=2)
    assert sorted(letter.to[0] for letter in django_mail.outbox) == [
        "ann@example.com",
        "bob@example.com",
        "cleo@example.com",
    ]
    assert {line.reminder for line in Invitation.objects.all()} <= {"success", "unknown"}


def test_worker_that_read_the_line_before_the_other_one_sent_it_sends_nothing(cognito: Cognito) -> None:
    invite(cognito, "ann")
    assert remind() == ["ann"]
    Invitation.objects.update(reminded_at=None, reminder="")
    assert remind() == []
    assert line("ann").reminder == "unknown"
    kept()
    keeping.begin_anew()
    kept()
    assert line("ann").reminder == "success"


def test_worker_that_is_killed_meanwhile_loses_that_one_and_doubles_none(
    cognito: Cognito, settings: Settings
) -> None:
    invite(cognito, "ann")
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Dying"
    with pytest.raises(SystemExit):
        remind()
    settings.EMAIL_BACKEND = usual
    assert remind() == []
    assert (line("ann").reminder, rows()) == ("unknown", [("begin", "", "worker")])


def test_mail_server_that_is_away_loses_nothing(cognito: Cognito, settings: Settings) -> None:
    invite(cognito, "ann")
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Away"
    with pytest.raises(reminders.MailServerAway):
        remind()
    assert rows() == []
    settings.EMAIL_BACKEND = usual
    assert remind() == ["ann"]


def test_mail_that_the_server_refuses_is_told_and_not_tried_for_ever(
    cognito: Cognito, settings: Settings
) -> None:
    invite(cognito, "ann")
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    assert remind() == remind() == []
    assert rows() == [("begin", "", "worker"), ("end", "error", "worker")]
    assert line("ann").reminder == "error"


@pytest.mark.parametrize(
    ("now", "reminded"),
    [
        (at(7 * DAY - 25 * HOUR), []),
        (at(7 * DAY - 24 * HOUR), ["ann"]),
        (at(7 * DAY - 1), ["ann"]),
        (at(7 * DAY), []),
    ],
)
def test_it_comes_in_the_last_hours_alone(cognito: Cognito, now: datetime, reminded: list[str]) -> None:
    invite(cognito, "ann")
    assert remind(now) == reminded


def test_hours_are_a_setting_and_nought_is_never(cognito: Cognito, settings: Settings) -> None:
    invite(cognito, "ann")
    settings.INVITATION_REMINDER_HOURS = 0
    assert remind() == []
    settings.INVITATION_REMINDER_HOURS = 6
    assert remind() == []
    settings.INVITATION_REMINDER_HOURS = 48
    assert remind(at(7 * DAY - 47 * HOUR)) == ["ann"]


def test_nobody_is_reminded_in_the_first_half_of_their_time(
    cognito: Cognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terms, "known_days", lambda: 1)
    invite(cognito, "ann")
    assert remind(at(11 * HOUR)) == []
    assert remind(at(12 * HOUR)) == ["ann"]


def test_nobody_is_reminded_where_the_pools_days_are_not_known(
    cognito: Cognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terms, "known_days", lambda: None)
    invite(cognito, "ann")
    assert remind() == []


def test_new_invitation_has_a_reminder_of_its_own(cognito: Cognito) -> None:
    invite(cognito, "ann")
    assert remind() == ["ann"]
    sent("ann", minutes=6.6 * DAY, event=Event.OPS_INVITATION_RESENT)
    cognito.accounts["ann"] = user(
        "ann", at=at(6.6 * DAY).timestamp(), status=world.INVITED, email="ann@example.com"
    )
    entries.refresh(cognito.accounts["ann"])
    kept()
    assert (line("ann").sent_at, line("ann").reminder) == (at(6.6 * DAY), "")
    assert remind() == []
    assert remind(at(13 * DAY)) == ["ann"]


@pytest.mark.parametrize(
    "change",
    [{"status": "CONFIRMED"}, {"enabled": False}, {"minutes": 6 * DAY}, {"email": ""}, None],
    ids=["used", "disabled", "invited anew", "without an address", "gone"],
)
def test_account_as_cognito_has_it_now_decides(cognito: Cognito, change: dict[str, Any] | None) -> None:
    invite(cognito, "ann")
    if change is None:
        del cognito.accounts["ann"]
    else:
        has = {"email": "ann@example.com", "status": world.INVITED} | change
        minutes = has.pop("minutes", 0)
        cognito.accounts["ann"] = user("ann", at=at(minutes).timestamp(), **has)
    assert remind() == []
    assert rows() == []


def test_invitation_that_never_arrived_is_not_reminded_of(cognito: Cognito) -> None:
    invite(cognito, "ann", minutes=-1)
    world.row("ann", Event.OPS_INVITATION_RESENT, Outcome.CODE_DELIVERY, minutes=0, by=world.HEDDA)
    kept()
    assert line("ann").is_undelivered
    assert remind() == []


def test_password_of_a_text_message_is_said_to_be_in_one(cognito: Cognito) -> None:
    invite(cognito, "ann")
    Invitation.objects.update(medium="SMS")
    remind()
    assert "in an earlier text message" in django_mail.outbox[0].body


def test_address_with_a_line_break_is_no_second_header(cognito: Cognito) -> None:
    invite(cognito, "ann", email="ann@example.com\nBcc: eve@example.com")
    assert remind() == []
    assert line("ann").reminder == "error"


def test_reminder_never_asks_cognito_to_send_anything(cognito: Cognito) -> None:
    invite(cognito, "ann")
    assert remind() == ["ann"]
    assert cognito.asked == ["admin_get_user"]


def test_mail_server_is_asked_before_each_mail(cognito: Cognito, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ann", "bob"):
        invite(cognito, name)
    answers = iter([True, False])
    monkeypatch.setattr(mail, "is_ready", lambda: next(answers))
    with pytest.raises(reminders.MailServerAway):
        remind()
    assert len(django_mail.outbox) == 1
