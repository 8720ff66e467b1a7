"""The page of reviews and exports, the form that signs one, and “verify now”."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import BadFilter, Filter
from cognito_portal.audit.insight import reviews, verification
from cognito_portal.audit.insight.pages.asking import in_words, refused
from cognito_portal.audit.insight.reviews import Scope
from cognito_portal.audit.models import AuditEvent, Export
from cognito_portal.audit.names import TooManyPeople
from cognito_portal.audit.pages.reading import staff_names

PAGE = 50
EXPORTS = 20
MAX_ID_DIGITS = 18


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Who reviewed what and who exported what, newest first; what nobody has reviewed; the last verification."""
    before = request.GET.get("before")
    if before is not None and not _is_number(before):
        raise Http404
    now = timezone.now()
    made = reviews.listed(limit=PAGE + 1, before=None if before is None else int(before))
    exports = list(Export.objects.order_by("-asked_at")[:EXPORTS])
    told = list(
        AuditEvent.objects.filter(event__in=[Event.AUDIT_EXPORTED, Event.AUDIT_EXPORT_FETCHED])
        .order_by("-time", "-id")
        .only("time", "event", "actor", "step", "count")[:EXPORTS]
    )
    newest, waiting = verification.find_newest(), verification.find_waiting()
    names = staff_names(
        [
            *(review.reviewer for review in made),
            *(export.asked_by for export in exports),
            *(row.actor for row in told),
            *(each.asked_by for each in (newest, waiting) if each),
        ]
    )
    context = {
        "reviews": [
            {
                "review": review,
                "who": names.get(review.reviewer, review.reviewer),
                "words": in_words(review.query, now=now),
                "is_capped": review.rows >= reviews.CAP,
            }
            for review in made[:PAGE]
        ],
        "older": made[PAGE - 1].id if len(made) > PAGE else None,
        "exports": [_export(export, names, now) for export in exports],
        "export_rows": [{"row": row, "who": names.get(row.actor, row.actor)} for row in told],
        "signed": request.GET.get("signed") == "1",
    }
    return render(request, "audit/reviews.html", context | _note() | _verified(names))


def _export(export: Export, names: dict[str, str], now: datetime) -> dict[str, Any]:
    return {
        "export": export,
        "who": names.get(export.asked_by, export.asked_by),
        "words": in_words(export.query, now=now),
    }


def _note() -> dict[str, Any]:
    return {"unreviewed": reviews.unreviewed()}


def _verified(names: dict[str, str]) -> dict[str, Any]:
    newest, waiting = verification.find_newest(), verification.find_waiting()
    return {
        "verified": newest,
        "verified_by": names.get(newest.asked_by, newest.asked_by) if newest else "",
        "verification_waits": waiting,
        "verification_waits_for": names.get(waiting.asked_by, waiting.asked_by) if waiting else "",
    }


@staff_role(Role.AUDITORS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest) -> HttpResponse:
    """Show exactly what a review of this filter would sign, and sign it."""
    if request.method == "POST":
        return _sign(request)
    now = timezone.now()
    try:
        asked = Filter.parse(request.GET, now=now)
    except BadFilter as bad:
        return refused(request, bad, title=_("Sign a review"))
    return _form(request, asked, now=now)


def _form(
    request: HttpRequest,
    asked: Filter,
    *,
    now: datetime,
    remarks: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    try:
        scope = reviews.scope_of(asked, now=now)
    except (reviews.TooWide, TooManyPeople):
        scope = None
    context = {
        "scope": scope,
        "query": asked.query(),
        "fixed_query": scope.asked.query() if scope else "",
        "chips": scope.asked.chips() if scope else asked.chips(),
        "remarks": remarks,
        "problem": problem,
        "max_remarks": reviews.MAX_REMARKS,
    }
    return render(request, "audit/reviews_sign.html", context, status=status)


def _sign(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    remarks = request.POST.get("remarks", "").strip()
    numbers = [request.POST.get(name, "") for name in ("rows", "last_event_id")]
    try:
        asked = Filter.of_query(request.POST.get("query", ""), now=now)
    except BadFilter:
        asked, numbers = Filter(), []
    if not numbers or not all(map(_is_number, numbers)):
        _record_refused(request)
        text = _("What was to be signed did not come with the form. This is what the whole log shows.")
        return _form(request, asked, now=now, remarks=remarks, problem=text, status=400)
    if len(remarks) > reviews.MAX_REMARKS:
        _record_refused(request)
        limit = {"limit": reviews.MAX_REMARKS}
        text = _("The remarks are too long: at most %(limit)d characters.") % limit
        return _form(request, asked, now=now, remarks=remarks, problem=text, status=400)
    scope = Scope(
        asked=asked,
        rows=int(numbers[0]),
        is_capped=request.POST.get("is_capped") == "1",
        last_event_id=int(numbers[1]),
    )
    try:
        reviews.sign(scope, remarks=remarks, by=actor(request), now=now)
    except (reviews.Changed, reviews.TooWide, TooManyPeople):
        text = _("The log no longer shows what you were about to sign. This is what it shows now.")
        return _form(request, asked, now=now, remarks=remarks, problem=text, status=409)
    return redirect(f"{reverse('audit:reviews')}?signed=1")


def _record_refused(request: HttpRequest) -> None:
    record.note_bounded(
        event=Event.AUDIT_INPUT_REFUSED,
        outcome=Outcome.INPUT_REFUSED,
        by=actor(request),
        step=request.path[:64],
    )


@staff_role(Role.AUDITORS)
@require_POST
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """Have the worker verify the log."""
    verification.ask(actor(request))
    return redirect(f"{reverse('audit:reviews')}#verified")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS
