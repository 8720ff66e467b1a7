from django.urls import path

from cognito_portal.ops.pages import account, act, find, requests
from cognito_portal.ops.pages.onboarding import acting, lists, new, one

app_name = "desk"
urlpatterns = [
    path("", find.find, name="find"),
    path("requests/", requests.show, name="requests"),
    path("requests/<int:row_id>/handled/", requests.handled, name="request_handled"),
    path("onboarding/", lists.lists, name="onboarding"),
    path("onboarding/new/", new.new, name="onboarding_new"),
    path("onboarding/<str:job_id>/", one.show, name="onboarding_list"),
    path("onboarding/<str:job_id>/in-clear/", one.in_clear, name="onboarding_in_clear"),
    path("onboarding/<str:job_id>/act/", acting.act, name="onboarding_act"),
    path("onboarding/<str:job_id>/rows/<str:which>/", one.file, name="onboarding_file"),
    path("accounts/<str:sub>/", account.show, name="account"),
    path("accounts/<str:sub>/attributes/", account.attributes, name="attributes"),
    path("accounts/<str:sub>/acts/<str:name>/", act.act, name="act"),
]
