from django.urls import path

from cognito_portal.ops.pages import account, act, find

app_name = "desk"
urlpatterns = [
    path("", find.find, name="find"),
    path("accounts/<str:sub>/", account.show, name="account"),
    path("accounts/<str:sub>/attributes/", account.attributes, name="attributes"),
    path("accounts/<str:sub>/acts/<str:name>/", act.act, name="act"),
]
