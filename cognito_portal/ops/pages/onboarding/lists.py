"""All lists, the newest first."""

from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.ops.jobs.words import STATES
from cognito_portal.ops.models import OnboardingJob
from cognito_portal.ops.onboarding import looking

SHOWN = 50


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """What was uploaded, by whom, and how far it is."""
    try:
        jobs = list(OnboardingJob.objects.order_by("-made_at")[:SHOWN])
        counts = looking.counts_of(jobs)
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    shown = [_for_reading(job, counts[job.id]) for job in jobs]
    context = {"jobs": shown, "may_act": is_in_group(request, Role.OPS, Role.ADMINS)}
    return render(request, "ops/onboarding/lists.html", context)


def _for_reading(job: OnboardingJob, counts: looking.Counts) -> dict[str, Any]:
    words, kind, icon = STATES[job.state]
    return {"job": job, "state": {"words": words, "kind": kind, "icon": icon}, "counts": counts}
