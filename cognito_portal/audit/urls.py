from django.urls import path

from cognito_portal.audit import views
from cognito_portal.audit.exports import pages as exports

app_name = "audit"
urlpatterns = [
    path("", views.newest, name="list"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<str:export_id>/", exports.export, name="export"),
    path("exports/<str:export_id>/cancel/", exports.cancel, name="cancel_export"),
    path("exports/<str:export_id>/file/", exports.file, name="export_file"),
    path("exports/<str:export_id>/manifest/", exports.manifest, name="export_manifest"),
    path("verifier.py", exports.verifier_script, name="verifier"),
]
