from django.urls import path

from cognito_portal.signin import views

app_name = "signin"
urlpatterns = [
    path("", views.start, name="start"),
    path("new-password/", views.new_password, name="new_password"),
    path("renew/", views.renew, name="renew"),
    path("done/", views.done, name="done"),
    path("ended/", views.ended, name="ended"),
    path("invitation/", views.invitation, name="invitation"),
    path("invitation/sent/", views.invitation_sent, name="invitation_sent"),
    path("forgot-password/", views.forgot_password, name="forgot_password"),
    path("confirm-account/", views.confirm_account, name="confirm_account"),
]
