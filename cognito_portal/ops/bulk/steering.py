"""What staff do with an act on many: begin it, resume it, cancel the rest."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.ops.acts.entry import Entry
from cognito_portal.ops.jobs import steering
from cognito_portal.ops.jobs.holding import Kind
from cognito_portal.ops.jobs.steering import STARTED, Move
from cognito_portal.ops.models import BulkAct, BulkActItem

LEFT_DAYS = 30
"""A paused act that nobody resumes for so long is ended: the accounts are no longer those that were chosen."""
KIND = Kind(model=BulkAct, paused=Event.OPS_BULK_PAUSED, finished=Event.OPS_BULK_FINISHED)
_State = BulkAct.State
_RESUME = Move(where=(_State.PAUSED, _State.WAITING), to=_State.RUNNING, event=Event.OPS_BULK_RESUMED)
_CANCEL = Move(where=STARTED, to=_State.CANCELLED, event=Event.OPS_BULK_CANCELLED)
_UNFINISHED = (BulkActItem.State.WAITING, BulkActItem.State.SENDING)


def begin(
    entry: Entry,
    subs: Sequence[str],
    *,
    form_id: str,
    reason: str,
    staff: User,
    by: record.By,
    now: datetime,
) -> bool:
    """Have the worker carry out an act on these accounts, once for each `form_id`; False where it began before.

    Raises AuditUnavailable and django.db.Error.
    """
    job = BulkAct(
        id=form_id,
        pool_id=settings.COGNITO_USER_POOL_ID,
        act=entry.act.value,
        title=reason,
        state=_State.RUNNING,
        staff=staff,
        made_by=by.actor,
        made_at=now,
        started_by=by.actor,
        started_at=now,
    )
    with record.write_transaction():
        if BulkAct.objects.filter(id=form_id).exists():
            return False
        job.save(force_insert=True)
        BulkActItem.objects.bulk_create(
            BulkActItem(job=job, number=number, sub=sub) for number, sub in enumerate(subs, start=1)
        )
        record.note(
            event=Event.OPS_BULK_STARTED,
            outcome=Outcome.RECORDED,
            by=by,
            step=entry.act.value,
            attempt_id=form_id,
            count=len(subs),
            now=now,
        )
    return True


def resume(job: BulkAct, *, reason: str, by: record.By, now: datetime) -> bool:
    """Go on at once; False where there is nothing to resume. Raises AuditUnavailable, as `cancel` does."""
    return steering.move(KIND, job, _RESUME, reason=reason, by=by, now=now)


def cancel(job: BulkAct, *, reason: str, by: record.By, now: datetime) -> bool:
    """Do nothing more, ever; False where it is over."""
    return steering.move(KIND, job, _CANCEL, reason=reason, by=by, now=now)


def end_left() -> int:
    """End the acts that have been paused for LEFT_DAYS; how many. Raises AuditUnavailable and django.db.Error."""
    return end_left_before(timezone.now() - timedelta(days=LEFT_DAYS))


def end_left_before(moment: datetime) -> int:
    """The same for those that were paused before this moment."""
    return steering.end_left(KIND, Event.OPS_BULK_CANCELLED, before=moment, now=timezone.now())


def finish_if_over(job_id: str, *, now: datetime) -> bool:
    """Close it where nothing is left to do; whether it did."""
    return steering.finish_if_over(KIND, job_id, BulkActItem, unfinished=_UNFINISHED, now=now)
