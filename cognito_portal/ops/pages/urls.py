from django.urls import path

from cognito_portal.ops.pages import (
    account,
    accounts,
    act,
    find,
    health,
    invite,
    mends,
    records,
    requests,
    saved_views,
)
from cognito_portal.ops.pages.bulk import new as bulk_new
from cognito_portal.ops.pages.bulk import one as bulk
from cognito_portal.ops.pages.onboarding import acting, lists, new, one

app_name = "desk"
urlpatterns = [
    path("", find.find, name="find"),
    path("requests/", requests.show, name="requests"),
    path("requests/<int:row_id>/handled/", requests.handled, name="request_handled"),
    path("accounts/", accounts.show, name="accounts"),
    path("views/", saved_views.show, name="views"),
    path("views/<int:view_id>/", saved_views.open_view, name="view"),
    path("views/<int:view_id>/share/", saved_views.share, name="share_view"),
    path("views/<int:view_id>/delete/", saved_views.delete, name="delete_view"),
    path("invite/", invite.invite_one, name="invite"),
    path("bulk/", bulk.all_acts, name="bulk_acts"),
    path("bulk/new/", bulk_new.new, name="bulk_new"),
    path("bulk/<str:job_id>/", bulk.show, name="bulk_act"),
    path("bulk/<str:job_id>/act/", bulk.steer, name="bulk_steer"),
    path("bulk/<str:job_id>/results.csv", bulk.file, name="bulk_file"),
    path("health/", health.show, name="health"),
    path("settings/", mends.show, name="settings"),
    path("accounts/<str:sub>/more/", records.show, name="records"),
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
