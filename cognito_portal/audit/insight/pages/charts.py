"""The page of charts, over the same filter as the list of rows."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cognito_portal.access import Role, staff_role
from cognito_portal.audit.event_names import EVENTS
from cognito_portal.audit.events import Event
from cognito_portal.audit.filters import BadFilter, Filter
from cognito_portal.audit.insight import charts, drawing
from cognito_portal.audit.insight.pages.asking import refused
from cognito_portal.audit.insight.results import RESULT_LABELS, Result

SHOWN_REASONS = 12


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Sign-ins over time, failure reasons, onboarding and addresses of a filter."""
    now = timezone.now()
    try:
        asked = Filter.parse(request.GET, now=now)
    except BadFilter as bad:
        return refused(request, bad, title=_("Charts"))
    made = charts.charts(asked, now=now)
    return render(request, "audit/charts.html", _context(asked, made, now))


def _context(asked: Filter, made: charts.Charts, now: datetime) -> dict[str, Any]:
    return {
        "query": asked.query(),
        "chips": asked.chips(),
        "spans": asked.spans(),
        "span": made.span,
        "grain": made.grain.value,
        "event_label": EVENTS[Event(asked.event)].label if asked.event else "",
        "sign_ins": _sign_ins(made),
        "reasons": _reasons(made.reasons),
        "funnel": _funnel(made.funnel),
        "sources": _sources(made.sources),
    }


def _sign_ins(made: charts.Charts) -> dict[str, Any] | None:
    if made.sign_ins is None:
        return None
    top = drawing.ceiling(made.sign_ins)
    totals = made.totals
    return {
        "columns": drawing.columns(made.sign_ins),
        "lines": drawing.lines(top),
        "rows": [
            {"bucket": bucket, "acts": [bucket.acts[result] for result in Result]}
            for bucket in made.sign_ins
            if bucket.total
        ],
        "legend": [
            {"kind": result.value, "label": label, "acts": totals[result]}
            for result, label in RESULT_LABELS.items()
        ],
        "total": sum(totals.values()),
    }


def _reasons(found: list[charts.Reason] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    shown = found[:SHOWN_REASONS]
    bars = drawing.rows([(reason.acts, 0) for reason in shown])
    return {"bars": list(zip(shown, bars, strict=True)), "all": found, "height": _height(bars)}


def _funnel(found: list[charts.Stage] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    bars = drawing.rows([(stage.people, 0) for stage in found])
    return {
        "bars": list(zip(found, bars, strict=True)),
        "all": found,
        "height": _height(bars),
        "people": sum(stage.people for stage in found),
    }


def _sources(found: list[charts.Source] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    bars = drawing.rows([(source.failures, source.successes) for source in found])
    return {"bars": list(zip(found, bars, strict=True)), "all": found, "height": _height(bars)}


def _height(bars: list[drawing.Row]) -> int:
    return len(bars) * drawing.ROW_HEIGHT
