"""The app client's settings that keep people out, each with what mends it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cognito_portal import clients
from cognito_portal.access import Role, staff_role
from cognito_portal.ops.diagnosis.mending import settings_mends


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """What is wrong with the settings, in words, and the lines to run; the portal changes none itself."""
    client = clients.client_settings()
    context = {"is_known": client is not None, "mends": settings_mends(client)}
    return render(request, "ops/settings.html", context)
