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
from cognito_portal.ops.index import search
from cognito_portal.ops.index.filters import AccountFilter
from cognito_portal.ops.pages import done
from cognito_portal.ops.pages.account_rows import note_listed, rows
from cognito_portal.ops.pages.list_urls import list_url
from cognito_portal.ops.pages.recent_looks import recent_looks
from cognito_portal.ops.pages.standing import term
from cognito_portal.ops.staff.shortcuts import has_shortcuts

LONGEST = 256
MATCHES = 10


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Lead to the account of a name; where it leads to none say what is known, and who has it in theirs.

    The name is posted: in the address of a page it would stand in the logs of every proxy.
    """
    try:
        if request.method != "POST":
            return _page(request, {"done": done.take(request), "recent": recent_looks(request)})
        return _led_by(request, request.POST.get("name", "").strip())
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None


def _led_by(request: HttpRequest, typed: str) -> HttpResponse:
    problem = _problem(typed)
    if problem:
        shown = {"typed": typed[:LONGEST], "problem": problem, "recent": recent_looks(request)}
        return _page(request, shown, status=400)
    found = accounts.resolve(typed)
    if found.account is not None and found.account.sub:
        return redirect("desk:account", found.account.sub)
    seen = accounts.tell(typed, found, by=actor(request))
    return _page(request, _not_found(typed, seen) | _matches(request, typed))


def _problem(typed: str) -> str:
    if not typed:
        return _("Type a username, an e-mail address, a phone number or a sub.")
    if len(typed) > LONGEST or "\0" in typed:
        return _("No name is so long. Check what you typed.")
    return ""


def _page(request: HttpRequest, shown: dict[str, Any], *, status: int = 200) -> HttpResponse:
    context = shown | {
        "longest": LONGEST,
        "may_act": is_in_group(request, Role.OPS, Role.ADMINS),
        "has_shortcuts": has_shortcuts(request.user),
    }
    return render(request, "ops/find.html", context, status=status)


def _not_found(typed: str, seen: accounts.Seen) -> dict[str, Any]:
    others = [each for each in seen.others if each.sub]
    return {"typed": typed, "verdict": seen.verdict, "others": others}


def _matches(request: HttpRequest, typed: str) -> dict[str, Any]:
    """Whoever has this in their name, address, number or sub, by the local index."""
    asked, moment = AccountFilter(text=typed), term()
    found = search.page(asked, moment, limit=MATCHES).entries
    if not found:
        return {}
    note_listed(request, asked, len(found))
    return {
        "rows": rows(found, moment, masked=True),
        "count": search.capped_count(asked, moment),
        "all_url": list_url(request, asked),
    }
