"""All settings, read from the environment and from a `.env` file beside manage.py.

Every name here stands in `.env.example` with one line of explanation; a test holds the two together.
Any name may also be given as NAME_FILE, the path of a file that holds the value.
"""

import importlib.util
import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
INSECURE_SECRET_KEY = "insecure-development-key-never-use-in-production"

environ.Env.read_env(BASE_DIR / ".env")
env = environ.FileAwareEnv()

# --- the process -------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or INSECURE_SECRET_KEY
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HOST = env.str("HOST", default="localhost")
PORT = env.int("PORT", default=8000)
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")

# --- the keys of the audit log's proof (cognito_portal.audit.proof.keys) --------------------------
AUDIT_KEYS = env.list("AUDIT_KEYS", default=[])
AUDIT_SIGNING_KEYS = env.list("AUDIT_SIGNING_KEYS", default=[])
AUDIT_PUBLIC_KEYS = env.list("AUDIT_PUBLIC_KEYS", default=[])
# Where the worker says each seal once more (cognito_portal.audit.proof.anchors).
AUDIT_ANCHOR_STDOUT = env.bool("AUDIT_ANCHOR_STDOUT", default=not DEBUG)
AUDIT_ANCHOR_FILE = env.str("AUDIT_ANCHOR_FILE", default="")
AUDIT_ANCHOR_COMMAND = env.str("AUDIT_ANCHOR_COMMAND", default="")
# Sealed batches older than this go; 0 keeps everything (cognito_portal.audit.proof.retention).
AUDIT_RETENTION_DAYS = env.int("AUDIT_RETENTION_DAYS", default=365)
# Where the worker sends every row as a JSON line: stdout, or a syslog server.
AUDIT_STREAM = env.str("AUDIT_STREAM", default="")
# Files of exports, which hold people's names: for this account alone, and on no disk that is served.
EXPORT_DIR = env.str("EXPORT_DIR", default="") or (
    str(BASE_DIR / "exports") if DEBUG else "/var/lib/cognito-portal/exports"
)

# --- Amazon Cognito ----------------------------------------------------------------------------
AWS_REGION = env.str("AWS_REGION", default="") or env.str("AWS_DEFAULT_REGION", default="")
AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = env.str("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", default="")
COGNITO_USER_POOL_ID = env.str("COGNITO_USER_POOL_ID", default="")
COGNITO_CLIENT_ID = env.str("COGNITO_CLIENT_ID", default="")
COGNITO_CLIENT_SECRET = env.str("COGNITO_CLIENT_SECRET", default="")
COGNITO_ISSUER = env.str("COGNITO_ISSUER", default="")
COGNITO_JWKS_URL = env.str("COGNITO_JWKS_URL", default="")
COGNITO_SESSION_MINUTES = env.int("COGNITO_SESSION_MINUTES", default=0)
# `auto`: USER_PASSWORD_AUTH, and USER_SRP_AUTH where the app client does not allow that.
COGNITO_AUTH_FLOW = env.str("COGNITO_AUTH_FLOW", default="") or "auto"
# Which ChallengeParameters of CUSTOM_CHALLENGE a person may read; the others may be meant for code alone.
CUSTOM_CHALLENGE_PARAMETERS = env.list(
    "CUSTOM_CHALLENGE_PARAMETERS", default=["question", "prompt", "message", "hint"]
)
REMEMBER_DEVICES = env.bool("REMEMBER_DEVICES", default=False)
OPS_EDITABLE_ATTRIBUTES = env.list("OPS_EDITABLE_ATTRIBUTES", default=[])
COGNITO_FIPS = env.bool("COGNITO_FIPS", default=False)
COGNITO_CA_FILE = env.str("COGNITO_CA_FILE", default="")
HTTPS_PROXY = env.str("HTTPS_PROXY", default="")

# --- the throttle in front of Cognito (decision D4) ---------------------------------------------
THROTTLE_ACCOUNT_LIMIT = env.int("THROTTLE_ACCOUNT_LIMIT", default=5)
THROTTLE_ACCOUNT_WINDOW_MINUTES = env.int("THROTTLE_ACCOUNT_WINDOW_MINUTES", default=15)
THROTTLE_ADDRESS_LIMIT = env.int("THROTTLE_ADDRESS_LIMIT", default=30)

