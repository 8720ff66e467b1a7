from django.urls import path

from cognito_portal.ops import views

app_name = "ops"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
]
