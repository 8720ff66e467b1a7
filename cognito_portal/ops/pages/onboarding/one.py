"""One list: how far it is, what became of its rows, and its files."""

import re
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.record import AuditUnavailable, note
from cognito_portal.ops.acts.flow import LONGEST_REASON
from cognito_portal.ops.jobs.words import STATES
from cognito_portal.ops.models import OnboardingJob
from cognito_portal.ops.onboarding import looking, taking
from cognito_portal.ops.onboarding.words import ITEMS, WHY, problem_of
from cognito_portal.ops.pages.account import mask
from cognito_portal.worker.jobs import ASLEEP, is_silent, last_seen

SHOWN = 50
PROBLEMS = "problems"
LARGEST_NUMBER = 2**31 - 1
_ID = re.compile(r"[0-9a-f]{32}")
_State = OnboardingJob.State
_FILES = {"to-mend": taking.rows_to_mend, "results": taking.results}


def found(job_id: str) -> OnboardingJob:
    """The list with this id. Raises Http404 where there is none, and AuditUnavailable."""
    try:
        job = OnboardingJob.objects.filter(id=job_id).first() if _ID.fullmatch(job_id) else None
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    if job is None:
        raise Http404
    return job


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest, job_id: str) -> HttpResponseBase:
    """A list, its people's addresses masked."""
    return page(request, found(job_id))


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_POST
def in_clear(request: HttpRequest, job_id: str) -> HttpResponseBase:
    """The same page with the addresses in clear; that they were asked for is in the log first."""
    job = found(job_id)
    note(
        event=Event.OPS_ATTRIBUTES_SHOWN,
        outcome=Outcome.SUCCESS,
        by=actor(request),
        step="onboarding",
        attempt_id=job.id,
    )
    return page(request, job, masked=False)


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def file(request: HttpRequest, job_id: str, which: str) -> HttpResponseBase:
    """The rows to mend or the results of all as CSV, after a row in the log. 404 for another file."""
    job = found(job_id)
    made = _FILES.get(which)
    if made is None:
        raise Http404
    note(
        event=Event.OPS_ONBOARDING_FETCHED,
        outcome=Outcome.RECORDED,
        by=actor(request),
        step=which,
        attempt_id=job.id,
    )
    response = HttpResponse("".join(made(job)).encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="onboarding-{job.id[:8]}-{which}.csv"'
    return response


def page(
    request: HttpRequest,
    job: OnboardingJob,
    *,
    masked: bool = True,
    status: int = 200,
    problem: str = "",
    reason: str = "",
) -> HttpResponse:
    """The page of a list. `problem` is what is wrong with `reason`, which was typed. Raises AuditUnavailable."""
    try:
        context = _job(job) | _rows(request, job, masked=masked)
        seen = last_seen()
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    context |= {
        "masked": masked,
        "problem": problem,
        "reason": reason[:LONGEST_REASON],
        "longest": LONGEST_REASON,
        "may_act": is_in_group(request, Role.OPS, Role.ADMINS),
        "is_asleep": is_silent(seen, ASLEEP),
        "keep_days": settings.ONBOARDING_KEEP_DAYS,
        "mails_per_day": settings.ONBOARDING_MAILS_PER_DAY,
    }
    return render(request, "ops/onboarding/list.html", context, status=status)


def _job(job: OnboardingJob) -> dict[str, Any]:
    counts = looking.counts(job)
    words, kind, icon = STATES[job.state]
    return {
        "job": job,
        "state": {"words": words, "kind": kind, "icon": icon},
        "why": WHY.get(job.why, ""),
        "counts": counts,
        "by_state": [
            {"state": state, "words": ITEMS[state][0], "count": counts.by_state[state]}
            for state in ITEMS
            if state in counts.by_state
        ],
        "known": looking.known(job) if job.state == _State.DRAFT else 0,
        "to_mend": sum(counts.by_state.get(state, 0) for state in looking.to_mend(job)),
        "is_moving": job.state in (_State.RUNNING, _State.WAITING),
        "is_open": job.state in (_State.RUNNING, _State.WAITING, _State.PAUSED),
    }


def _rows(request: HttpRequest, job: OnboardingJob, *, masked: bool) -> dict[str, Any]:
    show = request.GET.get("show", "")
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else 0
    states = looking.PROBLEMS if show == PROBLEMS else (show,) if show in ITEMS else ()
    lines = list(looking.lines(job, states, after=min(start, LARGEST_NUMBER), most=SHOWN + 1))
    return {
        "show": show if states else "",
        "after": start,
        "lines": [_line(line, masked=masked) for line in lines[:SHOWN]],
        "next_after": lines[SHOWN - 1].number if len(lines) > SHOWN else None,
    }


def _line(line: looking.Line, *, masked: bool) -> dict[str, Any]:
    words, kind, icon = ITEMS[line.state]
    is_address = "@" in line.name or line.name.startswith("+")
    return {
        "number": line.number,
        "name": mask(line.name) if masked and is_address else line.name,
        "sub": line.sub,
        "words": words,
        "kind": kind,
        "icon": icon,
        "problem": problem_of(line),
    }
