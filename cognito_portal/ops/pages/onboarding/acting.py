"""Start, pause, resume and cancel a list."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.ops.onboarding import reasons, steering
from cognito_portal.ops.pages.onboarding.one import found, page

START, DISCARD = "start", "discard"
_WITH_REASON: dict[str, Callable[..., bool]] = {
    "pause": steering.pause,
    "resume": steering.resume,
    "cancel": steering.cancel,
}


@staff_role(Role.OPS)
@never_cache
@require_POST
def act(request: HttpRequest, job_id: str) -> HttpResponseBase:
    """Do what the pressed button says. 404 for another one; 409 where the list has moved on meanwhile."""
    job, name = found(job_id), request.POST.get("act", "")
    if name == START:
        is_done = steering.start(job, by=actor(request), now=timezone.now())
        return redirect("desk:onboarding_list", job.id) if is_done else _too_late(request, job_id)
    if name == DISCARD:
        is_done = steering.discard(job, by=actor(request), now=timezone.now())
        return redirect("desk:onboarding") if is_done else _too_late(request, job_id)
    move = _WITH_REASON.get(name)
    if move is None:
        raise Http404
    reason = request.POST.get("reason", "").strip()
    problem = reasons.fault_of(reason) or reasons.names_somebody(reason, reasons.named_in(job))
    if problem:
        return page(request, job, status=400, problem=problem, reason=reason)
    if not move(job, reason=reason, by=actor(request), now=timezone.now()):
        return _too_late(request, job_id, reason=reason)
    return redirect("desk:onboarding_list", job.id)


def _too_late(request: HttpRequest, job_id: str, *, reason: str = "") -> HttpResponseBase:
    words = _(
        "Nothing was done: the list has moved on since this page was loaded. This is how it stands now."
    )
    return page(request, found(job_id), status=409, problem=words, reason=reason)
