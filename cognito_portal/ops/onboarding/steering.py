"""What staff do with a list: start, pause, resume, cancel. Each is a row of the log in the same transaction."""

from datetime import datetime

from cognito_portal.audit import record
from cognito_portal.audit.events import Event
from cognito_portal.ops.jobs import steering
from cognito_portal.ops.jobs.steering import STARTED, Move
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding import holding
from cognito_portal.ops.onboarding.results import Why

_State = OnboardingJob.State
_Item = OnboardingItem.State
_UNFINISHED = (_Item.WAITING, _Item.SENDING, _Item.UNKNOWN)


_START = Move(where=(_State.DRAFT,), to=_State.RUNNING, event=Event.OPS_ONBOARDING_STARTED)
_PAUSE = Move(where=(_State.RUNNING, _State.WAITING), to=_State.PAUSED, event=Event.OPS_ONBOARDING_PAUSED)
_RESUME = Move(where=(_State.PAUSED, _State.WAITING), to=_State.RUNNING, event=Event.OPS_ONBOARDING_RESUMED)
_DISCARD = Move(where=(_State.DRAFT,), to=_State.CANCELLED, event=Event.OPS_ONBOARDING_CANCELLED)
_CANCEL = Move(
    where=STARTED,
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
    return _move(job, _CANCEL, reason=reason, by=by, now=now)


def _move(job: OnboardingJob, to: Move, *, reason: str, by: record.By, now: datetime, why: str = "") -> bool:
    return steering.move(holding.KIND, job, to, reason=reason, by=by, now=now, why=why)


def end_left(*, before: datetime, now: datetime) -> int:
    """Cancel the lists that staff left paused, or never started, since before this moment; how many."""
    return steering.end_left(holding.KIND, Event.OPS_ONBOARDING_CANCELLED, before=before, now=now)


def finish_if_over(job_id: str, *, now: datetime) -> bool:
    """Close a running list that has nothing left to send or to look up; whether it did."""
    return steering.finish_if_over(holding.KIND, job_id, OnboardingItem, unfinished=_UNFINISHED, now=now)
