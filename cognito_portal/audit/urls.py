from django.urls import path

from cognito_portal.audit.pages import row, rows, saved
from cognito_portal.audit.pushes import pages as pushes

app_name = "audit"
urlpatterns = [
    path("", rows.show, name="list"),
    path("rows/<int:row_id>/", row.show, name="row"),
    path("searches/", saved.show, name="searches"),
    path("searches/<int:search_id>/share/", saved.share, name="share_search"),
    path("searches/<int:search_id>/delete/", saved.delete, name="delete_search"),
    path("pushes/", pushes.pushes, name="pushes"),
    path("pushes/add/", pushes.add, name="add_push"),
    path("pushes/<int:push_id>/", pushes.push, name="push"),
    path("pushes/<int:push_id>/act/", pushes.act, name="act_on_push"),
]
