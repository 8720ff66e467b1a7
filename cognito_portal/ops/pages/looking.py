"""The account that a page is about, read anew for each request, and what to say where nobody could read it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from cognito_portal import failures
from cognito_portal.actors import actor
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops import accounts
from cognito_portal.ops.diagnosis.facts import Lookup
from cognito_portal.ops.pages.account import LONGEST_SUB

"""What a form is known by, so that it is carried out once."""


class NotRead(Exception):
    """Cognito did not say whether there is such an account, or what it is like."""

    def __init__(self, sub: str) -> None:
        super().__init__()
        self.sub = sub


def account_of(request: HttpRequest, sub: str, *, step: str) -> PoolUser:
    """The account with this sub; that it was read, and for which `step`, is logged.

    Raises Http404 where there is none, NotRead, AuditUnavailable.
    """
    if not sub or len(sub) > LONGEST_SUB:
        raise Http404
    found = accounts.read(sub, step=step, by=actor(request))
    if found.lookup is Lookup.NOT_FOUND:
        raise Http404
    if found.account is None:
        raise NotRead(sub)
    return found.account


def tells_what_cognito_did_not(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer for a view where it meets NotRead: the account's page says why; a form that was sent gets 503."""

    @wraps(view)
    def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotRead as not_read:
            if request.method != "POST":
                return redirect("desk:account", not_read.sub)
            return failures.message(
                request,
                status=503,
                title=_("The account could not be read"),
                text=_("Nothing was done. The account’s page says what stands in the way."),
                action_url=reverse("desk:account", args=[not_read.sub]),
                action_label=_("To the account"),
            )

    return telling