# --- onboarding: many accounts out of a table (cognito_portal.ops.onboarding) ----------------------
ONBOARDING_MAX_ROWS = env.int("ONBOARDING_MAX_ROWS", default=10_000)
# AWS lets an account make 50 users a second; 0 is no limit of the portal's own.
ONBOARDING_PER_SECOND = env.float("ONBOARDING_PER_SECOND", default=10.0)
# What Cognito's own sender delivers in a day; 0 is no limit, for pools that send by Amazon SES.
ONBOARDING_MAILS_PER_DAY = env.int("ONBOARDING_MAILS_PER_DAY", default=50)
ONBOARDING_KEEP_DAYS = env.int("ONBOARDING_KEEP_DAYS", default=30)

# --- the local index of the pool (cognito_portal.ops.index) ---------------------------------------
# What of an account is copied beside its username, sub and state.
POOL_INDEX_ATTRIBUTES = env.list(
    "POOL_INDEX_ATTRIBUTES",
    default=["email", "phone_number", "name", "given_name", "family_name", "preferred_username"],
)
POOL_INDEX_MINUTES = env.int("POOL_INDEX_MINUTES", default=10)
POOL_INDEX_CALLS_PER_SECOND = env.float("POOL_INDEX_CALLS_PER_SECOND", default=5.0)
# Hours before an invitation ends at which its person is reminded by mail, once (cognito_portal.ops.ledger).
INVITATION_REMINDER_HOURS = env.int("INVITATION_REMINDER_HOURS", default=24)

# --- acts on many accounts (cognito_portal.ops.bulk) ----------------------------------------------
BULK_MOST = env.int("BULK_MOST", default=500)
# Each account takes two or three calls.
BULK_PER_SECOND = env.float("BULK_PER_SECOND", default=5.0)

# --- the look, and the way on after the walk ----------------------------------------------------
SITE_NAME = env.str("SITE_NAME", default="Cognito Portal")
SITE_URL = env.str("SITE_URL", default="")
SITE_LOGO = env.str("SITE_LOGO", default="")
SITE_ACCENT = env.str("SITE_ACCENT", default="")
HELP_CONTACT = env.str("HELP_CONTACT", default="")
ONWARD_URL = env.str("ONWARD_URL", default="")
ONWARD_LABEL = env.str("ONWARD_LABEL", default="")

# --- applications -------------------------------------------------------------------------------
# The embedded Cognito comes with the extra `demo`, and never stands in a production process (decision D12).
DEMO_INSTALLED = importlib.util.find_spec("ministack") is not None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    # Second factors of staff; allauth.mfa needs the models of allauth.account, none of whose pages are served.
    "cognito_portal.ops.staff.apps.AccountModelsConfig",
    "allauth.mfa",
    "cognito_portal.apps.PortalConfig",
    "cognito_portal.worker",
    "cognito_portal.audit",
    "cognito_portal.signin",
    "cognito_portal.account.apps.PortalAccountConfig",
    "cognito_portal.ops.apps.OpsConfig",
]
if DEMO_INSTALLED and (DEBUG or sys.argv[1:2] == ["demo"]):
    INSTALLED_APPS.append("cognito_portal.demo")

MIDDLEWARE = [
    "cognito_portal.middleware.OneActMiddleware",
    # The pages that stand in for a failure carry the headers too, so these come before.
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cognito_portal.middleware.ResponseHeadersMiddleware",
    "cognito_portal.middleware.FailuresMiddleware",
    "cognito_portal.health.ProbeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cognito_portal.middleware.RequireTlsMiddleware",
    "cognito_portal.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cognito_portal.identity.CognitoUserMiddleware",
    "cognito_portal.access.DenyByDefaultMiddleware",
]

ROOT_URLCONF = "cognito_portal.urls"
WSGI_APPLICATION = "cognito_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "cognito_portal.site.context",
            ],
            "loaders": [
                ("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader"])
            ],
        },
    }
]

# --- database and sessions ----------------------------------------------------------------------
COMMAND_WAIT_SECONDS = 20
DATABASE_WAIT_SECONDS = env.float("DATABASE_WAIT_SECONDS", default=1.5)
DATABASE_POOL_SIZE = env.int("DATABASE_POOL_SIZE", default=32)
DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        # A committed audit row must survive a power cut: WAL alone syncs only at checkpoints.
        timeout=DATABASE_WAIT_SECONDS,
        transaction_mode="IMMEDIATE",
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
    )
