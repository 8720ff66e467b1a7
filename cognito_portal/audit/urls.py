from django.urls import path

from cognito_portal.audit.exports import pages as exports
from cognito_portal.audit.pages import row, rows, saved

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
]
