from django.urls import path

from cognito_portal.account import views

app_name = "account"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-out/", views.sign_out, name="sign_out"),
]
