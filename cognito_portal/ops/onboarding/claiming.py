"""Taking the next row: that it is being sent, and the row of the log before the call, are one commit.

Whatever kills the worker after it, the row stands as being sent and is looked up before anything is sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from cognito_portal.audit import record
from cognito_portal.audit.events import Event
from cognito_portal.cognito.types import PoolSettings
from cognito_portal.ops.invitations.checking import Arguments, arguments, check
from cognito_portal.ops.invitations.fields import Field, fields
from cognito_portal.ops.invitations.inviting import person_of
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding import holding, mails
from cognito_portal.ops.onboarding.results import Why
from cognito_portal.ops.onboarding.sealed import opened

UNREADABLE = "unreadable"
SCHEMA_CHANGED = "schema_changed"
_Item = OnboardingItem.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A row that is this worker's to send, and its begun call."""

    job_id: str
    item_id: int
    arguments: Arguments
    call: record.Call


def claim(job_id: str, *, pool: PoolSettings | None, now: datetime) -> Claimed | None:
    """Take the next row of a list; None where it does not run, has to wait, or has no row left to send.

    Of several workers that ask at once one gets the row. Raises AuditUnavailable.
    """
    running = OnboardingJob.objects.filter(id=job_id, state=OnboardingJob.State.RUNNING)
    with record.write_transaction():
        job = running.select_for_update().first()
        found = _next(job, fields(pool)) if job else None
        if job is None or found is None:
            return None
        item, asked = found
        until = mails.full_until(now) if item.by_mail else None
        if until:
            holding.wait(job.id, Why.MAIL_LIMIT, until=until)
            return None
        return _claimed(job, item, asked, now)


def _next(job: OnboardingJob, wanted: Sequence[Field]) -> tuple[OnboardingItem, Arguments] | None:
    """The first row that waits and what it asks for; what cannot be sent any more is marked on the way."""
    waiting = job.items.filter(state=_Item.WAITING).order_by("number")
    while (item := waiting.first()) is not None:
        content = opened(item.sealed, job_id=job.id, number=item.number)
        if content is not None and not check(content.values, wanted):
            return item, arguments(content.values, wanted)
        problem = UNREADABLE if content is None else SCHEMA_CHANGED
        OnboardingItem.objects.filter(id=item.id).update(state=_Item.REFUSED, problem=problem)
    return None


def _claimed(job: OnboardingJob, item: OnboardingItem, asked: Arguments, now: datetime) -> Claimed:
    call = record.begin(
        event=Event.OPS_USER_INVITED,
        step=job.title,
        attempt_id=job.id,
        turn=job.turns,
        person=person_of(asked.username, None),
        client_id=settings.COGNITO_CLIENT_ID,
        by=record.By(actor=job.started_by, address="", user_agent=""),
        now=now,
    )
    OnboardingJob.objects.filter(id=job.id).update(turns=job.turns + 1)
    OnboardingItem.objects.filter(id=item.id).update(
        state=_Item.SENDING, call_id=call.call_id, claimed_at=now, problem=""
    )
    return Claimed(job_id=job.id, item_id=item.id, arguments=asked, call=call)
