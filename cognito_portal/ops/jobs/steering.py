"""What staff do with a job, and its end: each is a row of the log in the same transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model, Q

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.ops.jobs.answers import Why
from cognito_portal.ops.jobs.holding import WORKER, Kind
from cognito_portal.ops.models.job import Job

_State = Job.State
STARTED = (_State.RUNNING, _State.WAITING, _State.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """From which states a job comes to which, and the event of it."""

    where: tuple[Job.State, ...]
    to: Job.State
    event: Event


def move(kind: Kind, job: Job, to: Move, *, reason: str, by: record.By, now: datetime, why: str = "") -> bool:
    """Bring a job to another state; False where it is in none that it can come from. Raises AuditUnavailable."""
    with record.write_transaction():
        there = kind.jobs(id=job.id, state__in=to.where)
        paused_at = now if to.to is _State.PAUSED else None
        if not there.update(
            state=to.to, why=why, lacking="", wait_until=None, paused_at=paused_at, failures=0
        ):
            return False
        if to.to is _State.CANCELLED:
            kind.jobs(id=job.id).update(finished_at=now)
        record.note(
            event=to.event,
            outcome=Outcome.RECORDED,
            by=by,
            step=reason,
            attempt_id=job.id,
            now=now,
        )
    return True


def end_left(kind: Kind, event: Event, *, before: datetime, now: datetime) -> int:
    """Cancel the jobs that have waited for staff since before this moment, paused or never started; how many.

    Raises AuditUnavailable and django.db.Error.
    """
    # Of a release that did not write down when: its time begins now.
    kind.jobs(state=_State.PAUSED, paused_at__isnull=True).update(paused_at=now)
    left = Q(state=_State.PAUSED, paused_at__lt=before) | Q(state=_State.DRAFT, made_at__lt=before)
    to = Move(where=(_State.PAUSED, _State.DRAFT), to=_State.CANCELLED, event=event)
    word = Why.LEFT.value
    return sum(
        move(kind, job, to, reason=word, by=WORKER, now=now, why=word) for job in kind.jobs().filter(left)
    )


def finish_if_over(
    kind: Kind, job_id: str, items: type[Model], *, unfinished: Collection[str], now: datetime
) -> bool:
    """Close a running job none of whose items is in one of these states; whether it did."""
    running = kind.jobs(id=job_id, state=_State.RUNNING)
    with record.write_transaction():
        if items._default_manager.filter(job_id=job_id, state__in=unfinished).exists():
            return False
        if not running.update(state=_State.FINISHED, finished_at=now):
            return False
        record.note(
            event=kind.finished,
            outcome=Outcome.RECORDED,
            by=WORKER,
            attempt_id=job_id,
            now=now,
        )
    return True
