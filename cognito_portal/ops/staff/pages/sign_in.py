"""Staff sign-in: Django's own page, throttled and written down like the walk (decision D6), and the way out."""

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cognito_portal import throttle
from cognito_portal.access import STAFF_GROUPS, public, staff_role
from cognito_portal.ops.staff import signing_in
from cognito_portal.ops.staff.pages.way import TOO_MANY_TRIES, way_on
from cognito_portal.ops.staff.signing_in import First, Next


class SignIn(LoginView):
    """Username and password of a member of staff. Every try is counted and leaves two audit rows."""

    template_name = "ops/staff/sign_in.html"
    redirect_authenticated_user = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        # LoginView's own `site`, made of the Host header, would hide the one of our context processor.
        del context["site"], context["site_name"]
        return context | {"has_company": bool(settings.STAFF_OIDC_ISSUER)}

    def post(self, request: HttpRequest, *args: str, **kwargs: object) -> HttpResponse:
        try:
            self.call = signing_in.admit(request, request.POST.get("username", ""))
        except throttle.Throttled as throttled:
            form = AuthenticationForm(request)
            page = self.render_to_response(
                self.get_context_data(form=form, problem=TOO_MANY_TRIES), status=429
            )
            page["Retry-After"] = str(throttled.retry_after_s)
            return page
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        first = First(
            user=form.get_user(),
            call=self.call,
            typed=self.call.person.typed,
            next_path=self.get_redirect_url(),
        )
        following = signing_in.go_on(self.request, first)
        if following is Next.DONE:
            return redirect(way_on(self.request, first.next_path))
        return redirect(f"ops:{following}")

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        signing_in.refuse(self.call)
        return self.render_to_response(self.get_context_data(form=form), status=403)


sign_in = public(require_http_methods(["GET", "HEAD", "POST"])(SignIn.as_view()))


@staff_role(*STAFF_GROUPS)
@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session of a member of staff."""
    signing_in.sign_out(request)
    response = redirect("ops:sign_in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
