"""Is the process up, and could it sign somebody in?"""

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from cognito_portal.access import public
from cognito_portal.audit import triggers
from cognito_portal.audit.record import AuditUnavailable


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
        return JsonResponse({"status": "the database does not answer"}, status=503)
    return JsonResponse({"status": "ok"})
