"""What the worker does for onboarding. OpsConfig.ready() registers it."""

from cognito_portal.audit.forgetting import register_eraser
from cognito_portal.ops.onboarding import keeping, running
from cognito_portal.worker.jobs import Job, register


def register_all() -> None:
    """Tell the worker of every job of this part, and the log of what has to be erased with a person."""
    register(Job(name="onboarding", run=running.work, every_s=1))
    register(Job(name="onboarding erasure", run=keeping.erase_old, every_s=3600))
    register_eraser(keeping.forget)
