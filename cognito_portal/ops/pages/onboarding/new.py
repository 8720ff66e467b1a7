"""A new list: a file or pasted rows in, its dry run out. Nothing is sent."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from cognito_portal import clients
from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.record import note
from cognito_portal.cognito.types import PoolSettings
from cognito_portal.ops.acts.flow import LONGEST_REASON
from cognito_portal.ops.invitations.fields import MEDIUMS, fields
from cognito_portal.ops.onboarding import known, reasons
from cognito_portal.ops.onboarding.checking import check_table, write_down
from cognito_portal.ops.onboarding.reading import Sheet
from cognito_portal.ops.onboarding.text import Unreadable
from cognito_portal.ops.pages.onboarding.door import FIELD, MOST_BYTES, OneFile

MOST_PASTED_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was filled in, to be shown again beside what is wrong with it."""

    title: str = ""
    rows: str = ""
    medium: str = ""


@csrf_exempt  # Checked by `_new`, once a file may be read at all.
@staff_role(Role.OPS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """The form, or the checked list that comes of it. Whoever may not be here sends no file."""
    door = OneFile(request)
    request.upload_handlers = [door]
    try:
        return _new(request, door)
    except RequestDataTooBig:
        words = _("That is too much to paste (%(kb)d kB). Save it as a file and upload that.")
        return _page(request, Typed(), {"rows": words % {"kb": MOST_PASTED_BYTES // 1024}})


@csrf_protect
def _new(request: HttpRequest, door: OneFile) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request, Typed())
    typed = _typed(request)
    problems = _problems(request, typed, door)
    if problems:
        return _page(request, typed, problems)
    file = request.FILES.get(FIELD)
    given = file.read() if isinstance(file, UploadedFile) else typed.rows
    pool = clients.pool_settings()
    try:
        sheet = check_table(given, pool=pool, medium=typed.medium)
    except Unreadable as unreadable:
        _note_refusal(request, unreadable.code)
        return _page(request, typed, {_field(request): unreadable.words})
    naming = reasons.names_somebody(typed.title, _names(sheet))
    if naming:
        return _page(request, typed, {"title": naming})
    job = write_down(
        sheet,
        title=typed.title,
        pool=pool,
        existing=known.existing,
        by=actor(request),
        now=timezone.now(),
    )
    return redirect("desk:onboarding_list", job.id)


def _typed(request: HttpRequest) -> Typed:
    medium = request.POST.get("medium", "")
    return Typed(
        title=request.POST.get("title", "").strip(),
        rows=request.POST.get("rows", ""),
        medium=medium if medium in MEDIUMS else "",
    )


def _problems(request: HttpRequest, typed: Typed, door: OneFile) -> dict[str, str]:
    found = {"title": reasons.fault_of(typed.title)}
    has_file, has_rows = FIELD in request.FILES, bool(typed.rows.strip())
    if door.is_too_big:
        words = _("The file is larger than %(mb)d MB. Send it in several files.")
        found[FIELD] = words % {"mb": MOST_BYTES // 1024**2}
    elif has_file and has_rows:
        found["rows"] = _("Upload a file or paste rows, not both.")
    elif not has_file and not has_rows:
        found[FIELD] = _("Choose a file, or paste rows below.")
    return {name: words for name, words in found.items() if words}


def _field(request: HttpRequest) -> str:
    return FIELD if FIELD in request.FILES else "rows"


def _names(sheet: Sheet) -> list[str]:
    naming = ("username", "email", "phone_number")
    return [row.values[name] for row in sheet.rows for name in naming if name in row.values]


def _note_refusal(request: HttpRequest, code: str) -> None:
    note(
        event=Event.OPS_ONBOARDING_CHECKED,
        outcome=Outcome.INPUT_REFUSED,
        by=actor(request),
        error_code=code,
    )


def _page(request: HttpRequest, typed: Typed, problems: dict[str, str] | None = None) -> HttpResponse:
    pool = clients.pool_settings()
    context: dict[str, Any] = {
        "typed": typed,
        "problems": problems or {},
        "fields": _columns(pool),
        "is_pool_known": pool is not None,
        "longest": LONGEST_REASON,
        "most_rows": settings.ONBOARDING_MAX_ROWS,
        "mails_per_day": settings.ONBOARDING_MAILS_PER_DAY,
    }
    return render(request, "ops/onboarding/new.html", context, status=400 if problems else 200)


def _columns(pool: PoolSettings | None) -> list[dict[str, Any]]:
    return [{"name": each.name, "label": each.label, "required": each.required} for each in fields(pool)]
