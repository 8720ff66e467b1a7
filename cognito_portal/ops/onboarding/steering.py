"""What staff do with a list: start, pause, resume, cancel. Each is a row of the log in the same transaction."""

from dataclasses import dataclass
from datetime import datetime

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding import holding
from cognito_portal.ops.onboarding.results import Why

_State = OnboardingJob.State
_Item = OnboardingItem.State
_UNFINISHED = (_Item.WAITING, _Item.SENDING, _Item.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """From which states a list comes to which, and the event of it."""

    where: tuple[OnboardingJob.State, ...]
    to: OnboardingJob.State
    event: Event


_START = _Move(where=(_State.DRAFT,), to=_State.RUNNING, event=Event.OPS_ONBOARDING_STARTED)
_PAUSE = _Move(where=(_State.RUNNING, _State.WAITING), to=_State.PAUSED, event=Event.OPS_ONBOARDING_PAUSED)
_RESUME = _Move(where=(_State.PAUSED, _State.WAITING), to=_State.RUNNING, event=Event.OPS_ONBOARDING_RESUMED)
_DISCARD = _Move(where=(_State.DRAFT,), to=_State.CANCELLED, event=Event.OPS_ONBOARDING_CANCELLED)
_CANCEL = _Move(
    where=(_State.RUNNING, _State.WAITING, _State.PAUSED),
    to=_State.CANCELLED,
    event=Event.OPS_ONBOARDING_CANCELLED,
)


def start(job: OnboardingJob, *, by: record.By, now: datetime) -> bool:
    """Have the worker send a draft; False where it is none any more. Each of these raises AuditUnavailable."""
    with record.write_transaction():
        is_mine = _move(job, _START, reason=job.title, by=by, now=now)
        if is_mine:
            OnboardingJob.objects.filter(id=job.id).update(started_by=by.actor, started_at=now)
    return is_mine


def pause(job: OnboardingJob, *, reason: str, by: record.By, now: datetime) -> bool:
    """Have nothing more sent until it is resumed; False where it neither runs nor waits."""
    return _move(job, _PAUSE, reason=reason, by=by, now=now, why=Why.STAFF.value)


def resume(job: OnboardingJob, *, reason: str, by: record.By, now: datetime) -> bool:
    """Go on at once, also with what waits for its time; False where there is nothing to resume."""
    return _move(job, _RESUME, reason=reason, by=by, now=now)


def discard(job: OnboardingJob, *, by: record.By, now: datetime) -> bool:
    """Delete a draft with everything in it; False where it was started."""
    with record.write_transaction():
        is_mine = _move(job, _DISCARD, reason=job.title, by=by, now=now)
        if is_mine:
            OnboardingJob.objects.filter(id=job.id).delete()
    return is_mine


def cancel(job: OnboardingJob, *, reason: str, by: record.By, now: datetime) -> bool:
    """Send nothing more, ever; False where it is over, or was never started."""
    with record.write_transaction():
        is_mine = _move(job, _CANCEL, reason=reason, by=by, now=now)
        if is_mine:
            OnboardingJob.objects.filter(id=job.id).update(finished_at=now)
    return is_mine


def _move(
    job: OnboardingJob, move: _Move, *, reason: str, by: record.By, now: datetime, why: str = ""
) -> bool:
    with record.write_transaction():
        there = OnboardingJob.objects.filter(id=job.id, state__in=move.where)
        if not there.update(state=move.to, why=why, lacking="", wait_until=None, failures=0):
            return False
        record.note(
            event=move.event,
            outcome=Outcome.RECORDED,
            by=by,
            step=reason,
            attempt_id=job.id,
            now=now,
        )
    return True


def finish_if_over(job_id: str, *, now: datetime) -> bool:
    """Close a running list that has nothing left to send or to look up; whether it did."""
    running = OnboardingJob.objects.filter(id=job_id, state=_State.RUNNING)
    with record.write_transaction():
        if OnboardingItem.objects.filter(job_id=job_id, state__in=_UNFINISHED).exists():
            return False
        if not running.update(state=_State.FINISHED, finished_at=now):
            return False
        record.note(
            event=Event.OPS_ONBOARDING_FINISHED,
            outcome=Outcome.RECORDED,
            by=holding.WORKER,
            attempt_id=job_id,
            now=now,
        )
    return True
