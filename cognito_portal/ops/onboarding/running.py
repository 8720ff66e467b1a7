"""The worker's part: lists that run are sent row by row, and what waits for its time goes on by itself.

Nothing rests on this process: each row is claimed and ended by a commit of its own, so that several workers, or
the next one, go on where this one stopped. What a row was sent for and nobody answered is looked up first.
"""

import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from cognito_portal import clients
from cognito_portal.ops.invitations.inviting import call_cognito
from cognito_portal.ops.jobs.running import due, pace, wake
from cognito_portal.ops.onboarding import claiming, ending, holding, settling, steering
from cognito_portal.worker.jobs import stop_if_told, stopping


def work(*, clock: Callable[[], datetime] = timezone.now) -> None:
    """Send what is to be sent, the oldest list first, until nothing is or the worker has to stop.

    Raises django.db.Error, AuditUnavailable, and Interrupted where the worker is told to stop.
    """
    now = clock()
    for job_id in due(holding.KIND, unclear=settling.unclear(now=now).values("job_id"), now=now):
        stop_if_told()
        wake(holding.KIND, job_id)
        _carry_on(job_id, clock)


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
    pace(began, settings.ONBOARDING_PER_SECOND)
