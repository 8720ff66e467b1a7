from django.urls import include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from cognito_portal import health, site
from cognito_portal.access import public

urlpatterns = [
    path("", public(require_safe(RedirectView.as_view(pattern_name="signin:start")))),
    path("sign-in/", include("cognito_portal.signin.urls")),
    path("account/", include("cognito_portal.account.urls")),
    path("audit/", include("cognito_portal.audit.urls")),
    path("ops/", include("cognito_portal.ops.pages.urls")),
    path("staff/", include("cognito_portal.ops.urls")),
    path("site/accent.css", site.accent, name="accent"),
    path("site/logo", site.logo, name="logo"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "cognito_portal.failures.bad_request"
handler403 = "cognito_portal.failures.permission_denied"
handler404 = "cognito_portal.failures.not_found"
handler500 = "cognito_portal.failures.server_error"
