from django.urls import path

from cognito_portal.ops.pages import account, act, find, invite, mends, records, requests

app_name = "desk"
urlpatterns = [
    path("", find.find, name="find"),
    path("requests/", requests.show, name="requests"),
    path("requests/<int:row_id>/handled/", requests.handled, name="request_handled"),
    path("invite/", invite.invite_one, name="invite"),
    path("settings/", mends.show, name="settings"),
    path("accounts/<str:sub>/more/", records.show, name="records"),
    path("accounts/<str:sub>/", account.show, name="account"),
    path("accounts/<str:sub>/attributes/", account.attributes, name="attributes"),
    path("accounts/<str:sub>/acts/<str:name>/", act.act, name="act"),
]
