"""From a selection of the list to an act on it: what will happen, to whom, to whom not, and why it is done."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import Error
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cognito_portal import failures
from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.ops.acts.entry import Entry
from cognito_portal.ops.acts.flow import LONGEST_REASON
from cognito_portal.ops.bulk import choosing, steering
from cognito_portal.ops.bulk.choosing import Chosen
from cognito_portal.ops.bulk.offers import WILL, offered, offers
from cognito_portal.ops.index.filters import AccountFilter, BadFilter
from cognito_portal.ops.models import PoolIndexEntry
from cognito_portal.ops.onboarding import reasons
from cognito_portal.ops.pages import typed as typed_texts
from cognito_portal.ops.pages.forms import FORM_ID
from cognito_portal.ops.pages.list_urls import KEY
from cognito_portal.ops.pages.standing import term

ALL, BEGIN = "all", "begin"
SHOWN = 50


@staff_role(Role.OPS)
@never_cache
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Show what an act will do to a selection, and have the worker begin it once a reason is given."""
    try:
        entries = _selection(request)
        if entries is None or not entries:
            return _nobody(request)
        return _go_on(request, entries)
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None


def _selection(request: HttpRequest) -> list[PoolIndexEntry] | None:
    """The accounts meant; None where the filter is none, or what was typed for it is not kept any more."""
    if request.POST.get("scope") != ALL:
        given = [*request.POST.getlist("sub"), *request.POST.get("subs", "").split(",")]
        return choosing.of_subs([sub for sub in given if sub and "\0" not in sub])
    params = QueryDict(request.POST.get("filter", ""))
    try:
        typed = typed_texts.recall(request, params.get(KEY, ""))
        asked = AccountFilter.parse(params, typed=typed, also=(KEY,))
    except (BadFilter, typed_texts.NotKept):
        return None
    return choosing.of_filter(asked, term())


def _nobody(request: HttpRequest) -> HttpResponse:
    return failures.message(
        request,
        status=400,
        title=_("No account is chosen"),
        text=_("Nothing was done. Tick accounts in the list, or take all of a filter."),
        action_url=reverse("desk:accounts"),
        action_label=_("To the list"),
    )


def _go_on(request: HttpRequest, entries: Sequence[PoolIndexEntry]) -> HttpResponse:
    entry = offered(request.POST.get("act", ""))
    if entry is None:
        chosen = Chosen(entries=entries, left_out=())
        return _page(request, None, chosen, status=400, problem=_("Choose what is to be done."))
    chosen = choosing.choose(entry, entries, user=request.user)
    if request.POST.get("step") != BEGIN or not chosen.entries:
        return _page(request, entry, chosen)
    reason = request.POST.get("reason", "").strip()
    problem = reasons.fault_of(reason) or reasons.names_somebody(reason, _names(entries))
    form_id = request.POST.get("form_id", "")
    if problem or not FORM_ID.fullmatch(form_id):
        return _page(request, entry, chosen, status=400 if problem else 200, problem=problem, reason=reason)
    _begin(request, entry, chosen, form_id=form_id, reason=reason)
    return redirect("desk:bulk_act", form_id)


def _names(entries: Sequence[PoolIndexEntry]) -> list[str]:
    return [name for each in entries for name in (each.username, each.email, each.phone_number) if name]


def _begin(request: HttpRequest, entry: Entry, chosen: Chosen, *, form_id: str, reason: str) -> None:
    assert isinstance(request.user, User)  # noqa: S101 (the role says so)
    steering.begin(
        entry,
        chosen.subs,
        form_id=form_id,
        reason=reason,
        staff=request.user,
        by=actor(request),
        now=timezone.now(),
    )


def _page(
    request: HttpRequest,
    entry: Entry | None,
    chosen: Chosen,
    *,
    status: int = 200,
    problem: str = "",
    reason: str = "",
) -> HttpResponse:
    everybody = [*chosen.subs, *(each.sub for each, _why in chosen.left_out)]
    context: dict[str, Any] = {
        "entry": entry,
        "will": WILL[entry.act] if entry else "",
        "acts": offers(),
        "count": len(chosen.entries),
        "left_out": chosen.left_out[:SHOWN],
        "left_out_count": len(chosen.left_out),
        "left_out_more": max(0, len(chosen.left_out) - SHOWN),
        "some": chosen.entries[:SHOWN],
        "some_more": max(0, len(chosen.entries) - SHOWN),
        "is_most": len(everybody) >= settings.BULK_MOST,
        "most": settings.BULK_MOST,
        "subs": ",".join(everybody),
        "problem": problem,
        "reason": reason[:LONGEST_REASON],
        "reason_problem": problem,
        "longest": LONGEST_REASON,
        "form_id": secrets.token_hex(16),
    }
    return render(request, "ops/bulk/new.html", context, status=status)
