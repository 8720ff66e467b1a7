"""“Verify now”: who asked, and what the worker found."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from cognito_portal.audit import record, triggers
from cognito_portal.audit.events import Event
from cognito_portal.audit.insight import verification
from cognito_portal.audit.models import AuditEvent, AuditVerification
from cognito_portal.audit.proof import seals
from tests.audit.insight.acts import tried
from tests.audit.insight.staff import read
from tests.audit.proof.logs import anchor_lines, unguarded
from tests.audit.visitors import client_of
from tests.databases import Database

URL, VERIFY = "/audit/reviews/", "/audit/reviews/verify/"
BY = record.By(actor="staff:1", address="", user_agent="")


def told() -> list[tuple[str, str, str]]:
    rows = AuditEvent.objects.filter(event=Event.AUDIT_VERIFIED).order_by("id")
    return [(row.actor, row.outcome, row.step.partition(":")[0]) for row in rows]


def test_asking_leaves_a_request_and_a_row(database: Database) -> None:
    assert verification.ask(BY)
    waiting = AuditVerification.objects.get()
    assert (waiting.asked_by, waiting.finished_at) == ("staff:1", None)
    assert told() == [("staff:1", "recorded", "asked")]


def test_asking_twice_is_asking_once(database: Database) -> None:
    assert [verification.ask(BY), verification.ask(BY)] == [True, False]
    assert AuditVerification.objects.count() == 1


def test_worker_carries_it_out_once(database: Database) -> None:
    tried()
    seals.seal_pending()
    verification.ask(BY)
    assert [verification.carry_out(), verification.carry_out()] == [True, False]
    done = verification.find_newest()
    assert done is not None
    assert (done.rows, done.seals, done.broken) == (2, 1, "")
    assert told()[-1] == ("worker", "success", "2 rows, 1 seal")


def test_worker_does_nothing_unasked(database: Database) -> None:
    assert not verification.carry_out()
    assert not AuditEvent.objects.exists()


def test_fault_is_kept_in_words(database: Database) -> None:
    tried()
    seals.seal_pending()
    verification.ask(BY)
    unguarded("UPDATE audit_event SET user_agent = 'x' WHERE id = 1")
    triggers.install(connection)
    verification.carry_out()
    done = verification.find_newest()
    assert done is not None and done.broken
    assert told()[-1][:2] == ("worker", "error")


def test_fault_of_a_log_that_takes_no_row_any_more_is_kept_and_not_looked_for_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    verification.ask(BY)
    unguarded()
    monkeypatch.setattr(triggers, "CHECKED_FOR_S", 0)
    with pytest.raises(record.AuditUnavailable):
        verification.carry_out()
    assert verification.find_newest() is not None
    assert not verification.carry_out()


def test_verification_of_a_command_is_left_to_it(database: Database) -> None:
    AuditVerification.objects.create(started_at=timezone.now(), asked_by="operator:root")
    assert not verification.carry_out()


def test_log_is_compared_with_the_file_of_anchors(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    tried()
    seals.seal_pending()
    anchors = tmp_path / "anchors"
    anchors.write_text("".join(anchor_lines()).replace('"no":1', '"no":2'))
    settings.AUDIT_ANCHOR_FILE = str(anchors)
    verification.ask(BY)
    verification.carry_out()
    done = verification.find_newest()
    assert done is not None and done.broken


def test_file_of_anchors_that_is_gone_is_a_fault(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "gone")
    verification.ask(BY)
    verification.carry_out()
    done = verification.find_newest()
    assert done is not None
    assert done.broken == "The file of anchors cannot be read: FileNotFoundError."


def test_page_shows_the_last_result_and_that_one_is_asked_for(auditor: Client) -> None:
    assert "Nobody has verified this log yet." in read(auditor, URL).text
    assert auditor.post(VERIFY).status_code == 302
    assert "Asked for by staff-auditors" in read(auditor, URL).text
    verification.carry_out()
    page = read(auditor, URL)
    assert "Whole" in page.text and "Verify now" in page.text


def test_others_of_the_staff_cannot_ask(database: Database) -> None:
    assert client_of("ops").post(VERIFY).status_code == 403
    assert not AuditVerification.objects.exists()
