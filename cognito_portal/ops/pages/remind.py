"""Reminding one person of their invitation at once: by a mail of the portal's own, which changes nothing."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cognito_portal import failures
from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit.record import AlreadyTaken, AuditUnavailable
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts import flow
from cognito_portal.ops.index import terms
from cognito_portal.ops.index.words import Term
from cognito_portal.ops.ledger import reminders
from cognito_portal.ops.ledger.words import ends_at
from cognito_portal.ops.models import Invitation
from cognito_portal.ops.pages import done
from cognito_portal.ops.pages.account import LONGEST_SUB
from cognito_portal.ops.pages.forms import FORM_ID, reason_problem
from cognito_portal.ops.trouble import trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An invitation and its pool's term; its account as it is now, or else what stands against a reminder."""

    line: Invitation
    term: Term
    account: PoolUser | None = None
    against: str = ""


@staff_role(Role.OPS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: HttpRequest, sub: str) -> HttpResponse:
    """Say what will be sent, and send it once a reason is given. 404 for an account without an invitation."""
    try:
        asked = _asked(request, sub)
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    if request.method != "POST":
        return _page(request, asked)
    if asked.account is None:
        return _page(request, asked, status=409)
    reason = request.POST.get("reason", "").strip()
    problem = reason_problem(reason, flow.names_somebody(reason, asked.account))
    if problem:
        return _page(request, asked, status=400, reason=reason, problem=problem)
    return _sent(request, asked, asked.account, reason)


def _asked(request: HttpRequest, sub: str) -> Asked:
    if len(sub) > LONGEST_SUB or "\0" in sub:
        raise Http404
    found = Invitation.objects.select_related("entry")
    line = found.filter(pool_id=settings.COGNITO_USER_POOL_ID, entry__sub=sub).first()
    if line is None:
        raise Http404
    term = terms.term(timezone.now())
    try:
        account = reminders.find_unused(line)
    except CognitoError as error:
        return Asked(line=line, term=term, against=trouble(error))
    against = _against(request, line, term, account)
    return Asked(line=line, term=term, account=None if against else account, against=against)


def _against(request: HttpRequest, line: Invitation, term: Term, account: PoolUser | None) -> str:
    """Why a reminder would help nobody; empty where it may be sent."""
    if account is None:
        return _("This invitation is used, or the account was changed since. Look at the account.")
    if flow.is_oneself(request.user, account):
        return _("Nobody acts on an account of their own. Ask a colleague.")
    if not account.attributes.get("email"):
        return _("The account has no e-mail address. Resend the invitation by text message.")
    if ends_at(line, term) <= term.now:
        return _("The invitation has expired, so a reminder would not help. Resend it.")
    return ""


def _sent(request: HttpRequest, asked: Asked, account: PoolUser, reason: str) -> HttpResponse:
    form_id = request.POST.get("form_id", "")
    if not FORM_ID.fullmatch(form_id):
        return _page(request, asked, reason=reason)
    sending = reminders.Sending(by=actor(request), reason=reason, attempt_id=form_id)
    try:
        is_sent = reminders.send(asked.line, account, asked.term, sending)
    except AlreadyTaken:
        return failures.message(
            request,
            status=409,
            title=_("This form was already sent"),
            text=_("The reminder was sent once, or tried once. The ledger shows what became of it."),
            action_url=reverse("desk:invitations"),
            action_label=_("To the invitations"),
        )
    if not is_sent:
        return _page(request, asked, status=502, reason=reason, is_not_sent=True)
    done.keep(request, done.REMINDED)
    return redirect("desk:account", asked.line.entry.sub)


def _page(
    request: HttpRequest,
    asked: Asked,
    *,
    status: int = 200,
    reason: str = "",
    problem: str = "",
    is_not_sent: bool = False,
) -> HttpResponse:
    context = {
        "entry": asked.line.entry,
        "ends_at": ends_at(asked.line, asked.term),
        "against": asked.against,
        "reason": reason,
        "reason_problem": problem,
        "is_not_sent": is_not_sent,
        "longest": flow.LONGEST_REASON,
        # Another one each time: a form that was tried is not sent again by itself.
        "form_id": secrets.token_hex(16),
    }
    return render(request, "ops/remind.html", context, status=status)
