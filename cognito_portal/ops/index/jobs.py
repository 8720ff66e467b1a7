"""What the index has done in the background. OpsConfig.ready() registers it."""

from cognito_portal.audit.forgetting import register_eraser
from cognito_portal.ops.index import erasing, passes, sign_ins
from cognito_portal.worker.jobs import Job, register


def register_all() -> None:
    """Tell the worker of every job of the index, and the log of what has to be erased with a person."""
    register(Job(name=passes.JOB, run=passes.work, every_s=passes.EVERY_S))
    register(Job(name=sign_ins.JOB, run=sign_ins.work, every_s=sign_ins.EVERY_S))
    register_eraser(erasing.forget)
