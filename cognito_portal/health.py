"""Is the process up, and could it sign somebody in?"""

from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from cognito_portal.access import public
from cognito_portal.audit import triggers
from cognito_portal.audit.record import AuditUnavailable


class ProbeMiddleware:
    """Answers the two probes before anything asks for a host name or TLS: a probe comes by bare address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path)
        return probe(request) if probe else self.get_response(request)


@public
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while the process answers."""
    return JsonResponse({"status": "ok"})


@public
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 where the database answers, is migrated, and guards the audit log; otherwise 503 and what is missing."""
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return JsonResponse({"status": "migrations are missing"}, status=503)
        triggers.require()
    except AuditUnavailable:
        return JsonResponse({"status": "the audit log is not guarded"}, status=503)
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": "the database does not answer, or refuses this role"}, status=503)
    return JsonResponse({"status": "ok"})


PROBES: dict[str, Callable[[HttpRequest], HttpResponseBase]] = {"/healthz": healthz, "/readyz": readyz}
