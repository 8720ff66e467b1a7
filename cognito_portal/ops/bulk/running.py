"""The worker's part: account after account is read anew, claimed with the row before its call, and ended.

Nothing rests on this process, and nothing is sent twice: whoever was being dealt with when a worker died is
unknown from then on, and stays so.
"""

import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet
from django.utils import timezone

from cognito_portal import clients
from cognito_portal.audit import record
from cognito_portal.cognito.errors import Cause, CognitoError
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts import flow
from cognito_portal.ops.acts.entry import Entry
from cognito_portal.ops.acts.table import BY_ACT
from cognito_portal.ops.bulk import ending, steering
from cognito_portal.ops.bulk.ending import Claimed
from cognito_portal.ops.bulk.words import GONE, ONESELF
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.jobs.running import STALE, due, pace, wake
from cognito_portal.ops.models import BulkAct, BulkActItem
from cognito_portal.worker.jobs import stop_if_told, stopping

_Item = BulkActItem.State


def work(*, clock: Callable[[], datetime] = timezone.now) -> None:
    """Carry out what is to be carried out, until nothing is or the worker has to stop.

    Raises django.db.Error, AuditUnavailable, and Interrupted where the worker is told to stop.
    """
    now = clock()
    for job_id in due(steering.KIND, unclear=_silent(now).values("job_id"), now=now):
        stop_if_told()
        _silent(now).filter(job_id=job_id).update(state=_Item.UNKNOWN)
        wake(steering.KIND, job_id)
        _carry_on(job_id, clock)


def _silent(now: datetime) -> QuerySet[BulkActItem]:
    """The accounts whose worker fell silent while they were dealt with."""
    return BulkActItem.objects.filter(state=_Item.SENDING, claimed_at__lt=now - STALE)


def _carry_on(job_id: str, clock: Callable[[], datetime]) -> None:
    while not stopping().is_set():
        began = time.monotonic()
        job = BulkAct.objects.filter(id=job_id, state=BulkAct.State.RUNNING).first()
        if job is None:
            return
        item = job.items.filter(state=_Item.WAITING).order_by("number").first()
        if item is None:
            steering.finish_if_over(job_id, now=clock())
            return
        _deal_with(job, item, clock)
        pace(began, settings.BULK_PER_SECOND)
    stop_if_told()


def _deal_with(job: BulkAct, item: BulkActItem, clock: Callable[[], datetime]) -> None:
    entry = BY_ACT[Act(job.act)]
    try:
        account = _read(item.sub)
    except CognitoError as error:
        ending.not_read(item, error, now=clock())
        return
    why = _against(job, entry, account)
    if account is None or why:
        ending.skip(item, entry, account, why=why or GONE, by=_by(job))
        return
    claimed = _claim(job, item, entry, account, clock())
    if claimed is not None:
        ending.end(claimed, flow.carry_out(entry, account), now=clock())


def _read(sub: str) -> PoolUser | None:
    """The account as it is now; None where it is gone. Raises CognitoError."""
    try:
        account = clients.cognito().admin_get_user(username=sub)
    except CognitoError as error:
        if error.meaning.cause is Cause.UNKNOWN_USER:
            return None
        raise
    return account if account.sub == sub else None


def _against(job: BulkAct, entry: Entry, account: PoolUser | None) -> str:
    """What stands against an act now, in a fixed word or in words; empty where nothing does."""
    if account is None:
        return GONE
    # The worker may read no more of staff than this (cognito_portal.audit.roles).
    staff = User.objects.only("id", "username", "email").filter(pk=job.staff_id or 0).first()
    if flow.is_oneself(staff or AnonymousUser(), account):
        return ONESELF
    return entry.why_not(account)


def _by(job: BulkAct) -> record.By:
    return record.By(actor=job.started_by, address="", user_agent="")


def _claim(job: BulkAct, item: BulkActItem, entry: Entry, account: PoolUser, now: datetime) -> Claimed | None:
    """Take an account: that it is dealt with and the row before the call are one commit.

    None where another worker has it, or staff have cancelled meanwhile. Raises AuditUnavailable.
    """
    with record.write_transaction():
        running = BulkAct.objects.filter(id=job.id, state=BulkAct.State.RUNNING)
        locked = running.select_for_update().first()
        mine = BulkActItem.objects.filter(id=item.id, state=_Item.WAITING)
        if locked is None or not mine.update(state=_Item.SENDING, claimed_at=now):
            return None
        call = flow.begin(entry, account, reason=job.title, form_id=job.id, by=_by(job), turn=locked.turns)
        running.update(turns=locked.turns + 1)
        BulkActItem.objects.filter(id=item.id).update(call_id=call.call_id)
    return Claimed(job_id=job.id, item_id=item.id, username=account.username, call=call)
