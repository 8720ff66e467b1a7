"""System checks for bad configuration: `manage.py check`, and whenever a server loads the application.

Each has a code that the README explains. They say what to change, and never repeat a secret.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from cognito_portal.audit.proof import keys
from cognito_portal.audit.pushes.streams import is_stream
from cognito_portal.cognito.endpoints import endpoint_for
from cognito_portal.cognito.types import AuthFlow

POOL_ID = re.compile(r"[\w-]+_[0-9a-zA-Z]+")
CLIENT_ID = re.compile(r"[\w+]{1,128}")
MAIL_ADDRESS = re.compile(r"[^@\s,]+@[^@\s,]+")
ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
AUTO = "auto"
FLOWS = [flow.value for flow in AuthFlow if flow is not AuthFlow.REFRESH_TOKEN_AUTH]
STAFF_ROLES = ("ops", "auditors", "admins")
OIDC = ("STAFF_OIDC_ISSUER", "STAFF_OIDC_CLIENT_ID", "STAFF_OIDC_CLIENT_SECRET", "STAFF_OIDC_ROLES")
COOKIE_AND_FILE_ENGINES = ("signed_cookies", "backends.file", "backends.cache")


def configuration(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Everything that is wrong with the settings, in the order in which it is best mended."""
    keys = [*_keys(), *_audit_keys(), *_audit_stream()]
    return [*_cognito(), *keys, *_sessions(), *_site(), *_limits(), *_jobs(), *_staff()]


def refuse_bad_configuration() -> None:
    """Raise ImproperlyConfigured, with every error, rather than serve with settings that are wrong."""
    errors = [str(found) for found in configuration(None) if found.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(errors))


def _cognito() -> Iterator[CheckMessage]:
    pool_id: str = settings.COGNITO_USER_POOL_ID
    if not pool_id:
        yield Error("No user pool is configured.", hint="Set COGNITO_USER_POOL_ID.", id="portal.E001")
    elif not POOL_ID.fullmatch(pool_id):
        yield Error(
            "COGNITO_USER_POOL_ID does not have the form of a user pool id.",
            hint="It looks like eu-west-1_AbCdEf123.",
            id="portal.E002",
        )
    if not settings.COGNITO_CLIENT_ID:
        yield Error("No app client is configured.", hint="Set COGNITO_CLIENT_ID.", id="portal.E003")
    elif not CLIENT_ID.fullmatch(settings.COGNITO_CLIENT_ID):
        yield Error(
            "COGNITO_CLIENT_ID does not have the form of an app client id.",
            hint="It holds letters and digits only, at most 128.",
            id="portal.E004",
        )
    if settings.COGNITO_AUTH_FLOW not in (AUTO, *FLOWS):
        yield Error(
            "COGNITO_AUTH_FLOW is no sign-in flow.",
            hint=f"It is {AUTO}, {', '.join(FLOWS[:-1])} or {FLOWS[-1]}.",
            id="portal.E017",
        )
    yield from _region(pool_id)


def _region(pool_id: str) -> Iterator[CheckMessage]:
    try:
        endpoint_for(settings.AWS_REGION)
    except ValueError:
        yield Error(
            "AWS_REGION is missing or no region.",
            hint="Set it to the pool's, such as eu-west-1.",
            id="portal.E005",
        )
        return
    if settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER:
        return
    if POOL_ID.fullmatch(pool_id) and pool_id.rpartition("_")[0] != settings.AWS_REGION:
        yield Error(
            "The user pool is not in AWS_REGION: its id begins with its region.",
            hint=f"Set AWS_REGION to {pool_id.rpartition('_')[0]}, or check COGNITO_USER_POOL_ID.",
            id="portal.E006",
        )


def _keys() -> Iterator[CheckMessage]:
    if not settings.DEBUG and settings.SECRET_KEY == settings.INSECURE_SECRET_KEY:
        yield Error(
            "SECRET_KEY is the one that everybody knows.",
            hint="Set SECRET_KEY, or SECRET_KEY_FILE, to 50 random characters of your own.",
            id="portal.E007",
        )
    if not settings.DEBUG and not settings.ALLOWED_HOSTS:
        yield Error("ALLOWED_HOSTS is empty.", hint="Name the host names of this site.", id="portal.E008")
    if settings.COGNITO_CA_FILE and not Path(settings.COGNITO_CA_FILE).is_file():
        yield Error("COGNITO_CA_FILE names no file.", id="portal.E009")


def _audit_keys() -> Iterator[CheckMessage]:
    if not settings.DEBUG and not settings.AUDIT_KEYS:
        yield Error(
            "AUDIT_KEYS is empty: the audit log would rest on SECRET_KEY.",
            hint="Set it, or AUDIT_KEYS_FILE, to id:key with 32 random bytes as base64. docs/production.md says how.",
            id="portal.E019",
        )
    try:
        keys.row_keys(), keys.public_keys()
    except keys.BadKeys as error:
        yield Error("The audit log's keys cannot be read.", hint=f"{error}.", id="portal.E020")


def _audit_stream() -> Iterator[CheckMessage]:
    if settings.AUDIT_STREAM and not is_stream(settings.AUDIT_STREAM):
        yield Error(
            "AUDIT_STREAM has no form that is understood.",
            hint="It is stdout, syslog://host:514, syslog+tcp://host, syslog+tls://host or syslog:///dev/log.",
            id="portal.E021",
        )


def _sessions() -> Iterator[CheckMessage]:
    if settings.SESSION_ENGINE != "cognito_portal.sessions":
        forbidden = any(settings.SESSION_ENGINE.endswith(end) for end in COOKIE_AND_FILE_ENGINES)
        reason = (
            "would put the challenge's Session token outside the database"
            if forbidden
            else "is not the portal's own"
        )
        yield Error(
            f"SESSION_ENGINE {reason}.",
            hint="The session must be saved in the transaction of its audit row: cognito_portal.sessions.",
            id="portal.E010",
        )


