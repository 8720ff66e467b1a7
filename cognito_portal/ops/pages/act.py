"""One act on one account: what will happen, why it is asked for, and what became of it."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cognito_portal import failures
from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit.record import AlreadyTaken
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts import flow
from cognito_portal.ops.acts.table import BY_ACT, Entry
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.pages.account import DONE
from cognito_portal.ops.pages.looking import FORM_ID, account_of, tells_what_cognito_did_not


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An act, the account it is for, and what stands against it (a fixed word and the words for it)."""

    sub: str
    entry: Entry
    account: PoolUser
    against: tuple[str, str] | None


@staff_role(Role.OPS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tells_what_cognito_did_not
def act(request: HttpRequest, sub: str, name: str) -> HttpResponse:
    """Show what an act will do, and do it once a reason is given. 404 for no such act or account."""
    asked = _asked(request, sub, name)
    if request.method != "POST":
        return _page(request, asked)
    if asked.against:
        flow.refuse(asked.entry, asked.account, why=asked.against[0], by=actor(request))
        return _page(request, asked, status=409)
    reason = request.POST.get("reason", "").strip()
    problem = _problem(reason, asked.account)
    if problem:
        return _page(request, asked, status=400, reason=reason, problem=problem)
    return _done(request, asked, reason)


def _asked(request: HttpRequest, sub: str, name: str) -> Asked:
    entry = BY_ACT.get(Act(name)) if name in set(Act) else None
    if entry is None:
        raise Http404
    # Read anew for each step of the form: the account may have changed since the page before.
    account = account_of(request, sub, step=entry.act)
    return Asked(sub=sub, entry=entry, account=account, against=_against(request, entry, account))


def _against(request: HttpRequest, entry: Entry, account: PoolUser) -> tuple[str, str] | None:
    if flow.is_oneself(request.user, account):
        return "oneself", _("Nobody acts on an account of their own. Ask a colleague.")
    why_not = entry.why_not(account)
    return ("does_not_apply", why_not) if why_not else None


def _problem(reason: str, account: PoolUser) -> str:
    if len(reason) < flow.LEAST_REASON:
        return _("Say why, for instance by the number of a ticket.")
    if len(reason) > flow.LONGEST_REASON or "\0" in reason:
        return _("The reason has room for %(count)d characters.") % {"count": flow.LONGEST_REASON}
    if flow.names_somebody(reason, account):
        return _("Leave out the person's name and address: the log keeps them apart from its rows.")
    return ""


def _done(request: HttpRequest, asked: Asked, reason: str) -> HttpResponse:
    form_id = request.POST.get("form_id", "")
    if not FORM_ID.fullmatch(form_id):
        return _page(request, asked, reason=reason)
    try:
        flow.perform(asked.entry, asked.account, reason=reason, form_id=form_id, by=actor(request))
    except AlreadyTaken:
        return failures.message(
            request,
            status=409,
            title=_("This form was already sent"),
            text=_("It was carried out once, or tried once. The account's page shows what became of it."),
            action_url=reverse("desk:account", args=[asked.sub]),
            action_label=_("To the account"),
        )
    except flow.NotDone as not_done:
        return _page(request, asked, status=502, reason=reason, not_done=not_done)
    request.session[DONE] = asked.entry.act.value
    return redirect("desk:account", asked.sub)


def _page(
    request: HttpRequest,
    asked: Asked,
    *,
    status: int = 200,
    reason: str = "",
    problem: str = "",
    not_done: flow.NotDone | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "sub": asked.sub,
        "account": asked.account,
        "entry": asked.entry,
        "will": asked.entry.will(asked.account),
        "against": asked.against[1] if asked.against else "",
        "reason": reason[: flow.LONGEST_REASON],
        "longest": flow.LONGEST_REASON,
        "problem": problem,
        "not_done": not_done,
        "form_id": secrets.token_hex(16),
    }
    return render(request, "ops/act.html", context, status=status)
