"""Groups, second factors, devices and Cognito's own sign-in events of one account, on a page of their own.

They are asked for only when somebody wants them: the verdict waits for none of it.
"""

from datetime import UTC, datetime

from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts.flow import person_of
from cognito_portal.ops.diagnosis import gather
from cognito_portal.ops.diagnosis.facts import Lookup
from cognito_portal.ops.pages.account import LONGEST_SUB
from cognito_portal.ops.records import records_of


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest, sub: str) -> HttpResponse:
    """What Cognito keeps of the account with this sub; that it was looked at is in the log first."""
    account = _account(sub)
    if account is None:
        return render(request, "ops/records.html", {"sub": sub})
    record.note(
        event=Event.OPS_RECORDS_SHOWN, outcome=Outcome.SUCCESS, by=actor(request), person=person_of(account)
    )
    records = records_of(account)
    context = {
        "sub": sub,
        "account": account,
        "records": records,
        "devices": [(each, _moment(each.last_authenticated_at)) for each in records.devices.found],
        "sign_ins": [(each, _moment(each.at)) for each in records.sign_ins.found],
        "may_act": is_in_group(request, Role.OPS, Role.ADMINS),
    }
    return render(request, "ops/records.html", context)


def _account(sub: str) -> PoolUser | None:
    """The account; None where Cognito cannot be asked. 404 where there is none."""
    if len(sub) > LONGEST_SUB:
        raise Http404
    try:
        found = gather.find_by_sub(sub)
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    if found.lookup is Lookup.NOT_FOUND:
        raise Http404
    return found.account


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
