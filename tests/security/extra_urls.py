"""The portal's URLs, with views that nobody should write.

One has no role, one declares a role and asks nobody for it, one breaks.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from cognito_portal.access import Role, declare, public
from cognito_portal.urls import handler400, handler403, handler404, handler500
from cognito_portal.urls import urlpatterns as portal_patterns

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a secret page")


def loose(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a page for the help desk")


@public
def broken(request: HttpRequest) -> HttpResponse:
    password = request.POST.get("password", "")
    raise ValueError(f"cannot use {password}")


urlpatterns = [
    *portal_patterns,
    path("undeclared/", undeclared),
    path("loose/", declare(loose, Role.OPS)),
    path("broken/", broken),
]
