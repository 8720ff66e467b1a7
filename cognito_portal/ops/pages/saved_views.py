"""Filters of the list of accounts that staff keep under a name, for themselves or for all of the desk.

What was typed into the box is not kept. The name of a view may name a person, so a row of the log has only the
view's id, and whether it is shared.
"""

from typing import Any

from django.db import Error, IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.audit.storable import storable
from cognito_portal.ops.index.filters import AccountFilter, BadFilter, Chip
from cognito_portal.ops.models import SavedView
from cognito_portal.ops.pages import typed as typed_texts
from cognito_portal.ops.pages.list_urls import KEY, list_url

MAX_NAME = 80
MAX_OWN = 100


def for_list(request: HttpRequest) -> list[SavedView]:
    """What the list of accounts offers: the own views and those that others share."""
    return list(_visible(request).select_related("owner"))


def _me(request: HttpRequest) -> int:
    return int(request.user.pk or 0)


def _visible(request: HttpRequest) -> QuerySet[SavedView]:
    return SavedView.objects.filter(Q(owner=_me(request)) | Q(is_shared=True)).order_by("name", "id")


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The own and the shared views; a POST keeps one more."""
    try:
        return _keep(request) if request.method == "POST" else _page(request)
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def open_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """The list of accounts as a view has it. 404 for a view of somebody else's that is not shared."""
    one = get_object_or_404(_visible(request), pk=view_id)
    try:
        asked = _asked(one)
    except BadFilter as bad:
        # Kept by another release, or for an attribute that is chosen no longer.
        return _page(request, status=400, problems=bad.problems)
    return redirect(list_url(request, asked))


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_POST
def share(request: HttpRequest, view_id: int) -> HttpResponse:
    """Show a view to all of the desk, or no longer. Only its owner may."""
    one = get_object_or_404(SavedView, pk=view_id, owner=_me(request))
    one.is_shared = request.POST.get("is_shared") == "1"
    with record.write_transaction():
        one.save(update_fields=["is_shared"])
        _note(request, Event.OPS_VIEW_SHARED, one)
    return redirect("desk:views")


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_POST
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Keep a view no longer. Only its owner may."""
    one = get_object_or_404(SavedView, pk=view_id, owner=_me(request))
    with record.write_transaction():
        _note(request, Event.OPS_VIEW_REMOVED, one)
        one.delete()
    return redirect("desk:views")


def _asked(view: SavedView) -> AccountFilter:
    return AccountFilter.parse(QueryDict(view.query), typed={"value": view.value})


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    views: list[dict[str, Any]] = [{"view": one, "chips": _chips(one)} for one in for_list(request)]
    own = [each for each in views if each["view"].owner_id == _me(request)]
    context = {"own": own, "shared": [each for each in views if each not in own], "max_name": MAX_NAME}
    return render(request, "ops/views.html", context | more, status=status)


def _chips(view: SavedView) -> list[Chip]:
    try:
        return _asked(view).chips()
    except BadFilter:
        return []


def _keep(request: HttpRequest) -> HttpResponse:
    name, query = request.POST.get("name", "").strip(), request.POST.get("query", "")
    try:
        params = QueryDict(query, mutable=True)
        value = typed_texts.recall(request, params.get(KEY, "")).get("value", "")
        asked = AccountFilter.parse(params, typed={"value": value}, also=(KEY,))
    except (BadFilter, typed_texts.NotKept):
        gone = _("This list cannot be kept. Open it again and choose its filters anew.")
        return _refuse(request, "query", gone)
    problem = _problem(request, name, asked)
    if not problem and not _create(request, name, asked):
        problem = _("You have a view of this name. Give this one another.")
    if problem:
        return _refuse(request, "name", problem, name=name, query=query, chips=asked.chips())
    return redirect("desk:views")


def _create(request: HttpRequest, name: str, asked: AccountFilter) -> bool:
    """Keep a view; False where one of this name is kept already. Raises AuditUnavailable."""
    with record.write_transaction():
        try:
            with transaction.atomic():
                one = SavedView.objects.create(
                    owner_id=_me(request),
                    name=name,
                    query=asked.query(),
                    value=asked.value,
                    is_shared=request.POST.get("is_shared") == "1",
                    created_at=timezone.now(),
                )
        except IntegrityError:
            return False
        _note(request, Event.OPS_VIEW_SAVED, one)
    return True


def _note(request: HttpRequest, event: Event, one: SavedView) -> None:
    reach = "shared" if one.is_shared else "own"
    record.note(event=event, outcome=Outcome.RECORDED, by=actor(request), step=f"view:{one.pk} {reach}")


def _problem(request: HttpRequest, name: str, asked: AccountFilter) -> str:
    if not asked.query():
        return _("Choose at least one filter or another order first. What is typed into the box is not kept.")
    if not name:
        return _("Give this view a name.")
    if len(name) > MAX_NAME:
        return _("This name is too long: at most %(limit)d characters.") % {"limit": MAX_NAME}
    if storable(name, MAX_NAME) != name:
        return _("There is a character in this name that cannot be kept.")
    if SavedView.objects.filter(owner=_me(request)).count() >= MAX_OWN:
        return _("You keep %(limit)d views. Delete one first.") % {"limit": MAX_OWN}
    return ""


def _refuse(request: HttpRequest, field: str, problem: str, **kept: Any) -> HttpResponse:
    record.note_bounded(
        event=Event.OPS_INPUT_REFUSED,
        outcome=Outcome.INPUT_REFUSED,
        by=actor(request),
        step=f"saved view: {field}",
    )
    is_shared = request.POST.get("is_shared") == "1"
    return _page(request, status=400, problems={field: problem}, kept=kept | {"is_shared": is_shared})
