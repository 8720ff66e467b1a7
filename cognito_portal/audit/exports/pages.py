"""The auditors' pages for exports: ask, watch, cancel, fetch."""

import re
import tempfile
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.exceptions import PermissionDenied
from django.db import Error
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import search, verifier
from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.exports import asking, files
from cognito_portal.audit.exports.formats import CONTENT_TYPES, Form, Format, chunks
from cognito_portal.audit.exports.jobs import KEPT
from cognito_portal.audit.exports.selection import Facts, select
from cognito_portal.audit.filters import BadFilter, Filter
from cognito_portal.audit.models import Export
from cognito_portal.audit.names import TooManyPeople
from cognito_portal.audit.proof.keys import BadKeys, as_setting, public_keys
from cognito_portal.audit.record import note, note_bounded
from cognito_portal.worker.jobs import ASLEEP, is_silent, last_seen

AT_ONCE = 10_000
"""Rows that go out while one waits; more than these are made in the background."""
SHOWN = 50
CHUNK_BYTES = 64 * 1024
_ID = re.compile(r"[0-9a-f]{32}")
_State = Export.State


@staff_role(Role.AUDITORS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponseBase:
    """What was exported and by whom; with a filter in the URL, or without one for all, the form to ask."""
    try:
        if request.method == "POST":
            return _asked(request)
        filter_ = Filter.parse(request.GET, now=timezone.now())
        return _page(request, filter_)
    except BadFilter as bad:
        return _refused(request, bad)
    except TooManyPeople:
        return _page(
            request, Filter(), problem=_("Too many people have this in their name. Give more of it.")
        )
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None


def _page(request: HttpRequest, filter_: Filter, *, problem: str = "", status: int = 200) -> HttpResponse:
    counted = search.capped_count(filter_, cap=AT_ONCE)
    context = {
        "section": "exports",
        "query": filter_.query(),
        "chips": filter_.chips(),
        "counted": counted,
        "at_once": AT_ONCE,
        "problem": problem,
        "exports": [_for_reading(export) for export in Export.objects.order_by("-asked_at")[:SHOWN]],
    }
    return render(request, "audit/exports/list.html", context, status=status)


def _refused(request: HttpRequest, bad: BadFilter) -> HttpResponse:
    """400 with a sentence that says what is wrong, and a row that says it was tried."""
    note_bounded(
        event=Event.AUDIT_INPUT_REFUSED,
        outcome=Outcome.INPUT_REFUSED,
        by=actor(request),
        step=bad.field or "filter",
    )
    return _page(request, Filter(), problem=bad.message, status=400)


def _asked(request: HttpRequest) -> HttpResponseBase:
    now = timezone.now()
    filter_ = Filter.of_query(request.POST.get("query", ""), now=now)
    form = _form(request)
    in_background = request.POST.get("manifest") == "1" or _is_long(filter_)
    filter_ = filter_.fixed(now=now)
    if in_background:
        export = asking.ask(filter_, form, by=actor(request), now=now)
        return redirect("audit:export", export.id)
    export = asking.ask(filter_, form, by=actor(request), now=now, state=_State.DONE)
    return _at_once(export, filter_, form)


def _form(request: HttpRequest) -> Form:
    """Raises BadFilter: what cannot be asked for is refused as a filter is."""
    asked = request.POST.get("format", "")
    if asked not in set(Format):
        raise BadFilter({"format": _("Choose CSV, NDJSON or XLSX.")})
    is_csv = asked == Format.CSV
    return Form(format=Format(asked), has_byte_order_mark=is_csv and request.POST.get("bom") == "1")


def _is_long(filter_: Filter) -> bool:
    return search.capped_count(filter_, cap=AT_ONCE).is_capped


def _at_once(export: Export, filter_: Filter, form: Form) -> HttpResponseBase:
    """The rows as a download. They are read to the end first, so that a slow browser holds up no database."""
    facts = Facts()
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 (the response closes it)
    try:
        for chunk in chunks(select(filter_), form, facts):
            file.write(chunk)
        Export.objects.filter(id=export.id).update(
            rows=facts.rows, expected_rows=facts.rows, size=file.tell(), finished_at=timezone.now()
        )
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return _download(file, name=f"audit-{export.id}.{export.format}", kind=CONTENT_TYPES[form.format])


def _download(file: BinaryIO, *, name: str, kind: str) -> HttpResponseBase:
    response = FileResponse(file, as_attachment=True, filename=name, content_type=kind)
    response.block_size = CHUNK_BYTES
    return response


def _found(request: HttpRequest, export_id: str) -> Export:
    """The export of this id. Raises Http404 for what is no id, and PermissionDenied, with a row, for no export's."""
    if not _ID.fullmatch(export_id):
        raise Http404
    found = Export.objects.filter(id=export_id).first()
    if found is None:
        note(
            event=Event.AUDIT_INPUT_REFUSED,
            outcome=Outcome.INPUT_REFUSED,
            by=actor(request),
            step=export_id,
        )
        raise PermissionDenied
    return found


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def export(request: HttpRequest, export_id: str) -> HttpResponseBase:
    """One export: how far it is, and what to do with it."""
    found = _found(request, export_id)
    try:
        keys = as_setting(public_keys())
    except BadKeys:
        keys = ""
    seen = last_seen()
    context = {
        "section": "exports",
        "export": _for_reading(found),
        "chips": _chips(found),
        "public_keys": keys.split(",") if keys else [],
        "is_asleep": is_silent(seen, ASLEEP),
    }
    return render(request, "audit/exports/export.html", context)


@staff_role(Role.AUDITORS)
@never_cache
@require_POST
def cancel(request: HttpRequest, export_id: str) -> HttpResponseBase:
    """Have a file not be made any further."""
    asking.cancel(_found(request, export_id), by=actor(request))
    return redirect("audit:export", export_id)


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def file(request: HttpRequest, export_id: str) -> HttpResponseBase:
    """The rows of a finished export."""
    found = _found(request, export_id)
    return _fetched(request, found, name=found.file, kind=CONTENT_TYPES[Format(found.format)])


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def manifest(request: HttpRequest, export_id: str) -> HttpResponseBase:
    """The signed manifest of a finished export."""
    found = _found(request, export_id)
    name = files.manifest_name(found.file) if found.file else ""
    return _fetched(request, found, name=name, kind="application/json", what="manifest")


def _fetched(
    request: HttpRequest, export: Export, *, name: str, kind: str, what: str = ""
) -> HttpResponseBase:
    """A file of an export, after its row in the log. Where there is none the export's page says why."""
    try:
        opened = files.path_of(name).open("rb")
    except (OSError, ValueError):
        return redirect("audit:export", export.id)
    try:
        asking.fetched(export, by=actor(request), what=what)
    except BaseException:
        opened.close()
        raise
    return _download(opened, name=f"audit-{name}", kind=kind)


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def verifier_script(request: HttpRequest) -> HttpResponseBase:
    """The program that checks an export on another machine."""
    opened = Path(verifier.__file__).open("rb")  # noqa: SIM115 (the response closes it)
    return _download(opened, name="verifier.py", kind="text/plain; charset=utf-8")


def _chips(export: Export) -> list[Any]:
    try:
        return list(Filter.of_query(export.query, now=export.asked_at).chips())
    except BadFilter:
        # A filter of another release.
        return []


def _for_reading(export: Export) -> dict[str, Any]:
    """An export with what its page says of it."""
    is_file = bool(export.file)
    total = max(export.expected_rows or 0, export.rows)
    return {
        "id": export.id,
        "asked_by": export.asked_by,
        "asked_at": export.asked_at,
        "format": export.format,
        "has_byte_order_mark": export.has_byte_order_mark,
        "query": export.query,
        "state": export.state,
        "is_open": export.state in (_State.WAITING, _State.RUNNING),
        "is_at_once": export.state == _State.DONE and not is_file and export.alive_at is None,
        "rows": export.rows,
        "total": total,
        "size": export.size,
        "problem": export.problem,
        "has_file": is_file,
        "kept_until": export.finished_at + KEPT if export.finished_at and is_file else None,
        "is_over": export.state == _State.DONE and not is_file and export.alive_at is not None,
    }
