"""The invitation ledger: work lists, filters, an order, and pages of fifty lines."""

from collections.abc import Mapping
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.ops.index.filters import LONGEST, BadFilter
from cognito_portal.ops.index.search import NoSuchPlace
from cognito_portal.ops.index.words import Term
from cognito_portal.ops.ledger import search
from cognito_portal.ops.ledger.filters import SORTS, STATES, LedgerFilter
from cognito_portal.ops.pages import typed as typed_texts
from cognito_portal.ops.pages.invitation_rows import rows, sender_names
from cognito_portal.ops.pages.list_urls import KEY
from cognito_portal.ops.pages.places import PLACES, places_of
from cognito_portal.ops.pages.standing import standing, term

LIST = "ops/invitations.html"
TEXT = "text"
_NOT_OF_THE_FILTER = {"csrfmiddlewaretoken", TEXT}


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Fifty invitations of a filter; a POST is the form, since what is typed may be somebody's name."""
    try:
        return _asked_for(request) if request.method == "POST" else _page(request)
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None


def _asked_for(request: HttpRequest) -> HttpResponse:
    params = QueryDict(mutable=True)
    for name, texts in request.POST.lists():
        if name not in _NOT_OF_THE_FILTER:
            params.setlist(name, texts)
    text = request.POST.get(TEXT, "")
    try:
        asked = LedgerFilter.parse(params, text=text)
    except BadFilter as bad:
        return _refused(request, params.dict() | {TEXT: text}, bad.problems)
    return redirect(_url(request, asked))


def _page(request: HttpRequest) -> HttpResponse:
    try:
        text = typed_texts.recall(request, request.GET.get(KEY, "")).get(TEXT, "")
        asked = LedgerFilter.parse(request.GET, text=text, also=(*PLACES, KEY))
        places = places_of(request.GET)
        moment = term()
        page = search.page(asked, moment, **places)
    except typed_texts.NotKept:
        gone = _("What you typed for this list is not kept any more. Type it again.")
        return _refused(request, request.GET.dict(), {TEXT: gone})
    except BadFilter as bad:
        return _refused(request, request.GET.dict(), bad.problems)
    except NoSuchPlace:
        gone = _("The invitation at which this page began is gone. Start again from the first page.")
        return _refused(request, request.GET.dict(), {"": gone})
    _note_listed(request, asked, len(page.lines))
    names = sender_names(search.senders())
    context = _form(asked.shown() | {TEXT: asked.text}, names) | _found(request, asked, page, moment)
    context["chips"] = [(chip, _url(request, chip.without)) for chip in asked.chips(names)]
    context["rows"] = rows(page.lines, moment, names)
    if not places:
        context["count"] = search.capped_count(asked, moment)
    return render(request, LIST, context)


def _found(request: HttpRequest, asked: LedgerFilter, page: search.Page, moment: Term) -> dict[str, Any]:
    key = typed_texts.keep(request, _typed(asked))
    counts = search.counts(moment)
    return {
        "first_url": _url(request, asked) if page.earlier else "",
        "next_query": asked.query(typed=key, after=str(page.following)) if page.following else "",
        "previous_query": asked.query(typed=key, before=str(page.earlier)) if page.earlier else "",
        "states": [
            (label, LedgerFilter(state=state).query(), counts[state], state == asked.state)
            for state, label in STATES.items()
            if state in counts
        ],
        "is_by_move": asked.sort == "-moved",
        "is_down": asked.sort != "sent",
        "days": moment.days,
        "may_act": is_in_group(request, Role.OPS, Role.ADMINS),
    }


def _typed(asked: LedgerFilter) -> dict[str, str]:
    return {TEXT: asked.text} if asked.text else {}


def _url(request: HttpRequest, asked: LedgerFilter) -> str:
    query = asked.query(**{KEY: typed_texts.keep(request, _typed(asked))})
    return reverse("desk:invitations") + (f"?{query}" if query else "")


def _note_listed(request: HttpRequest, asked: LedgerFilter, count: int) -> None:
    parts = ["invitations", *(f"{name}={text}" for name, text in asked.shown().items()), *_typed(asked)]
    record.note(
        event=Event.OPS_ACCOUNTS_LISTED,
        outcome=Outcome.SUCCESS,
        by=actor(request),
        step=" ".join(parts)[:64],
        count=count,
    )


def _refused(request: HttpRequest, given: Mapping[str, Any], problems: Mapping[str, str]) -> HttpResponse:
    record.note_bounded(
        event=Event.OPS_INPUT_REFUSED,
        outcome=Outcome.INPUT_REFUSED,
        by=actor(request),
        step=",".join(name or "filter" for name in problems)[:64],
    )
    shown = {name: str(text) for name, text in given.items()}
    context = _form(shown, sender_names(search.senders())) | {"problems": problems}
    return render(request, LIST, context, status=400)


def _form(given: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    """The form as it was filled in."""
    choices = {"state": STATES.items(), "sender": names.items(), "sort": SORTS.items()}
    return {
        "choices": choices,
        "given": {name: given.get(name, "") for name in (TEXT, "state", "sender", "since", "until", "sort")},
        "longest": LONGEST,
        "standing": standing(),
    }
