"""The portal's own mail."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django import Settings

from cognito_portal import mail
from cognito_portal.audit import record
from cognito_portal.mail import SENTENCES, What
from tests.audit.rows import stored
from tests.databases import Database

PERSON = record.Person(pool_id="eu-west-1_Pool00001", typed="Ada", canonical="ada", sub="sub-1")
BY = record.By("visitor", "192.0.2.9", "a browser")
AT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


class Broken(BaseEmailBackend):
    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("mail.example.com ada@example.com")


def notify(address: str = "ada@example.com", what: What = What.PASSWORD_CHANGED) -> bool:
    return mail.notify(
        address, what=what, by=BY, person=PERSON, client_id="1client", attempt_id="a" * 32, at=AT
    )


def test_mail_says_what_when_from_where_and_what_to_do(sqlite: Database, settings: Settings) -> None:
    settings.SITE_NAME = "Example"
    assert notify()
    (letter,) = django_mail.outbox
    assert (letter.to, letter.subject) == (["ada@example.com"], "Example: Your password was changed")
    for part in (
        "ada",
        "Your password was changed.",
        "2026-03-02 09:05 UTC",
        "192.0.2.9",
        "If it was not you",
    ):
        assert part in letter.body


@pytest.mark.parametrize("what", What)
def test_there_are_words_for_everything_that_is_told(sqlite: Database, what: What) -> None:
    assert notify(what=what)
    assert str(SENTENCES[what]) in django_mail.outbox[0].body


def test_mail_is_written_down_with_its_subject_and_without_the_address(sqlite: Database) -> None:
    notify()
    (row,) = stored()
    assert (row["event"], row["outcome"], row["step"]) == ("account.notified", "success", "password_changed")
    assert "ada@example.com" not in repr(row)


@pytest.mark.parametrize(("canonical", "shown"), [("ada", "ada"), ("sub-1", "Ada"), ("", "Ada")])
def test_mail_greets_by_a_name_that_the_person_knows(sqlite: Database, canonical: str, shown: str) -> None:
    person = replace(PERSON, canonical=canonical)
    mail.notify("a@example.com", what=What.CONTACT_CHANGED, by=BY, person=person, client_id="", attempt_id="")
    assert f"Hello {shown}," in django_mail.outbox[0].body


def test_mail_that_fails_is_a_row_and_no_error(sqlite: Database, settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    assert not notify()
    assert [row["outcome"] for row in stored()] == ["error"]


def test_address_with_a_line_break_is_no_second_header(sqlite: Database) -> None:
    assert not notify("ada@example.com\nBcc: eve@example.com")
    assert django_mail.outbox == []


def test_without_an_address_nothing_is_sent(sqlite: Database) -> None:
    assert not notify("")
    assert ([row["outcome"] for row in stored()], django_mail.outbox) == (["no_verified_contact"], [])


def test_log_that_does_not_answer_breaks_nothing(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(**_: Any) -> bool:
        raise record.AuditUnavailable("OperationalError")

    monkeypatch.setattr(record, "note", unavailable)
    assert notify()