else:
    wait_ms = int(DATABASE_WAIT_SECONDS * 1000)
    # A command may build an index for an hour; what it waits for is a lock, not itself.
    statement_ms = wait_ms if DATABASE_WAIT_SECONDS < COMMAND_WAIT_SECONDS else 0
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        connect_timeout=max(2, int(DATABASE_WAIT_SECONDS)),
        options=f"-c statement_timeout={statement_ms} -c lock_timeout={wait_ms} -c synchronous_commit=on",
        pool={"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": DATABASE_WAIT_SECONDS},
    )

SESSION_ENGINE = "cognito_portal.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_SAVE_EVERY_REQUEST = False
COGNITO_USER_IDLE_SECONDS = 30 * 60
COGNITO_USER_ABSOLUTE_SECONDS = 12 * 60 * 60
# How long after signing in a person may do what asks for a fresh sign-in (ASVS 7.5.1).
FRESH_SIGN_IN_SECONDS = 15 * 60
STAFF_IDLE_SECONDS = 15 * 60
STAFF_ABSOLUTE_SECONDS = 8 * 60 * 60

# --- cookies, transport, headers ----------------------------------------------------------------
SESSION_COOKIE_NAME = "sessionid" if DEBUG else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if DEBUG else "__Host-csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "cognito_portal.failures.csrf_failure"
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# TLS is demanded by cognito_portal.middleware.RequireTlsMiddleware, which never redirects a POST: a redirect
# would have the browser send the password twice (ASVS 4.1.2).
SECURE_SSL_REDIRECT = False
SILENCED_SYSTEM_CHECKS = ["security.W008"]
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
FILE_UPLOAD_HANDLERS = ["cognito_portal.middleware.RefuseUploads"]

# --- staff --------------------------------------------------------------------------------------
# Whether no account is verified without a second person's approval (cognito_portal.ops.verifications).
VERIFY_SECOND_PERSON = env.bool("VERIFY_SECOND_PERSON", default=False)
# Who is told of new requests and flags, and how long after one mail the next may follow (cognito_portal.ops.alerts).
OPS_ALERT_EMAILS = env.list("OPS_ALERT_EMAILS", default=[])
OPS_ALERT_MINUTES = env.int("OPS_ALERT_MINUTES", default=15)
LOGIN_URL = "ops:sign_in"
LOGIN_REDIRECT_URL = "audit:list"
LOGOUT_REDIRECT_URL = "ops:sign_in"
# Roles whose people prove a second factor before they see anything; `none` asks it of nobody.
STAFF_MFA_REQUIRED = env.list("STAFF_MFA_REQUIRED", default=[]) or ["ops", "admins"]
# How long somebody whose password was right has for the second step.
STAFF_HALF_SECONDS = 5 * 60
MFA_ADAPTER = "cognito_portal.ops.staff.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# Clocks of telephones stray: the code of the half minute before and after is taken as well.
MFA_TOTP_TOLERANCE = 1
# Company sign-in by OpenID Connect (docs/staff.md); off where there is no issuer.
STAFF_OIDC_ISSUER = env.str("STAFF_OIDC_ISSUER", default="")
STAFF_OIDC_CLIENT_ID = env.str("STAFF_OIDC_CLIENT_ID", default="")
STAFF_OIDC_CLIENT_SECRET = env.str("STAFF_OIDC_CLIENT_SECRET", default="")
STAFF_OIDC_GROUPS_CLAIM = env.str("STAFF_OIDC_GROUPS_CLAIM", default="") or "groups"
STAFF_OIDC_ROLES = env.list("STAFF_OIDC_ROLES", default=[])
STAFF_OIDC_CA_FILE = env.str("STAFF_OIDC_CA_FILE", default="")
STAFF_OIDC_TRUST_MFA = env.bool("STAFF_OIDC_TRUST_MFA", default=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# --- languages and static files -----------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- mail and logs ------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url_config(env.str("EMAIL_URL", default="") or "consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="") or "no-reply@localhost"
DEFAULT_EXCEPTION_REPORTER_FILTER = "cognito_portal.failures.ClosedReporterFilter"
LOGGING_CONFIG = "cognito_portal.logs.configure"
LOGGING = {"level": LOG_LEVEL, "as_json": not DEBUG}
