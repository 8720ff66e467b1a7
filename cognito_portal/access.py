"""Who may see what. Every view declares it with one of the decorators here; one that does not is refused.

A view is `public`, or needs a person who came through the walk (`cognito_user_required`), or a member of
staff in one of the named groups (`staff_role`). The declaration stays on the view, so that a test can list
every URL with its role and DenyByDefaultMiddleware can refuse a view without one (ASVS 8.1.1, 8.2.1).
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.identity import current_user

if TYPE_CHECKING:
    # This module is read before Django knows its models.
    from django.contrib.auth.models import AnonymousUser, User

View = Callable[..., HttpResponseBase]


class Role(StrEnum):
    """What a view can ask for. The last three are names of Django groups."""

    PUBLIC = "public"
    COGNITO_USER = "cognito_user"
    OPS = "ops"
    AUDITORS = "auditors"
    ADMINS = "admins"


STAFF_GROUPS = (Role.OPS, Role.AUDITORS, Role.ADMINS)

SECOND_STEP = "staff_second_step"
"""The session's key for what the second step of a staff sign-in was proven with; none where there was none."""
ROLES = "staff_roles"
"""The session's key for the roles that a company's ID token gave, in the place of Django's groups."""


def declare(view: View, *roles: Role) -> View:
    """Write on a view who may see it, and return it."""
    view.roles = frozenset(roles)  # type: ignore[attr-defined]
    return view


def declared(view: View) -> frozenset[Role]:
    """The roles that a view declares; empty where it declares none."""
    roles: frozenset[Role] = getattr(view, "roles", frozenset())
    return roles


def public(view: View) -> View:
    """Anyone may see this view."""
    return declare(view, Role.PUBLIC)


def cognito_user_required(view: View) -> View:
    """Only a person whose tokens were verified at the end of the walk; others go to the sign-in page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if current_user(request) is None:
            return redirect("signin:start")
        return view(request, *args, **kwargs)

    return declare(guarded, Role.COGNITO_USER)


def staff_role(*groups: Role) -> Callable[[View], View]:
    """Only staff in one of these groups (admins always). Others get 403 and an audit row.

    Whoever has a role that asks for a second step, and proved none, is led to sign in again: the role may have
    come after they signed in.
    """
    allowed = frozenset(groups) | {Role.ADMINS}

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated or lacks_second_step(request):
                return redirect(f"{resolve_url('ops:sign_in')}?{urlencode({'next': request.path})}")
            if not is_in_group(request, *allowed):
                _record_denial(request)
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return declare(guarded, *allowed)

    return decorate


def is_in_group(request: HttpRequest, *groups: Role) -> bool:
    """Whether whoever of the staff is here belongs to one of these groups."""
    return bool(roles_of(request) & set(groups))


def groups_of(user: "User | AnonymousUser") -> frozenset[str]:
    """The names of the groups of an account, read anew."""
    return frozenset(user.groups.values_list("name", flat=True))


def roles_of(request: HttpRequest) -> frozenset[str]:
    """What whoever of the staff is here may be: by the company's ID token, or by their groups as they are now."""
    given = request.session.get(ROLES) if request.user.is_authenticated else None
    return groups_of(request.user) if given is None else frozenset(given)


def lacks_second_step(request: HttpRequest) -> bool:
    """Whether whoever of the staff is here has a role that asks for a second step, and proved none."""
    if SECOND_STEP in request.session:
        return False
    return bool(roles_of(request) & set(settings.STAFF_MFA_REQUIRED))


class DenyByDefaultMiddleware:
    """Refuses every view that declares no role."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        if not declared(view):
            _record_denial(request)
            raise PermissionDenied


def _record_denial(request: HttpRequest) -> None:
    record.note(event=Event.ACCESS_DENIED, outcome=Outcome.DENIED, by=actor(request), step=request.path[:64])
