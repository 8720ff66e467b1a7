"""The worker's part: lists that run are sent row by row, and what waits for its time goes on by itself.

Nothing rests on this process: each row is claimed and ended by a commit of its own, so that several workers, or
the next one, go on where this one stopped. What a row was sent for and nobody answered is looked up first.
"""

import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from cognito_portal import clients
from cognito_portal.ops.invitations.inviting import call_cognito
from cognito_portal.ops.models import OnboardingJob
from cognito_portal.ops.onboarding import claiming, ending, settling, steering
from cognito_portal.worker.jobs import stop_if_told, stopping

_State = OnboardingJob.State


def work(*, clock: Callable[[], datetime] = timezone.now) -> None:
    """Send what is to be sent, the oldest list first, until nothing is or the worker has to stop.

    Raises django.db.Error, AuditUnavailable, and Interrupted where the worker is told to stop.
    """
    now = clock()
    for job_id in _due(now):
        stop_if_told()
        waiting = OnboardingJob.objects.filter(id=job_id, state=_State.WAITING)
        waiting.update(state=_State.RUNNING, why="", wait_until=None)
        _carry_on(job_id, clock)


def _due(now: datetime) -> list[str]:
    """The lists that run, or whose time has come; also others in which a row's fate is unknown."""
    is_time = Q(wait_until__isnull=True) | Q(wait_until__lte=now)
    unclear = settling.unclear(now=now).values("job_id")
    wanted = Q(state__in=(_State.RUNNING, _State.WAITING)) | Q(state=_State.CANCELLED, id__in=unclear)
    due = OnboardingJob.objects.filter(is_time & wanted).order_by("started_at", "id")
    return list(due.values_list("id", flat=True))


def _carry_on(job_id: str, clock: Callable[[], datetime]) -> None:
    if not settling.settle(job_id, pool=clients.pool_settings(), now=clock()):
        return
    while not stopping().is_set():
        began = time.monotonic()
        claimed = claiming.claim(job_id, pool=clients.pool_settings(), now=clock())
        if claimed is None:
            steering.finish_if_over(job_id, now=clock())
            return
        ending.end(claimed, call_cognito(claimed.arguments), now=clock())
        _pace(began)
    stop_if_told()


def _pace(began: float) -> None:
    """Wait so that no more than ONBOARDING_PER_SECOND are sent."""
    per_second: float = settings.ONBOARDING_PER_SECOND
    if per_second > 0:
        stopping().wait(max(0.0, began + 1 / per_second - time.monotonic()))
