"""One act on many accounts: how far it is, what became of each, and the file of it."""

import re
from collections.abc import Callable
from typing import Any

from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.record import AuditUnavailable, note
from cognito_portal.ops.acts.flow import LONGEST_REASON
from cognito_portal.ops.bulk import looking, steering
from cognito_portal.ops.bulk.words import ITEMS, WHY
from cognito_portal.ops.diagnosis.acts import ACTS, Act
from cognito_portal.ops.jobs.words import STATES
from cognito_portal.ops.models import BulkAct
from cognito_portal.ops.onboarding import reasons
from cognito_portal.worker.jobs import ASLEEP, is_silent, last_seen

SHOWN = 50
PROBLEMS = "problems"
_ID = re.compile(r"[0-9a-f]{32}")
_State = BulkAct.State
_OPEN = (_State.RUNNING, _State.WAITING, _State.PAUSED)
_MOVES: dict[str, Callable[..., bool]] = {"resume": steering.resume, "cancel": steering.cancel}


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def all_acts(request: HttpRequest) -> HttpResponse:
    """The acts on many, the newest first."""
    try:
        jobs = [_about(job) for job in BulkAct.objects.order_by("-made_at")[:SHOWN]]
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    return render(request, "ops/bulk/all.html", {"jobs": jobs})


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest, job_id: str) -> HttpResponse:
    """How far one is, and what became of each account."""
    return _page(request, _found(job_id))


@staff_role(Role.OPS)
@never_cache
@require_POST
def steer(request: HttpRequest, job_id: str) -> HttpResponse:
    """Resume it, or cancel the rest. 404 for another act; 409 where it has moved on meanwhile."""
    job, move = _found(job_id), _MOVES.get(request.POST.get("act", ""))
    if move is None:
        raise Http404
    reason = request.POST.get("reason", "").strip()
    problem = reasons.fault_of(reason)
    if problem:
        return _page(request, job, status=400, problem=problem, reason=reason)
    if not move(job, reason=reason, by=actor(request), now=timezone.now()):
        words = _("Nothing was done: it has moved on since this page was loaded. This is how it stands now.")
        return _page(request, _found(job_id), status=409, problem=words, reason=reason)
    return redirect("desk:bulk_act", job.id)


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def file(request: HttpRequest, job_id: str) -> HttpResponse:
    """What became of each account as CSV, after a row in the log."""
    job = _found(job_id)
    note(event=Event.OPS_BULK_FETCHED, outcome=Outcome.RECORDED, by=actor(request), attempt_id=job.id)
    try:
        made = "".join(looking.results(job)).encode()
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    response = HttpResponse(made, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{job.act}-{job.id[:8]}.csv"'
    return response


def _found(job_id: str) -> BulkAct:
    try:
        job = BulkAct.objects.filter(id=job_id).first() if _ID.fullmatch(job_id) else None
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    if job is None:
        raise Http404
    return job


def _page(
    request: HttpRequest, job: BulkAct, *, status: int = 200, problem: str = "", reason: str = ""
) -> HttpResponse:
    try:
        context = _about(job) | _lines(request, job)
        seen = last_seen()
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    context |= {
        "problem": problem,
        "reason": reason[:LONGEST_REASON],
        "reason_problem": problem,
        "longest": LONGEST_REASON,
        "may_act": is_in_group(request, Role.OPS, Role.ADMINS),
        "is_asleep": is_silent(seen, ASLEEP),
    }
    return render(request, "ops/bulk/one.html", context, status=status)


def _about(job: BulkAct) -> dict[str, Any]:
    counts = looking.counts(job)
    words, kind, icon = STATES[job.state]
    return {
        "job": job,
        "label": ACTS[Act(job.act)],
        "state": {"words": words, "kind": kind, "icon": icon},
        "why": WHY.get(job.why, ""),
        "counts": counts,
        "by_state": [
            {"state": state, "words": ITEMS[state][0], "count": counts.by_state[state]}
            for state in ITEMS
            if state in counts.by_state
        ],
        "is_moving": job.state in (_State.RUNNING, _State.WAITING),
        "is_open": job.state in _OPEN,
    }


def _lines(request: HttpRequest, job: BulkAct) -> dict[str, Any]:
    show, after = request.GET.get("show", ""), request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else 0
    states = looking.PROBLEMS if show == PROBLEMS else (show,) if show in ITEMS else ()
    lines = list(looking.lines(job, states, after=start, most=SHOWN + 1))
    return {
        "show": show if states else "",
        "after": start,
        "lines": [{"line": line, "badge": ITEMS[line.state]} for line in lines[:SHOWN]],
        "next_after": lines[SHOWN - 1].number if len(lines) > SHOWN else None,
    }
