from django.urls import path

from cognito_portal.ops.staff.pages import company, own, second_step, sign_in

app_name = "ops"
urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("company/", company.go, name="company"),
    path("company/back/", company.back, name="company_back"),
    path("second-step/", second_step.second_step, name="second_step"),
    path("set-up/", second_step.set_up, name="set_up"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("own/", own.own, name="own"),
    path("own/app/", own.app, name="app"),
    path("own/passkey/begin/", own.begin_passkey, name="begin_passkey"),
    path("own/passkey/", own.add_passkey, name="add_passkey"),
    path("own/remove/", own.remove, name="remove"),
    path("own/recovery-codes/", own.recovery_codes, name="recovery_codes"),
    path("own/shortcuts/", own.shortcuts, name="shortcuts"),
    path("own/password/", own.password, name="password"),
]
