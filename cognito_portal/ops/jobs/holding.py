"""A job that has to wait, and goes on by itself, or that pauses until staff have put something right."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.ops.jobs.answers import Result, Then, Why
from cognito_portal.ops.models.job import Job

WORKER = record.By(actor="worker", address="", user_agent="")
_State = Job.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of job: its table, and the events of its pause and its end."""

    model: type[Job]
    paused: Event
    finished: Event

    def jobs(self, **which: object) -> QuerySet[Job]:
        """The jobs of this kind that are so."""
        return self.model._default_manager.filter(**which)


def heed(kind: Kind, job_id: str, result: Result, *, now: datetime, lacking: str = "") -> None:
    """Have a job do what an answer asks for, inside the caller's transaction.

    `lacking` is the IAM action that was missing. Staff who paused or cancelled it meanwhile have their way.
    """
    job = kind.jobs(id=job_id)
    if result.then is Then.GO_ON:
        job.filter(failures__gt=0).update(failures=0)
    elif result.then is Then.WAIT:
        failures = job.values_list("failures", flat=True).get()
        wait(kind, job_id, result.why or Why.SERVICE, until=now + _pause(result, failures))
    else:
        pause(kind, job_id, result.why or Why.REFUSED, now=now, lacking=lacking)


def wait(kind: Kind, job_id: str, why: Why, *, until: datetime) -> None:
    """Have a running job go on by itself at `until`. Nothing of it is looked up before that either."""
    job = kind.jobs(id=job_id)
    job.update(failures=F("failures") + 1, wait_until=until)
    job.filter(state=_State.RUNNING).update(state=_State.WAITING, why=why.value)


def pause(kind: Kind, job_id: str, why: Why, *, now: datetime, lacking: str = "") -> None:
    """Have a running job wait for staff, and say so in the log. Raises AuditUnavailable."""
    running = kind.jobs(id=job_id, state=_State.RUNNING)
    if running.update(state=_State.PAUSED, why=why.value, lacking=lacking, paused_at=now):
        record.note(
            event=kind.paused,
            outcome=Outcome.RECORDED,
            by=WORKER,
            step=why.value,
            attempt_id=job_id,
            now=now,
        )


def _pause(result: Result, failures: int) -> timedelta:
    """Longer with each failure in a row, and never quite the same for two jobs that failed together."""
    longest = min(result.least_s * 2.0 ** min(failures, 16), result.most_s)
    if result.least_s == result.most_s:
        return timedelta(seconds=longest)
    # Not for secrets: two workers are to be kept apart, nothing more.
    return timedelta(seconds=longest * random.uniform(0.5, 1.0))  # noqa: S311
