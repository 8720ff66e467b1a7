"""One row with all that is stored of it, and the attempt it belongs to."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cognito_portal.access import Role, staff_role
from cognito_portal.audit import queries, search
from cognito_portal.audit.addresses import parsed_address
from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.filters import Filter, time_text
from cognito_portal.audit.models import AuditEvent, AuditLeaf
from cognito_portal.audit.pages import reading
from cognito_portal.audit.walk import MAX_ID

TIMELINE = 200

FIELDS: dict[str, str | Promise] = {
    "event": _("Event"),
    "phase": _("Phase"),
    "step": _("Step"),
    "outcome": _("Outcome"),
    "error_code": _("Cognito error"),
    "count": _("Stands for so many acts"),
    "duration_ms": _("Duration in milliseconds"),
    "username": _("Username as typed"),
    "canonical_username": _("Canonical username"),
    "sub": _("sub"),
    "person_id": _("Person id"),
    "actor": _("Actor"),
    "address": _("Address"),
    "user_agent": _("Browser"),
    "pool_id": _("User pool"),
    "client_id": _("App client"),
    "attempt_id": _("Attempt"),
    "turn": _("Turn in the attempt"),
    "call_id": _("Call"),
    "request_id": _("AWS request id"),
    "once": _("Written once under"),
    "version": _("Version of the row"),
    "key_id": _("Key of its MAC"),
    "mac": _("MAC"),
}
_COPIED = frozenset(FIELDS) - {"phase", "count", "duration_ms", "turn", "version"}


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest, row_id: int) -> HttpResponse:
    """Every field of a row, the rows of its attempt, and the ways on to what is like it."""
    try:
        found = queries.rows_by_id([row_id]) if row_id <= MAX_ID else []
        if not found:
            raise Http404
        return render(request, "audit/row.html", _context(found[0]))
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None


def _context(row: queries.Row) -> dict[str, Any]:
    event = AuditEvent.objects.get(pk=row.id)
    stored = _stored(row, event)
    attempt = _attempt(row)
    return {
        "row": reading.in_words([row])[0],
        "fields": [
            {"name": name, "label": label, "value": stored[name], "copied": name in _COPIED}
            for name, label in FIELDS.items()
            if stored[name] not in ("", None)
        ],
        "json": json.dumps(
            {"id": row.id, "time": time_text(row.time)} | stored, indent=2, ensure_ascii=False
        ),
        "time_text": time_text(row.time),
        "leaf": AuditLeaf.objects.filter(event_id=row.id).first(),
        "attempt": reading.in_words(attempt),
        "more_of_attempt": len(attempt) == TIMELINE,
        "ways": _ways(row, event.person_id),
        "section": "rows",
    }


def _stored(row: queries.Row, event: AuditEvent) -> dict[str, Any]:
    names = {"username": row.username, "canonical_username": row.canonical_username, "sub": row.sub}
    stored = {name: names[name] if name in names else getattr(event, name) for name in FIELDS}
    return stored | {"mac": bytes(event.mac).hex() if event.mac else ""}


def _attempt(row: queries.Row) -> list[queries.Row]:
    """The attempt's rows, oldest first."""
    if not row.attempt_id:
        return []
    page = search.page(Filter(attempt_id=row.attempt_id, begun=True), limit=TIMELINE)
    return page.rows[::-1]


def _ways(row: queries.Row, person_id: str) -> list[dict[str, Any]]:
    minute = row.time.replace(second=0, microsecond=0)
    ways = [
        (_("Same person"), Filter(person=person_id) if person_id else None),
        (_("Same address"), _same_address(row.address)),
        (_("Around this minute"), _around(minute)),
        (_("Whole attempt"), Filter(attempt_id=row.attempt_id, begun=True) if row.attempt_id else None),
        (_("Same AWS request"), Filter(request_id=row.request_id) if row.request_id else None),
    ]
    return [{"label": label, "query": asked.query()} for label, asked in ways if asked]


def _same_address(address: str) -> Filter | None:
    parsed = parsed_address(address)
    return Filter(address=str(parsed)) if parsed else None


def _around(minute: datetime) -> Filter:
    return Filter(since=minute - timedelta(minutes=1), until=minute + timedelta(minutes=2), begun=True)
