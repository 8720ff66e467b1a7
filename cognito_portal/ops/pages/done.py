"""What this member of staff has just done, told once on the page that follows."""

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from cognito_portal.ops.acts.table import BY_ACT
from cognito_portal.ops.diagnosis.acts import Act

# The act, or one of the words below, by its name in the session.
DONE = "desk_done"
INVITED = "invited"
UNDELIVERED = "undelivered"
_OF_INVITATIONS = {
    INVITED: gettext_lazy("The account is made, and its invitation is on its way."),
    UNDELIVERED: gettext_lazy(
        "The account is made, but Cognito could not deliver its invitation: check the address, then resend it."
    ),
}


def keep(request: HttpRequest, what: str) -> None:
    """Have the next page tell that this was done."""
    request.session[DONE] = str(what)


def take(request: HttpRequest) -> str | Promise:
    """What was done, in words; empty where nothing was, or where it was told already."""
    what = request.session.pop(DONE, "")
    if not what:
        return ""
    return _OF_INVITATIONS.get(what) or BY_ACT[Act(what)].did
