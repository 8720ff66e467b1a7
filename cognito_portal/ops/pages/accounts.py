"""The list of accounts: a box, filters, an order, and pages of fifty out of the local index."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.ops.bulk.offers import offers
from cognito_portal.ops.health.troubles import BY_CODE, kinds_there
from cognito_portal.ops.index import search
from cognito_portal.ops.index.entries import chosen_attributes
from cognito_portal.ops.index.filters import CHOICES, LABELS, LONGEST, TYPED, AccountFilter, BadFilter
from cognito_portal.ops.index.words import STATUSES, Term
from cognito_portal.ops.pages import typed as typed_texts
from cognito_portal.ops.pages.account_rows import note_listed, rows
from cognito_portal.ops.pages.list_urls import KEY, list_url
from cognito_portal.ops.pages.places import PLACES, places_of
from cognito_portal.ops.pages.saved_views import for_list
from cognito_portal.ops.pages.standing import standing, term
from cognito_portal.ops.staff.shortcuts import has_shortcuts

LIST = "ops/accounts.html"
SHOW, CLEAR = "show", "clear"
_NOT_OF_THE_FILTER = {"csrfmiddlewaretoken", *TYPED}


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Fifty accounts of a filter. A POST is the form, or asks for the same page in clear."""
    try:
        if request.method == "POST" and request.POST.get(SHOW) != CLEAR:
            return _asked_for(request)
        return _page(request, masked=request.method != "POST")
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None


def _asked_for(request: HttpRequest) -> HttpResponse:
    typed = {name: request.POST.get(name, "") for name in TYPED}
    params = QueryDict(mutable=True)
    for name, texts in request.POST.lists():
        if name not in _NOT_OF_THE_FILTER:
            params.setlist(name, texts)
    try:
        asked = AccountFilter.parse(params, typed=typed)
    except BadFilter as bad:
        return _refused(request, params.dict() | typed, bad.problems)
    return redirect(list_url(request, asked))


def _page(request: HttpRequest, *, masked: bool) -> HttpResponse:
    try:
        typed = typed_texts.recall(request, request.GET.get(KEY, ""))
        asked = AccountFilter.parse(request.GET, typed=typed, also=(*PLACES, KEY))
        places = places_of(request.GET)
        moment = term()
        page = search.page(asked, moment, **places)
    except typed_texts.NotKept:
        gone = _("What you typed for this list is not kept any more. Type it again.")
        return _refused(request, request.GET.dict(), {"text": gone})
    except BadFilter as bad:
        return _refused(request, request.GET.dict(), bad.problems)
    except search.NoSuchPlace:
        gone = _("The account at which this page began is gone. Start again from the first page.")
        return _refused(request, request.GET.dict(), {"": gone})
    note_listed(request, asked, len(page.entries))
    if not masked:
        _note_clear(request, len(page.entries))
    context = _form(request, asked.shown() | asked.typed()) | _found(request, asked, page, moment)
    context["views"] = for_list(request)
    context["troubles"] = kinds_there(moment)
    context |= {"rows": rows(page.entries, moment, masked=masked), "masked": masked}
    if not places:
        context["count"] = search.capped_count(asked, moment)
    if is_in_group(request, Role.OPS, Role.ADMINS):
        context |= _acts(asked, context.get("count"))
    return render(request, LIST, context)


def _acts(asked: AccountFilter, count: search.Count | None) -> dict[str, Any]:
    """What may be done to accounts of this list together, and to how many of all of them."""
    kind = BY_CODE.get(asked.trouble)
    return {
        "acts": offers(),
        "suggested": kind.act if kind else "",
        "most": settings.BULK_MOST,
        "all_are_too_many": count is None or count.accounts > settings.BULK_MOST,
    }


def _found(request: HttpRequest, asked: AccountFilter, page: search.Page, moment: Term) -> dict[str, Any]:
    key = typed_texts.keep(request, asked.typed())
    return {
        "asked": asked,
        "chips": [(chip, list_url(request, chip.without)) for chip in asked.chips()],
        "here": request.get_full_path(),
        "first_url": list_url(request, asked) if page.earlier else "",
        "next_query": asked.query(typed=key, after=str(page.following)) if page.following else "",
        "previous_query": asked.query(typed=key, before=str(page.earlier)) if page.earlier else "",
        "states": _states(),
        "days": moment.days,
        "order": asked.sort.lstrip("-"),
        "is_down": asked.sort.startswith("-"),
        "filter_query": asked.query(typed=key),
        "view_query": asked.query(typed=key) if asked.shown() else "",
    }


def _states() -> list[tuple[str, str, search.Count]]:
    """Each state that accounts are in: its words, the query that asks for it, and how many there are."""
    counts = search.counts()
    states = [
        (str(STATUSES[name]), AccountFilter(status=name).query(), counts[name])
        for name in STATUSES
        if name in counts
    ]
    if disabled := counts.get("no"):
        states.append((_("Disabled"), AccountFilter(enabled="no").query(), disabled))
    return states


def _note_clear(request: HttpRequest, count: int) -> None:
    record.note(
        event=Event.OPS_ATTRIBUTES_SHOWN,
        outcome=Outcome.SUCCESS,
        by=actor(request),
        step="list",
        count=count,
    )


def _refused(request: HttpRequest, given: Mapping[str, Any], problems: Mapping[str, str]) -> HttpResponse:
    record.note_bounded(
        event=Event.OPS_INPUT_REFUSED,
        outcome=Outcome.INPUT_REFUSED,
        by=actor(request),
        step=",".join(name or "filter" for name in problems)[:64],
    )
    context = _form(request, {name: str(text) for name, text in given.items()}) | {"problems": problems}
    return render(request, LIST, context, status=400)


def _form(request: HttpRequest, given: Mapping[str, str]) -> dict[str, Any]:
    """The form as it was filled in."""
    selects = [
        {"name": name, "label": LABELS[name], "choices": list(choices.items()), "value": given.get(name, "")}
        for name, choices in CHOICES.items()
    ]
    return {
        "selects": {each["name"]: each for each in selects},
        "given": {name: given.get(name, "") for name in (*TYPED, "days", "attribute")},
        "attributes": chosen_attributes(),
        "longest": LONGEST,
        "more_is_open": any(given.get(name) for name in LABELS if name not in ("status", "sort")),
        "standing": standing(),
        "has_shortcuts": has_shortcuts(request.user),
    }
