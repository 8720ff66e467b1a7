"""Which jobs the worker goes on with, and how fast."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from cognito_portal.ops.jobs.holding import Kind
from cognito_portal.ops.models.job import Job
from cognito_portal.worker.jobs import stopping

STALE = timedelta(seconds=30)
"""A call takes 8 seconds at most, so one that was begun so long ago has nobody any more who would end it."""
_State = Job.State


def due(kind: Kind, *, unclear: QuerySet[Any, Any], now: datetime) -> list[str]:
    """The jobs that run, or whose time has come; also cancelled ones with an item whose fate is unknown.

    `unclear` are the ids of jobs with such items.
    """
    is_time = Q(wait_until__isnull=True) | Q(wait_until__lte=now)
    wanted = Q(state__in=(_State.RUNNING, _State.WAITING)) | Q(state=_State.CANCELLED, id__in=unclear)
    return list(
        kind.jobs().filter(is_time & wanted).order_by("started_at", "id").values_list("id", flat=True)
    )


def wake(kind: Kind, job_id: str) -> None:
    """Have a job that waited for its time run again."""
    kind.jobs(id=job_id, state=_State.WAITING).update(state=_State.RUNNING, why="", wait_until=None)


def pace(began: float, per_second: float) -> None:
    """Wait so that from `began` (monotonic) on no more than this are sent in a second; 0 is no limit."""
    if per_second > 0:
        stopping().wait(max(0.0, began + 1 / per_second - time.monotonic()))
