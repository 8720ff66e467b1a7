"""The state of an invitation in words."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from cognito_portal.audit.readings import Reading
from cognito_portal.ops.index.search import SOON
from cognito_portal.ops.index.words import Term
from cognito_portal.ops.models import Invitation

Stage = Invitation.Stage
_DONE = {
    Stage.PASSWORD_SET: Reading(_("Password set"), "good"),
    Stage.VERIFIED: Reading(_("Password set, address verified"), "good"),
}
MEDIUMS = {"EMAIL": _("By e-mail"), "SMS": _("By text message")}
REMINDERS = {
    "success": _("Reminded"),
    "error": _("The reminder could not be sent"),
    "unknown": _("Nobody knows whether the reminder went out"),
}
"""What became of a reminder, by its outcome in the log."""


def ends_at(line: Invitation, term: Term) -> datetime:
    """When the temporary password ends."""
    return line.sent_at + timedelta(days=term.days)


def state_of(line: Invitation, term: Term) -> Reading:
    """The one sentence that counts most for whoever looks after invitations, and its tone."""
    if not line.is_open:
        return _DONE[Stage(line.stage)]
    left = ends_at(line, term) - term.now
    if left <= timedelta(0):
        return Reading(_("Expired"), "bad")
    if line.is_undelivered:
        return Reading(_("Could not be delivered"), "bad")
    if left <= SOON:
        return Reading(_("Expires within 24 hours"), "warn")
    if line.stage == Stage.OPENED:
        return Reading(_("Opened, no password set"), "warn")
    return Reading(_("Sent, never opened"), "warn")
