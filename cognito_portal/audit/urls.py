from django.urls import include, path

from cognito_portal.audit.exports import pages as exports
from cognito_portal.audit.pages import row, rows, saved
from cognito_portal.audit.pushes import pages as pushes

app_name = "audit"
urlpatterns = [
    path("", rows.show, name="list"),
    path("rows/<int:row_id>/", row.show, name="row"),
    path("searches/", saved.show, name="searches"),
    path("searches/<int:search_id>/share/", saved.share, name="share_search"),
    path("searches/<int:search_id>/delete/", saved.delete, name="delete_search"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<str:export_id>/", exports.export, name="export"),
    path("exports/<str:export_id>/cancel/", exports.cancel, name="cancel_export"),
    path("exports/<str:export_id>/file/", exports.file, name="export_file"),
    path("exports/<str:export_id>/manifest/", exports.manifest, name="export_manifest"),
    path("verifier.py", exports.verifier_script, name="verifier"),
    path("pushes/", pushes.pushes, name="pushes"),
    path("pushes/add/", pushes.add, name="add_push"),
    path("pushes/<int:push_id>/", pushes.push, name="push"),
    path("pushes/<int:push_id>/act/", pushes.act, name="act_on_push"),
    path("", include("cognito_portal.audit.insight.urls")),
]
