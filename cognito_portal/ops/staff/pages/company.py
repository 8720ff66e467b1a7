"""The way to the company's sign-in and back.

It begins with a form, which others cannot send, and a page that leads on: a form's own redirect to another
origin would be stopped by `form-action 'self'` of the Content-Security-Policy.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cognito_portal import failures
from cognito_portal.access import public
from cognito_portal.audit.record import AlreadyTaken
from cognito_portal.ops.staff import company
from cognito_portal.ops.staff.pages.way import way_on
from cognito_portal.ops.staff.provider import ProviderRefused, ProviderUnavailable
from cognito_portal.ops.staff.signing_in import Next

CODE_CHARS = 4096


@public
@require_POST
@never_cache
def go(request: HttpRequest) -> HttpResponse:
    """Begin a sign-in at the company's provider."""
    _require_configured()
    asked_for = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        asked_for, {request.get_host()}, require_https=request.is_secure()
    )
    back = request.build_absolute_uri(resolve_url("ops:company_back"))
    try:
        url = company.begin(request, redirect_uri=back, next_path=asked_for if is_ours else "")
    except (ProviderUnavailable, ProviderRefused):
        return _message(
            request,
            503,
            _("Your company’s sign-in does not answer"),
            _("Nothing was lost. Try again in a moment, or sign in with a password of this site."),
        )
    if url is None:
        return _message(request, 429, _("Too many tries"), _("Please wait a moment, then try again."))
    return render(request, "ops/staff/company.html", {"url": url})


@public
@require_safe
@never_cache
def back(request: HttpRequest) -> HttpResponse:
    """The provider sends people here with a code, or with an error."""
    _require_configured()
    if not company.has_begun(request.session):
        return _not_begun(request)
    given = {name: request.GET.get(name, "")[:CODE_CHARS] for name in ("state", "code", "error")}
    try:
        following, next_path = company.finish(request, **given)
    except (company.NotBegun, AlreadyTaken):
        return _not_begun(request)
    except company.NoRole as who:
        text = _(
            "You are signed in there as %(name)s, and none of your groups has a role here. Ask whoever runs this site."
        )
        return _message(request, 403, _("You have no role here"), text % {"name": who})
    except ProviderRefused:
        return _message(
            request,
            403,
            _("The sign-in was not accepted"),
            _("Your company’s sign-in refused it, or its answer could not be trusted. Try again."),
        )
    except ProviderUnavailable:
        return _message(
            request,
            503,
            _("Your company’s sign-in does not answer"),
            _("Nothing was lost. Try again in a moment, or sign in with a password of this site."),
        )
    return redirect(way_on(request, next_path) if following is Next.DONE else f"ops:{following}")


def _require_configured() -> None:
    if not settings.STAFF_OIDC_ISSUER:
        raise Http404


def _not_begun(request: HttpRequest) -> HttpResponse:
    text = _("It was not begun in this browser, or took longer than ten minutes. Begin again.")
    return _message(request, 400, _("This sign-in is over"), text)


def _message(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return failures.message(
        request,
        status=status,
        title=title,
        text=text,
        action_url=resolve_url("ops:sign_in"),
        action_label=_("Back to the staff sign-in"),
    )
