"""What the log has done in the background. AuditConfig.ready() registers it."""

from importlib import import_module

from django.conf import settings

from cognito_portal.audit import reconcile
from cognito_portal.audit.exports import jobs as exports
from cognito_portal.audit.insight import flags, verification
from cognito_portal.audit.proof import anchors, retention, seals
from cognito_portal.audit.pushes.sending import send_all
from cognito_portal.worker.jobs import Job, register


def register_all() -> None:
    """Tell the worker of every job of this room."""
    register(Job(name=reconcile.JOB, run=reconcile.reconcile, every_s=reconcile.EVERY_S))
    register(Job(name="seal", run=seals.work, every_s=1))
    register(Job(name="anchor", run=anchors.work, every_s=1))
    register(Job(name=retention.JOB, run=retention.work, every_s=retention.EVERY_S))
    register(Job(name="pushes", run=send_all, every_s=1))
    register(Job(name="exports", run=exports.make_waiting, every_s=2))
    register(Job(name="sessions", run=clear_sessions, every_s=3600))
    register(Job(name=flags.JOB, run=flags.look, every_s=flags.EVERY_S))
    register(Job(name=verification.JOB, run=verification.carry_out, every_s=verification.EVERY_S))


def clear_sessions() -> None:
    """Remove sessions that are over, as `manage.py clearsessions` does. Raises django.db.Error."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
