"""What people asked the help desk for: a new invitation, or that somebody looks at "this wasn't me"."""

from datetime import timedelta

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import queries, record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.pages.reading import in_words
from cognito_portal.audit.record import AuditUnavailable

SHOWN = 100
OPEN_FOR = timedelta(days=30)
LARGEST_ID = 2**63 - 1
REQUESTS = (Event.SIGNIN_INVITATION_REQUESTED, Event.ACCOUNT_NOT_ME_REPORTED)


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The requests of the last 30 days that nobody has dealt with, the oldest first."""
    try:
        found = queries.open_requests(since=timezone.now() - OPEN_FOR, limit=SHOWN + 1)
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    context = {
        "rows": in_words(found[:SHOWN]),
        "is_cut": len(found) > SHOWN,
        "shown": SHOWN,
        "may_act": is_in_group(request, Role.OPS, Role.ADMINS),
    }
    return render(request, "ops/requests.html", context)


@staff_role(Role.OPS)
@never_cache
@require_POST
def handled(request: HttpRequest, row_id: int) -> HttpResponse:
    """Write down that a request was dealt with. 404 for a row that is none; once is enough."""
    found = queries.rows_by_id([row_id]) if row_id <= LARGEST_ID else []
    if not found or found[0].event not in REQUESTS:
        raise Http404
    asked = found[0]
    record.note(
        event=Event.OPS_REQUEST_HANDLED,
        outcome=Outcome.SUCCESS,
        by=actor(request),
        step=asked.event,
        person=_person(asked),
        client_id=settings.COGNITO_CLIENT_ID,
        once=f"{queries.REQUEST_HANDLED}{asked.id}",
    )
    return redirect("desk:requests")


def _person(row: queries.Row) -> record.Person:
    return record.Person(
        pool_id=row.pool_id, typed=row.username, canonical=row.canonical_username, sub=row.sub
    )
