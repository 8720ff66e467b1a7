"""A verification that is remembered: for the page that shows the last one, and as a row of the log itself."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import Error
from django.utils import timezone

from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.models import AuditVerification
from cognito_portal.audit.proof.verify import Progress, Verdict, verify
from cognito_portal.audit.record import By, note

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verified:
    """A verdict, and whether it was written down. A log that was tampered with may take no row any more."""

    verdict: Verdict
    is_recorded: bool


def verify_and_record(
    by: By, anchor_lines: Iterable[str] | None = None, progress: Progress | None = None
) -> Verified:
    """`verify`, with an AuditVerification while it runs and a row `audit.verified` when it is done.

    What cannot be written does not keep the log from being verified: an auditor may only be allowed to read.
    Raises what `verify` raises.
    """
    run = _begun(by)
    verdict = verify(anchor_lines, progress)
    try:
        if run is not None:
            _finish(run, verdict)
        note(
            event=Event.AUDIT_VERIFIED,
            outcome=Outcome.ERROR if verdict.first_fault else Outcome.SUCCESS,
            by=by,
            step=verdict.first_fault or in_words(rows=verdict.rows, seals=verdict.seals),
        )
    except (AuditUnavailable, Error) as error:
        log.error("audit.verification_not_recorded", exc_info=error)
        return Verified(verdict, is_recorded=False)
    return Verified(verdict, is_recorded=run is not None)


def in_words(*, rows: int, seals: int) -> str:
    """How much was checked, for the row of the log, which no reader's language changes."""
    return f"{rows} {'row' if rows == 1 else 'rows'}, {seals} {'seal' if seals == 1 else 'seals'}"


def _begun(by: By) -> AuditVerification | None:
    try:
        return AuditVerification.objects.create(started_at=timezone.now(), asked_by=by.actor[:150])
    except Error as error:
        log.error("audit.verification_not_recorded", exc_info=error)
        return None


def _finish(run: AuditVerification, verdict: Verdict) -> None:
    run.finished_at = timezone.now()
    run.rows, run.seals = verdict.rows, verdict.seals
    run.broken = (verdict.first_fault or "")[:500]
    run.save()
