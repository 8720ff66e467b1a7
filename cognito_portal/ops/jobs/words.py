"""What every job of the desk says of itself: its states, and what made it wait or pause."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from cognito_portal.ops.jobs.answers import Why
from cognito_portal.ops.models.job import Job

Words = str | Promise
_State = Job.State

STATES: Mapping[str, tuple[Words, str, str]] = {
    _State.DRAFT: (gettext_lazy("Checked, not started"), "plain", "circle"),
    _State.RUNNING: (gettext_lazy("Running"), "plain", "begun"),
    _State.WAITING: (gettext_lazy("Waiting, goes on by itself"), "warn", "clock"),
    _State.PAUSED: (gettext_lazy("Paused"), "warn", "warn"),
    _State.FINISHED: (gettext_lazy("Finished"), "good", "check"),
    _State.CANCELLED: (gettext_lazy("Cancelled"), "warn", "circle"),
}
"""Words, kind of badge, icon."""
WHY: Mapping[str, Words] = {
    Why.SERVICE: gettext_lazy("Cognito cannot be reached, or fails. It is tried again, less and less often."),
    Why.ACCESS_DENIED: gettext_lazy("AWS refused the portal’s own credentials. Once that is mended, resume."),
    Why.NO_CREDENTIALS: gettext_lazy("The portal has no AWS credentials. Once it has, resume."),
}
