"""Each system check finds what it is for, and a good configuration has none."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from pytest_django import Settings

from cognito_portal import checks

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = "/nonexistent/file"

OIDC: dict[str, object] = {
    "STAFF_OIDC_ISSUER": "https://id.example.com/staff",
    "STAFF_OIDC_CLIENT_ID": "portal",
    "STAFF_OIDC_CLIENT_SECRET": "a-client-secret",
    "STAFF_OIDC_ROLES": ["helpdesk=ops", "security=auditors"],
}
BAD: dict[str, tuple[str, dict[str, object]]] = {
    "no pool": ("portal.E001", {"COGNITO_USER_POOL_ID": ""}),
    "pool id without region": ("portal.E002", {"COGNITO_USER_POOL_ID": "AbCdEf123"}),
    "pool id with a blank": ("portal.E002", {"COGNITO_USER_POOL_ID": "us-east-1_AbC dEf"}),
    "no client": ("portal.E003", {"COGNITO_CLIENT_ID": ""}),
    "client id of another shape": ("portal.E004", {"COGNITO_CLIENT_ID": "arn:aws:client/1"}),
    "client id too long": ("portal.E004", {"COGNITO_CLIENT_ID": "a" * 129}),
    "no region": ("portal.E005", {"AWS_REGION": ""}),
    "no such region": ("portal.E005", {"AWS_REGION": "Ireland"}),
    "pool of another region": ("portal.E006", {"AWS_REGION": "eu-west-1"}),
    "no keys of the log": ("portal.E019", {"AUDIT_KEYS": []}),
    "short key of the log": ("portal.E020", {"AUDIT_KEYS": ["a:c2hvcnQ"]}),
    "key of the log without id": ("portal.E020", {"AUDIT_SIGNING_KEYS": ["c2hvcnQ"]}),
    "stream that is none": ("portal.E021", {"AUDIT_STREAM": "https://siem.example.com"}),
    "known secret key": ("portal.E007", {"SECRET_KEY": portal_settings.INSECURE_SECRET_KEY}),
    "no host names": ("portal.E008", {"ALLOWED_HOSTS": []}),
    "no such flow": ("portal.E017", {"COGNITO_AUTH_FLOW": "PASSWORD"}),
    "a flow that is no sign-in": ("portal.E017", {"COGNITO_AUTH_FLOW": "REFRESH_TOKEN_AUTH"}),
    "no CA file": ("portal.E009", {"COGNITO_CA_FILE": NOWHERE}),
    "sessions in cookies": (
        "portal.E010",
        {"SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies"},
    ),
    "sessions in files": ("portal.E010", {"SESSION_ENGINE": "django.contrib.sessions.backends.file"}),
    "sessions in the cache": ("portal.E010", {"SESSION_ENGINE": "django.contrib.sessions.backends.cache"}),
    "Django's own sessions": ("portal.E010", {"SESSION_ENGINE": "django.contrib.sessions.backends.db"}),
    "accent that is no colour": ("portal.E011", {"SITE_ACCENT": "red"}),
    "accent that is more than one": ("portal.E011", {"SITE_ACCENT": "#aabbcc}body{display:none"}),
    "logo that is no file": ("portal.E012", {"SITE_LOGO": NOWHERE}),
    "onward without a scheme": ("portal.E013", {"ONWARD_URL": "app.example.com"}),
    "onward that runs": ("portal.E013", {"ONWARD_URL": "javascript:alert(1)"}),
    "site without a scheme": ("portal.E025", {"SITE_URL": "portal.example.com"}),
    "alert to no address": ("portal.E026", {"OPS_ALERT_EMAILS": ["ops@example.com", "the desk"]}),
    "alerts without a pause": ("portal.E027", {"OPS_ALERT_MINUTES": 0}),
    "session of 2 minutes": ("portal.E014", {"COGNITO_SESSION_MINUTES": 2}),
    "session of 16 minutes": ("portal.E014", {"COGNITO_SESSION_MINUTES": 16}),
    "session of -1 minutes": ("portal.E014", {"COGNITO_SESSION_MINUTES": -1}),
    "no account limit": ("portal.E015", {"THROTTLE_ACCOUNT_LIMIT": 0}),
    "no account window": ("portal.E015", {"THROTTLE_ACCOUNT_WINDOW_MINUTES": 0}),
    "no address limit": ("portal.E015", {"THROTTLE_ADDRESS_LIMIT": -1}),
    "negative retention": ("portal.E024", {"AUDIT_RETENTION_DAYS": -1}),
    "no rows to onboard": ("portal.E040", {"ONBOARDING_MAX_ROWS": 0}),
    "onboarding backwards": ("portal.E040", {"ONBOARDING_PER_SECOND": -1.0}),
    "fewer mails than none": ("portal.E040", {"ONBOARDING_MAILS_PER_DAY": -1}),
    "lists erased at once": ("portal.E040", {"ONBOARDING_KEEP_DAYS": 0}),
    "negative hours of a reminder": ("portal.E041", {"INVITATION_REMINDER_HOURS": -1}),
    "acts on nobody": ("portal.E040", {"BULK_MOST": 0}),
    "acts backwards": ("portal.E040", {"BULK_PER_SECOND": -0.5}),
    "negative proxies": ("portal.E016", {"TRUSTED_PROXY_COUNT": -1}),
    "second step of no such role": ("portal.E030", {"STAFF_MFA_REQUIRED": ["helpdesk"]}),
    "second step of nobody and somebody": ("portal.E030", {"STAFF_MFA_REQUIRED": ["none", "ops"]}),
    "company sign-in by half": ("portal.E031", OIDC | {"STAFF_OIDC_CLIENT_SECRET": ""}),
    "company sign-in without roles": ("portal.E031", OIDC | {"STAFF_OIDC_ROLES": []}),
    "issuer in clear": ("portal.E032", OIDC | {"STAFF_OIDC_ISSUER": "http://id.example.com"}),
    "no CA file of the provider": ("portal.E034", OIDC | {"STAFF_OIDC_CA_FILE": NOWHERE}),
    "group without role": ("portal.E033", OIDC | {"STAFF_OIDC_ROLES": ["helpdesk"]}),
    "group of no such role": ("portal.E033", OIDC | {"STAFF_OIDC_ROLES": ["helpdesk=root"]}),
    "no help": ("portal.W001", {"HELP_CONTACT": ""}),
}
GOOD: dict[str, dict[str, object]] = {
    "as the tests have it": {},
    "company sign-in": OIDC,
    "second step of everybody": {"STAFF_MFA_REQUIRED": ["ops", "auditors", "admins"]},
    "pool of another region behind an endpoint of its own": {
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://127.0.0.1:9",
    },
    "GovCloud": {"AWS_REGION": "us-gov-west-1", "COGNITO_USER_POOL_ID": "us-gov-west-1_AbCdEf123"},
    "China": {"AWS_REGION": "cn-north-1", "COGNITO_USER_POOL_ID": "cn-north-1_AbCdEf123"},
    "session of 3 minutes": {"COGNITO_SESSION_MINUTES": 3},
    "session of 15 minutes": {"COGNITO_SESSION_MINUTES": 15},
    "look": {"SITE_ACCENT": "#0a5f38", "ONWARD_URL": "https://app.example.com/", "SITE_LOGO": __file__},
    "known secret key in debug mode": {"SECRET_KEY": portal_settings.INSECURE_SECRET_KEY, "DEBUG": True},
    "no keys of the log in debug mode": {"AUDIT_KEYS": [], "DEBUG": True},
}
PRODUCTION = {
    "DEBUG": "0",
    "AUDIT_KEYS": "tests:dGhlLWtleS1vZi10aGUtdGVzdHMtd2l0aC0zMi1ieXRlcw",
    "SECRET_KEY": "a-production-secret-key-of-more-than-fifty-characters-0123456789",
    "ALLOWED_HOSTS": "portal.example.com",
    "AWS_REGION": "eu-west-1",
    "COGNITO_USER_POOL_ID": "eu-west-1_AbCdEf123",
    "COGNITO_CLIENT_ID": "1example23456789",
    "HELP_CONTACT": "help@example.com",
}


def found() -> list[str]:
    return [str(message.id) for message in checks.configuration(None)]


def configured(settings: Settings, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)


@pytest.mark.parametrize("name", BAD)
def test_bad_setting_is_named_by_its_code(settings: Settings, name: str) -> None:
    code, changes = BAD[name]
    configured(settings, changes)
    assert found() == [code]


@pytest.mark.parametrize("name", GOOD)
def test_good_settings_have_no_message(settings: Settings, name: str) -> None:
    configured(settings, GOOD[name])
    assert found() == []


def test_every_code_is_tried_above() -> None:
    source = Path(checks.__file__).read_text()
    codes = {
        line.split('"')[1] for line in source.replace("id=", "\n").splitlines() if line.startswith('"portal.')
    }
    assert codes == {code for code, _ in BAD.values()}


def test_message_never_repeats_a_secret(settings: Settings) -> None:
    settings.SECRET_KEY = portal_settings.INSECURE_SECRET_KEY
    settings.COGNITO_CLIENT_SECRET = "canary-of-a-client-secret"
    said = " ".join(f"{message.msg} {message.hint}" for message in checks.configuration(None))
    assert said
    assert portal_settings.INSECURE_SECRET_KEY not in said
    assert "canary" not in said


def check(*options: str, **changes: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *options],
        cwd=ROOT,
        env=inherited | PRODUCTION | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_is_clean_to_djangos_own_checks(tmp_path: Path) -> None:
    done = check("--deploy", "--fail-level", "WARNING", DATABASE_URL=f"sqlite:///{tmp_path / 'db.sqlite3'}")
    # AWS cannot be asked here, which is said and is no fault.
    assert (done.returncode, re.findall(r"\((\w+\.[A-Z]\d+)\)", done.stderr)) == (0, ["portal.I001"])


def test_command_stops_at_a_bad_setting(tmp_path: Path) -> None:
    done = check(COGNITO_USER_POOL_ID="", DATABASE_URL=f"sqlite:///{tmp_path / 'db.sqlite3'}")
    assert done.returncode == 1
    assert "portal.E001" in done.stderr
