from django.urls import path

from cognito_portal.ops.staff.pages import second_step, sign_in

app_name = "ops"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("second-step/", second_step.second_step, name="second_step"),
    path("set-up/", second_step.set_up, name="set_up"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
]
