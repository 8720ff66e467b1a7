"""What the pages of this room share: a filter that cannot be read, and one in words."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import LABELS, BadFilter, Filter

MAX_KEPT = 200


def refused(request: HttpRequest, bad: BadFilter, *, title: str) -> HttpResponse:
    """400: what was asked for is no filter. What was typed is kept, each beside its sentence."""
    record.note_bounded(
        event=Event.AUDIT_INPUT_REFUSED,
        outcome=Outcome.INPUT_REFUSED,
        by=actor(request),
        step=request.path[:64],
    )
    typed = [
        {
            "name": name,
            "label": label,
            "value": request.GET[name][:MAX_KEPT],
            "problem": bad.problems.get(name, ""),
        }
        for name, label in LABELS.items()
        if name in request.GET
    ]
    context = {"title": title, "problems": bad.problems, "typed": typed}
    return render(request, "audit/refused_filter.html", context, status=400)


def in_words(query: str, *, now: datetime) -> str:
    """A stored filter as people read it; one of another release as it was stored."""
    try:
        chips = Filter.of_query(query, now=now).chips()
    except BadFilter:
        return query
    return "; ".join(f"{chip.label}: {chip.value}" for chip in chips) or _("everything")
