"""Verifications: what waits for a second person, one of them, and the answers to it."""

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cognito_portal.access import Role, staff_role
from cognito_portal.audit.record import AlreadyTaken, AuditUnavailable
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.models import AccountVerification
from cognito_portal.ops.models.verifications import LONGEST_WHY, State
from cognito_portal.ops.pages.forms import FORM_ID
from cognito_portal.ops.pages.looking import NotRead, account_of, tells_what_cognito_did_not
from cognito_portal.ops.pages.verification_page import (
    DONE,
    NOT_ALLOWED,
    address_of,
    failed,
    overtaken,
    page,
    staff_of,
    why_problem,
)
from cognito_portal.ops.verifications import flow, reading

LARGEST_ID = 2**63 - 1


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, the oldest first."""
    try:
        found = reading.waiting(limit=reading.MOST + 1)
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    context = {
        "waiting": found[: reading.MOST],
        "is_cut": len(found) > reading.MOST,
        "most": reading.MOST,
    }
    return render(request, "ops/verifications.html", context)


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One verification. 404 where there is none; without its account where that cannot be read."""
    which = _which(pk)
    try:
        return page(request, which, _account(request, which))
    except NotRead:
        return page(request, which, None, is_unread=True)


@staff_role(Role.OPS)
@never_cache
@require_POST
@tells_what_cognito_did_not
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree as the second person; what was asked for beside it is done then."""
    which = _which(pk)
    account = account_of(request, which.sub, step="verification")
    try:
        which = flow.approve(which, account, staff=staff_of(request))
    except flow.NotAllowed as refusal:
        return _not_allowed(request, which, account, refusal)
    except flow.Overtaken:
        return _overtaken(request, which)
    return _make_marks(request, which, account, form_id=flow.first_marks_of(which), did="approved")


@staff_role(Role.OPS)
@never_cache
@require_POST
@tells_what_cognito_did_not
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Do not agree, with a remark."""
    which = _which(pk)
    account = _account(request, which)
    why = request.POST.get("why", "").strip()
    if problem := why_problem(why):
        return page(request, which, account, status=400, why=why[:LONGEST_WHY], problem=problem)
    try:
        which = flow.refuse(which, account, why=why, staff=staff_of(request))
    except flow.NotAllowed as refusal:
        return _not_allowed(request, which, account, refusal)
    except flow.Overtaken:
        return _overtaken(request, which)
    return _done(request, which, "refused")


@staff_role(Role.OPS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tells_what_cognito_did_not
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a verification back, once a reason is given."""
    which = _which(pk)
    account = _account(request, which)
    if request.method != "POST":
        return _undo_page(request, which)
    why = request.POST.get("why", "").strip()
    if problem := why_problem(why):
        return _undo_page(request, which, status=400, why=why[:LONGEST_WHY], problem=problem)
    try:
        which = flow.undo(which, account, why=why, staff=staff_of(request))
    except flow.NotAllowed as refusal:
        return _not_allowed(request, which, account, refusal)
    except flow.Overtaken:
        return _overtaken(request, which)
    return _done(request, which, "undone")


@staff_role(Role.OPS)
@never_cache
@require_POST
@tells_what_cognito_did_not
def make_marks(request: HttpRequest, pk: int) -> HttpResponse:
    """Do once more what was asked for beside a verification that stands, and did not come about."""
    which = _which(pk)
    account = account_of(request, which.sub, step="verification")
    form_id = request.POST.get("form_id", "")
    if which.state is not State.STANDS or not FORM_ID.fullmatch(form_id):
        return page(request, which, account, status=409)
    return _make_marks(request, which, account, form_id=form_id, did="marked")


def _which(pk: int) -> AccountVerification:
    if pk > LARGEST_ID:
        raise Http404
    return get_object_or_404(AccountVerification, pk=pk, pool_id=settings.COGNITO_USER_POOL_ID)


def _account(request: HttpRequest, which: AccountVerification) -> PoolUser | None:
    """Its account, or None where that is gone or nobody knows any more whose it was. Raises NotRead."""
    try:
        return account_of(request, which.sub, step="verification")
    except Http404:
        return None


def _make_marks(
    request: HttpRequest, which: AccountVerification, account: PoolUser, *, form_id: str, did: str
) -> HttpResponse:
    try:
        not_made = flow.make_marks(which, account, form_id=form_id, staff=staff_of(request))
    except flow.NotAllowed as refusal:
        return _not_allowed(request, which, account, refusal)
    except AlreadyTaken:
        return _overtaken(request, which)
    if not_made:
        return failed(request, which, account, not_made)
    return _done(request, which, did)


def _done(request: HttpRequest, which: AccountVerification, did: str) -> HttpResponse:
    request.session[DONE] = did
    return redirect("desk:verification", which.pk)


def _not_allowed(
    request: HttpRequest, which: AccountVerification, account: PoolUser | None, refusal: flow.NotAllowed
) -> HttpResponse:
    return page(request, which, account, status=409, against=NOT_ALLOWED[refusal.why])


def _overtaken(request: HttpRequest, which: AccountVerification) -> HttpResponse:
    return overtaken(request, url=address_of(which), label=_("To the verification"))


def _undo_page(
    request: HttpRequest, which: AccountVerification, *, status: int = 200, why: str = "", problem: str = ""
) -> HttpResponse:
    (shown,) = reading.shown([which])
    context = {"shown": shown, "why": why, "problem": problem, "longest": LONGEST_WHY}
    return render(request, "ops/verification_undo.html", context, status=status)
