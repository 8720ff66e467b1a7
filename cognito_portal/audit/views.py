"""The newest audit rows, for auditors."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cognito_portal.access import Role, staff_role
from cognito_portal.audit import queries
from cognito_portal.audit.background import worker_seen
from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.events import EVENTS, Event, Outcome
from cognito_portal.audit.readings import OUTCOMES

PAGE = 50
MAX_ID = 2**63 - 1


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def newest(request: HttpRequest) -> HttpResponse:
    """Fifty rows, newest first; `?before=` is the place of the last row of the page before."""
    place = request.GET.get("before")
    try:
        rows = queries.newest_rows(limit=PAGE + 1, before=None if place is None else _parsed(place))
        seen = worker_seen()
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    context = {
        "worker": seen,
        "rows": [_for_reading(row) for row in rows[:PAGE]],
        "older": urlencode({"before": _place(rows[PAGE - 1])}) if len(rows) > PAGE else "",
        "newest_url": "" if place is None else reverse("audit:list"),
    }
    return render(request, "audit/list.html", context)


def _place(row: queries.Row) -> str:
    return f"{row.time.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{row.id}"


def _parsed(place: str) -> tuple[datetime, int]:
    """(time, id) out of what `_place` wrote. Raises Http404 for anything else."""
    moment, _, row_id = place.partition("-")
    try:
        parsed = datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        raise Http404 from None
    if not row_id.isascii() or not row_id.isdigit() or len(row_id) > 19 or int(row_id) > MAX_ID:
        raise Http404
    return parsed, int(row_id)


def _for_reading(row: queries.Row) -> dict[str, Any]:
    """A row with words beside its codes. Codes of another release are shown as they are."""
    event, outcome = row.event, row.outcome
    reading = OUTCOMES[Outcome(outcome)] if outcome in set(Outcome) else None
    return asdict(row) | {
        "event_label": EVENTS[Event(event)].label if event in set(Event) else event,
        "outcome_label": reading.label if reading else outcome,
        "outcome_tone": reading.tone if reading else "plain",
    }