def _site() -> Iterator[CheckMessage]:
    if settings.SITE_ACCENT and not ACCENT.fullmatch(settings.SITE_ACCENT):
        yield Error("SITE_ACCENT is no colour.", hint="Write it as #rrggbb.", id="portal.E011")
    if settings.SITE_LOGO and not Path(settings.SITE_LOGO).is_file():
        yield Error("SITE_LOGO names no file.", hint="An SVG, PNG or WebP file.", id="portal.E012")
    if settings.ONWARD_URL and not settings.ONWARD_URL.startswith(("https://", "http://")):
        yield Error("ONWARD_URL is no web address.", id="portal.E013")
    if settings.SITE_URL and not settings.SITE_URL.startswith(("https://", "http://")):
        yield Error("SITE_URL is no web address.", id="portal.E025")
    if not all(MAIL_ADDRESS.fullmatch(each) for each in settings.OPS_ALERT_EMAILS):
        yield Error(
            "OPS_ALERT_EMAILS holds something that is no mail address.",
            hint="Addresses only, separated by commas.",
            id="portal.E026",
        )
    if not settings.HELP_CONTACT:
        yield Warning(
            "HELP_CONTACT is empty: people who cannot sign in are not told whom to ask.",
            hint="A mail address, a telephone number or a web address.",
            id="portal.W001",
        )


def _jobs() -> Iterator[CheckMessage]:
    for name, least in (
        ("ONBOARDING_MAX_ROWS", 1),
        ("ONBOARDING_PER_SECOND", 0),
        ("ONBOARDING_MAILS_PER_DAY", 0),
        ("ONBOARDING_KEEP_DAYS", 1),
        ("BULK_MOST", 1),
        ("BULK_PER_SECOND", 0),
    ):
        if getattr(settings, name) < least:
            yield Error(f"{name} must be at least {least}.", id="portal.E040")


def _limits() -> Iterator[CheckMessage]:
    if not 0 <= settings.COGNITO_SESSION_MINUTES <= 15 or 0 < settings.COGNITO_SESSION_MINUTES < 3:
        yield Error(
            "COGNITO_SESSION_MINUTES is out of range.",
            hint="Cognito knows 3 to 15 minutes; 0 means not known.",
            id="portal.E014",
        )
    for name in ("THROTTLE_ACCOUNT_LIMIT", "THROTTLE_ACCOUNT_WINDOW_MINUTES", "THROTTLE_ADDRESS_LIMIT"):
        if getattr(settings, name) < 1:
            yield Error(f"{name} must be at least 1: the throttle has no off-switch.", id="portal.E015")
    if settings.AUDIT_RETENTION_DAYS < 0:
        yield Error(
            "AUDIT_RETENTION_DAYS must not be negative.",
            hint="A number of days; 0 keeps every row.",
            id="portal.E024",
        )
    if settings.OPS_ALERT_MINUTES < 1:
        yield Error("OPS_ALERT_MINUTES must be at least 1.", id="portal.E027")
    if settings.INVITATION_REMINDER_HOURS < 0:
        yield Error(
            "INVITATION_REMINDER_HOURS must not be negative.",
            hint="A number of hours; 0 means that nobody is reminded.",
            id="portal.E041",
        )
    if settings.TRUSTED_PROXY_COUNT < 0:
        yield Error("TRUSTED_PROXY_COUNT must not be negative.", id="portal.E016")


def _staff() -> Iterator[CheckMessage]:
    unknown = set(settings.STAFF_MFA_REQUIRED) - {*STAFF_ROLES, "none"}
    if unknown or ("none" in settings.STAFF_MFA_REQUIRED and len(settings.STAFF_MFA_REQUIRED) > 1):
        yield Error(
            "STAFF_MFA_REQUIRED names something that is no role.",
            hint=f"It is {', '.join(STAFF_ROLES)}, several of them, or none.",
            id="portal.E030",
        )
    given = [name for name in OIDC if getattr(settings, name)]
    if given and len(given) < len(OIDC):
        yield Error(
            "The company sign-in of staff is set up by half.",
            hint=f"Set {', '.join(name for name in OIDC if name not in given)} too, or none of them.",
            id="portal.E031",
        )
    if settings.STAFF_OIDC_ISSUER and not _is_issuer(settings.STAFF_OIDC_ISSUER):
        yield Error(
            "STAFF_OIDC_ISSUER is no https:// address.",
            hint="It is what the provider calls its issuer, without a query.",
            id="portal.E032",
        )
    pairs = [pair.partition("=") for pair in settings.STAFF_OIDC_ROLES]
    if not all(group.strip() and role.strip() in STAFF_ROLES for group, _, role in pairs):
        yield Error(
            "STAFF_OIDC_ROLES maps to something that is no role.",
            hint="Write group=role, such as helpdesk=ops,security=auditors.",
            id="portal.E033",
        )
    if settings.STAFF_OIDC_CA_FILE and not Path(settings.STAFF_OIDC_CA_FILE).is_file():
        yield Error("STAFF_OIDC_CA_FILE names no file.", id="portal.E034")


def _is_issuer(text: str) -> bool:
    """Whether this may be an OpenID Connect issuer: https, or anything on this machine in debug mode."""
    parts = urlsplit(text)
    on_this_machine = settings.DEBUG and parts.hostname in ("localhost", "127.0.0.1")
    return bool(parts.hostname) and not parts.query and (parts.scheme == "https" or on_this_machine)
