"""One box: username, e-mail address, phone number or sub."""

from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.ops import accounts
from cognito_portal.ops.pages import done

LONGEST = 256


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Lead to the account of a name, or say what is known where it leads to none.

    The name is posted: in the address of a page it would stand in the logs of every proxy.
    """
    if request.method != "POST":
        return _page(request, {"done": done.take(request)})
    typed = request.POST.get("name", "").strip()
    problem = _problem(typed)
    if problem:
        return _page(request, {"typed": typed[:LONGEST], "problem": problem}, status=400)
    try:
        seen = accounts.look_up(typed, by=actor(request))
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    if seen.account is not None and seen.account.sub:
        return redirect("desk:account", seen.account.sub)
    others = [each for each in seen.others if each.sub]
    return _page(request, {"typed": typed, "verdict": seen.verdict, "others": others})


def _problem(typed: str) -> str:
    if not typed:
        return _("Type a username, an e-mail address, a phone number or a sub.")
    if len(typed) > LONGEST or "\0" in typed:
        return _("No name is so long. Check what you typed.")
    return ""


def _page(request: HttpRequest, shown: dict[str, Any], *, status: int = 200) -> HttpResponse:
    may_act = is_in_group(request, Role.OPS, Role.ADMINS)
    return render(request, "ops/find.html", {**shown, "longest": LONGEST, "may_act": may_act}, status=status)
