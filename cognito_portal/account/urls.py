from django.urls import path

from cognito_portal.account.pages import activity, details, devices, factors, home, passkeys, password

app_name = "account"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-out/", home.sign_out, name="sign_out"),
    path("sign-out-everywhere/", home.sign_out_everywhere, name="sign_out_everywhere"),
    path("password/", password.password, name="password"),
    path("details/", details.details, name="details"),
    path("details/contact/", details.change_contact, name="change_contact"),
    path("details/code/", details.send_code, name="send_code"),
    path("details/verify/", details.verify_contact, name="verify_contact"),
    path("factors/", factors.factors, name="factors"),
    path("factors/set/", factors.set_factor, name="set_factor"),
    path("factors/app/", factors.app, name="app"),
    path("factors/app/begin/", factors.begin_app, name="begin_app"),
    path("passkeys/", passkeys.passkeys, name="passkeys"),
    path("passkeys/begin/", passkeys.begin_passkey, name="begin_passkey"),
    path("passkeys/add/", passkeys.add_passkey, name="add_passkey"),
    path("passkeys/remove/", passkeys.remove_passkey, name="remove_passkey"),
    path("devices/", devices.devices, name="devices"),
    path("devices/forget/", devices.forget_device, name="forget_device"),
    path("activity/", activity.activity, name="activity"),
    path("activity/not-me/", activity.not_me, name="not_me"),
]
