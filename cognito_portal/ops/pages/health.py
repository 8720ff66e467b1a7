"""The pool's health: accounts that will fail, settings that hurt, and what mends each."""

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cognito_portal import clients
from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.ops.diagnosis.mending import settings_mends
from cognito_portal.ops.health.pool import pool_mends, untold
from cognito_portal.ops.health.troubles import found
from cognito_portal.ops.pages.standing import standing, term


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Counts out of the local index, and the settings as they were last read. No account is named here."""
    try:
        moment = term()
        troubles = found(moment)
        context = {
            "troubles": [each for each in troubles if each.is_there],
            "fine": [each.kind for each in troubles if not each.is_there],
            "standing": standing(),
            "days": moment.days,
        }
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    client = clients.client_settings()
    context |= {
        "mends": (*settings_mends(client), *pool_mends(clients.pool_settings(), clients.mfa_config())),
        "untold": untold(),
        "may_act": is_in_group(request, Role.OPS, Role.ADMINS),
    }
    return render(request, "ops/health.html", context)
