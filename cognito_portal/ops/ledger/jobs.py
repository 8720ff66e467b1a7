"""What the ledger has done in the background. OpsConfig.ready() registers it."""

from cognito_portal.ops.ledger import keeping, reminders
from cognito_portal.worker.jobs import Job, register


def register_all() -> None:
    """Tell the worker of every job of the ledger."""
    register(Job(name=keeping.JOB, run=keeping.work, every_s=keeping.EVERY_S))
    register(Job(name=reminders.JOB, run=reminders.work, every_s=reminders.EVERY_S))
