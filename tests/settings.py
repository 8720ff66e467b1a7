"""The portal's own settings, with an environment of the tests' own: what the machine has set plays no part."""

import os

for name in ("HTTPS_PROXY", "TRUSTED_PROXY_COUNT", "COGNITO_CLIENT_SECRET", "SECRET_KEY_FALLBACKS"):
    os.environ.pop(name, None)
os.environ.update(
    SECRET_KEY="the-tests-own-secret-key-of-more-than-fifty-characters",
    AUDIT_KEYS="tests:dGhlLWtleS1vZi10aGUtdGVzdHMtd2l0aC0zMi1ieXRlcw",
    DEBUG="0",
    ALLOWED_HOSTS="testserver,localhost,127.0.0.1",
    DATABASE_URL="sqlite:///:memory:",
    AWS_REGION="us-east-1",
    COGNITO_USER_POOL_ID="us-east-1_UnSet0000",
    COGNITO_CLIENT_ID="1example23456789",
    HELP_CONTACT="help@example.com",
)

from cognito_portal.settings import *  # noqa: E402, F403

# Pages are tested as staff see them who have signed in, however that was; how they sign in is tested under
# tests/ops/staff, and there a second step is asked for as in an installation.
STAFF_MFA_REQUIRED = ["none"]

# The files that `collectstatic` would make; pages only need their addresses here.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
