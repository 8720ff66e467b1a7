"""Staff sign-in: Django's own, throttled and written down like the walk (decision D6)."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cognito_portal import throttle
from cognito_portal.access import STAFF_GROUPS, Role, is_in_group, public, staff_role
from cognito_portal.ops import staff

TOO_MANY_TRIES = {
    "title": _("Too many tries"),
    "text": _("Nothing was checked. Please wait a few minutes, then try again."),
}


class SignIn(LoginView):
    """Username and password of a member of staff. Every try is counted and leaves two audit rows."""

    template_name = "ops/sign_in.html"
    redirect_authenticated_user = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        # LoginView's own `site`, made of the Host header, would hide the one of our context processor.
        del context["site"], context["site_name"]
        return context

    def post(self, request: HttpRequest, *args: str, **kwargs: object) -> HttpResponse:
        try:
            self.call = staff.admit(request, request.POST.get("username", ""))
        except throttle.Throttled as throttled:
            form = AuthenticationForm(request)
            page = self.render_to_response(
                self.get_context_data(form=form, problem=TOO_MANY_TRIES), status=429
            )
            page["Retry-After"] = str(throttled.retry_after_s)
            return page
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        staff.sign_in(self.request, form.get_user(), self.call)
        return redirect(self.get_success_url())

    def get_default_redirect_url(self) -> str:
        """Whoever may read the log begins there, everybody else at the desk."""
        if is_in_group(self.request, Role.AUDITORS, Role.ADMINS):
            return super().get_default_redirect_url()
        return resolve_url("desk:find")

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        staff.refuse(self.call)
        return self.render_to_response(self.get_context_data(form=form), status=403)


sign_in = public(require_http_methods(["GET", "HEAD", "POST"])(SignIn.as_view()))


@staff_role(*STAFF_GROUPS)
@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session of a member of staff."""
    staff.sign_out(request)
    response = redirect("ops:sign_in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
