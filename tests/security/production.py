"""The portal's own settings with pages that need no `collectstatic`, and with two views more."""

from cognito_portal.settings import *  # noqa: F403

ROOT_URLCONF = "tests.security.extra_urls"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
