"""What every form of the desk has: an id that lets it be sent once, and a reason."""

import re

from django.utils.translation import gettext as _

from cognito_portal.ops.acts import flow

FORM_ID = re.compile(r"[0-9a-f]{32}")


def reason_problem(reason: str, names_somebody: bool) -> str:
    """What is wrong with a reason; empty where it may stand in the log."""
    if len(reason) < flow.LEAST_REASON:
        return _("Say why, for instance by the number of a ticket.")
    if len(reason) > flow.LONGEST_REASON or "\0" in reason:
        return _("The reason has room for %(count)d characters.") % {"count": flow.LONGEST_REASON}
    if names_somebody:
        return _("Leave out the person's name and address: the log keeps them apart from its rows.")
    return ""
