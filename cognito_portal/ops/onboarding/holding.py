"""A list that has to wait or to pause, as every job does."""

from functools import partial

from cognito_portal.audit.events import Event
from cognito_portal.ops.jobs import holding
from cognito_portal.ops.jobs.holding import WORKER, Kind
from cognito_portal.ops.models import OnboardingJob

__all__ = ["KIND", "WORKER", "heed", "pause", "wait"]

KIND = Kind(model=OnboardingJob, paused=Event.OPS_ONBOARDING_PAUSED, finished=Event.OPS_ONBOARDING_FINISHED)
heed = partial(holding.heed, KIND)
wait = partial(holding.wait, KIND)
pause = partial(holding.pause, KIND)
