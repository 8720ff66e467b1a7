from django.urls import path

from cognito_portal.signin import views
from cognito_portal.signin.challenges import STEPS
from cognito_portal.signin.recovery import views as recovery

app_name = "signin"
urlpatterns = [
    path("", views.start, name="start"),
    *(path(step.path, views.step_view(challenge), name=step.name) for challenge, step in STEPS.items()),
    path("renew/", views.renew, name="renew"),
    path("done/", views.done, name="done"),
    path("ended/", views.ended, name="ended"),
    path("invitation/", views.invitation, name="invitation"),
    path("invitation/sent/", views.invitation_sent, name="invitation_sent"),
    path("forgot-password/", recovery.forgot_password, name="forgot_password"),
    path("reset-password/", recovery.reset_password, name="reset_password"),
    path("confirm-account/", recovery.confirm_account, name="confirm_account"),
    path("confirm-account/code/", recovery.resend_confirmation, name="resend_confirmation"),
]
