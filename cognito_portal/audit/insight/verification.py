"""“Verify now”: an auditor asks, and the worker verifies the log and keeps what it found.

A verification of millions of rows takes longer than a request may. What was asked for is an AuditVerification
that has no end yet; a worker that dies in the middle leaves it so, and the next one begins again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from django.conf import settings
from django.utils import timezone

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.models import AuditVerification
from cognito_portal.audit.proof.verification import in_words
from cognito_portal.audit.proof.verify import verify

JOB = "verify"
EVERY_S = 2.0
WORKER = record.By(actor="worker", address="", user_agent="")


def find_newest() -> AuditVerification | None:
    """The newest verification that came to an end."""
    return AuditVerification.objects.exclude(finished_at=None).order_by("-started_at", "-id").first()


def find_waiting() -> AuditVerification | None:
    """The oldest one that staff asked for and that has no end yet; a command's own is the command's to end."""
    asked = AuditVerification.objects.filter(finished_at=None, asked_by__startswith="staff:")
    return asked.order_by("started_at", "id").first()


def ask(by: record.By) -> bool:
    """Have the worker verify the log; False where somebody has asked already. Raises AuditUnavailable."""
    with record.write_transaction():
        if find_waiting() is not None:
            return False
        record.note(event=Event.AUDIT_VERIFIED, outcome=Outcome.RECORDED, by=by, step="asked")
        AuditVerification.objects.create(started_at=timezone.now(), asked_by=by.actor)
    return True


def carry_out() -> bool:
    """Verify the log where somebody asked for it; whether it was. Raises django.db.Error, AuditUnavailable, BadKeys.

    It is compared with the file of anchors where one is named. That such a file cannot be read is a fault of the
    log too: whoever cuts an end off may well have removed what would show it.
    """
    waiting = find_waiting()
    if waiting is None:
        return False
    try:
        with _anchors() as lines:
            verdict = verify(lines)
    except OSError as error:
        _finish(waiting, fault=f"The file of anchors cannot be read: {type(error).__name__}.")
    else:
        _finish(waiting, fault=verdict.first_fault or "", rows=verdict.rows, seals=verdict.seals)
    return True


@contextmanager
def _anchors() -> Iterator[TextIO | None]:
    if not settings.AUDIT_ANCHOR_FILE:
        yield None
        return
    with open(settings.AUDIT_ANCHOR_FILE, encoding="utf-8", errors="replace") as lines:
        yield lines


def _finish(waiting: AuditVerification, *, fault: str, rows: int = 0, seals: int = 0) -> None:
    """Keep what was found, for the page first: a log that was tampered with may take no row any more."""
    waiting.rows, waiting.seals, waiting.broken = rows, seals, fault[:500]
    waiting.finished_at = timezone.now()
    waiting.save(update_fields=["rows", "seals", "broken", "finished_at"])
    record.note(
        event=Event.AUDIT_VERIFIED,
        outcome=Outcome.ERROR if fault else Outcome.SUCCESS,
        by=WORKER,
        step=fault or in_words(rows=rows, seals=seals),
    )
