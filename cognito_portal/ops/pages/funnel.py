"""The funnel of invitations: how many came how far, as a chart, as a table and as a CSV file."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.insight import drawing
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.ops.index.filters import BadFilter
from cognito_portal.ops.ledger import funnel, search
from cognito_portal.ops.ledger.filters import LedgerFilter
from cognito_portal.ops.pages.invitation_rows import sender_names
from cognito_portal.ops.pages.standing import standing, term

PAGE = "ops/funnel.html"
SPANS_DAYS = (7, 30, 90, 365)
_ASKED = ("sender", "since", "until")


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The funnel of a time and a sender."""
    try:
        names = sender_names(search.senders())
        try:
            asked = _asked(request)
        except BadFilter as bad:
            return _refused(request, bad.problems, names)
        return render(request, PAGE, _context(asked, names) | {"standing": standing()})
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The same numbers as a CSV file."""
    try:
        names = sender_names(search.senders())
        try:
            asked = _asked(request)
        except BadFilter as bad:
            return _refused(request, bad.problems, names)
        text = funnel.csv_of(funnel.funnel(asked, term()), names)
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    # With a mark of its encoding, without which spreadsheets take it for another one.
    response = HttpResponse(f"\ufeff{text}", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="invitations.csv"'
    return response


def _asked(request: HttpRequest) -> LedgerFilter:
    """The filter of the address. Raises BadFilter, also for what the funnel is not asked by."""
    if others := set(request.GET) - set(_ASKED):
        raise BadFilter(
            dict.fromkeys(others, _("There is no such filter. Start again from all invitations."))
        )
    return LedgerFilter.parse(request.GET)


def _context(asked: LedgerFilter, names: Mapping[str, str]) -> dict[str, Any]:
    found = funnel.funnel(asked, term())
    bars = drawing.rows([(step.people, 0) for step in found.steps])
    return {
        "asked": asked,
        "query": asked.query(),
        "given": asked.shown(),
        "senders": names.items(),
        "spans": _spans(asked),
        "steps": found.steps,
        "bars": list(zip(found.steps, bars, strict=True)),
        "height": len(bars) * drawing.ROW_HEIGHT,
        "labels": list(funnel.LABELS.values()),
        "by_sender": [
            (names.get(sender, sender), list(numbers.values())) for sender, numbers in found.by_sender
        ],
        "invited": found.steps[0].people,
    }


def _spans(asked: LedgerFilter) -> list[dict[str, Any]]:
    """Links to the last so many days, and to all of the time."""
    today = timezone.now().date()
    spans = [
        (_("%(days)d days") % {"days": days}, {"since": str(today - timedelta(days=days - 1))})
        for days in SPANS_DAYS
    ]
    spans.append((_("All of the time"), {}))
    shown = {name: text for name, text in asked.shown().items() if name != "sender"}
    return [
        {
            "label": label,
            "query": LedgerFilter(sender=asked.sender).query(**times),
            "is_current": shown == times,
        }
        for label, times in spans
    ]


def _refused(request: HttpRequest, problems: Mapping[str, str], names: Mapping[str, str]) -> HttpResponse:
    record.note_bounded(
        event=Event.OPS_INPUT_REFUSED,
        outcome=Outcome.INPUT_REFUSED,
        by=actor(request),
        step="funnel",
    )
    given = {name: request.GET.get(name, "") for name in _ASKED}
    context = {"problems": problems, "given": given, "senders": names.items(), "standing": standing()}
    return render(request, PAGE, context, status=400)
