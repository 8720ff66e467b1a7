"""What this member of staff has just done, told once on the page that follows."""

from django.http import HttpRequest
from django.utils.functional import Promise

from cognito_portal.ops.acts.table import BY_ACT
from cognito_portal.ops.diagnosis.acts import Act

# The act, by its name in the session.
DONE = "desk_done"


def keep(request: HttpRequest, act: Act) -> None:
    """Have the next page tell that this act was carried out."""
    request.session[DONE] = act.value


def take(request: HttpRequest) -> str | Promise:
    """What was done, in words; empty where nothing was, or where it was told already."""
    done = request.session.pop(DONE, "")
    return BY_ACT[Act(done)].did if done else ""
