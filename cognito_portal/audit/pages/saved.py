"""Searches that auditors keep under a name, for themselves or for all auditors.

Filter and name may name a person, so the row of the log holds only the search's id, and whether it is shared.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import BadFilter, Chip, Filter
from cognito_portal.audit.models import SavedSearch
from cognito_portal.audit.storable import storable

MAX_NAME = 80
MAX_OWN = 100


def for_list(request: HttpRequest) -> list[SavedSearch]:
    """What the list of rows offers: the own searches and those that others share."""
    return list(_visible(request).select_related("owner"))


def _me(request: HttpRequest) -> int:
    return int(request.user.pk or 0)


def _visible(request: HttpRequest) -> QuerySet[SavedSearch]:
    return SavedSearch.objects.filter(Q(owner=_me(request)) | Q(is_shared=True)).order_by("name", "id")


@staff_role(Role.AUDITORS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The own and the shared searches; a POST keeps one more."""
    if request.method == "POST":
        return _keep(request)
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    me = _me(request)
    searches: list[dict[str, Any]] = [
        {"search": one, "chips": _chips(one.query)} for one in for_list(request)
    ]
    own = [each for each in searches if each["search"].owner_id == me]
    context = {
        "own": own,
        "shared": [each for each in searches if each not in own],
        "section": "searches",
        "max_name": MAX_NAME,
    }
    return render(request, "audit/searches.html", context | more, status=status)


def _chips(query: str) -> list[Chip]:
    """What a search asks for. One that another release kept, and this cannot read, asks for nothing."""
    try:
        return Filter.of_query(query, now=timezone.now()).chips()
    except BadFilter:
        return []


def _keep(request: HttpRequest) -> HttpResponse:
    name, query = request.POST.get("name", "").strip(), request.POST.get("query", "")
    try:
        asked = Filter.of_query(query, now=timezone.now())
    except BadFilter as bad:
        return _refuse(request, "query", bad.message)
    problem = _problem(request, name, asked)
    if problem:
        return _refuse(request, "name", problem, name=name, query=asked.query(), chips=asked.chips())
    if not _create(request, name, asked):
        taken = _("You have a search of this name. Give this one another.")
        return _refuse(request, "name", taken, name=name, query=asked.query(), chips=asked.chips())
    return redirect("audit:searches")


def _create(request: HttpRequest, name: str, asked: Filter) -> bool:
    """Keep a search; False where one of this name is kept already. Raises AuditUnavailable."""
    with record.write_transaction():
        try:
            with transaction.atomic():
                one = SavedSearch.objects.create(
                    owner_id=_me(request),
                    name=name,
                    query=asked.query(),
                    is_shared=request.POST.get("is_shared") == "1",
                    created_at=timezone.now(),
                )
        except IntegrityError:
            return False
        _note(request, Event.AUDIT_SEARCH_SAVED, one)
    return True


def _note(request: HttpRequest, event: Event, one: SavedSearch) -> None:
    reach = "shared" if one.is_shared else "own"
    record.note(event=event, outcome=Outcome.RECORDED, by=actor(request), step=f"search:{one.pk} {reach}")


def _problem(request: HttpRequest, name: str, asked: Filter) -> str:
    if not asked.query():
        return _("Choose at least one filter first.")
    if not name:
        return _("Give this search a name.")
    if len(name) > MAX_NAME:
        return _("This name is too long: at most %(limit)d characters.") % {"limit": MAX_NAME}
    if storable(name, MAX_NAME) != name:
        return _("There is a character in this name that cannot be kept.")
    if SavedSearch.objects.filter(owner=_me(request)).count() >= MAX_OWN:
        return _("You keep %(limit)d searches. Delete one first.") % {"limit": MAX_OWN}
    return ""


def _refuse(request: HttpRequest, field: str, problem: str, **kept: Any) -> HttpResponse:
    record.note_bounded(
        event=Event.AUDIT_INPUT_REFUSED,
        outcome=Outcome.INPUT_REFUSED,
        by=actor(request),
        step=f"saved search: {field}",
    )
    is_shared = request.POST.get("is_shared") == "1"
    return _page(request, status=400, problems={field: problem}, kept=kept | {"is_shared": is_shared})


@staff_role(Role.AUDITORS)
@never_cache
@require_POST
def share(request: HttpRequest, search_id: int) -> HttpResponse:
    """Show a search to all auditors, or no longer. Only its owner may."""
    one = get_object_or_404(SavedSearch, pk=search_id, owner=_me(request))
    one.is_shared = request.POST.get("is_shared") == "1"
    with record.write_transaction():
        one.save(update_fields=["is_shared"])
        _note(request, Event.AUDIT_SEARCH_SHARED, one)
    return redirect("audit:searches")


@staff_role(Role.AUDITORS)
@never_cache
@require_POST
def delete(request: HttpRequest, search_id: int) -> HttpResponse:
    """Keep a search no longer. Only its owner may."""
    one = get_object_or_404(SavedSearch, pk=search_id, owner=_me(request))
    with record.write_transaction():
        _note(request, Event.AUDIT_SEARCH_REMOVED, one)
        one.delete()
    return redirect("audit:searches")
