from django.urls import path

from cognito_portal.audit import views
from cognito_portal.audit.pushes import pages as pushes

app_name = "audit"
urlpatterns = [
    path("", views.newest, name="list"),
    path("pushes/", pushes.pushes, name="pushes"),
    path("pushes/<int:push_id>/", pushes.push, name="push"),
    path("pushes/<int:push_id>/act/", pushes.act, name="act_on_push"),
]
