from django.urls import path

from cognito_portal.audit import views

app_name = "audit"
urlpatterns = [path("", views.newest, name="list")]
