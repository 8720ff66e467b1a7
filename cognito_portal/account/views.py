"""The signed-in person's own page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cognito_portal import clients
from cognito_portal.access import cognito_user_required
from cognito_portal.account import flows
from cognito_portal.actors import visitor
from cognito_portal.identity import signed_in_user
from cognito_portal.site import onward


@cognito_user_required
@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Who is signed in, since when, and the way on."""
    user = signed_in_user(request)
    shown = {"username": user.username, "since": user.signed_in_at, "groups": user.groups}
    return render(request, "account/home.html", {"user": shown} | onward())


@cognito_user_required
@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here and at Cognito, and have the browser drop what it kept of it."""
    user = signed_in_user(request)
    flows.sign_out(clients.cognito(), request.session, user, visitor(request))
    response = redirect("signin:start")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
