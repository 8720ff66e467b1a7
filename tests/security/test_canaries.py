"""Secrets that went through the site lie nowhere in it, in no spelling (security figure 2)."""

import base64
import html
import json
import os
import random
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import requests
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import override_settings
from requests.adapters import HTTPAdapter

from tests.databases import Database
from tests.live import LiveSite, Visitor, live_site
from tests.security.faulty import (
    CLIENT_ID,
    ISSUER,
    POOL_ID,
    FaultyCognito,
    challenge,
    refuses,
    says,
    token,
    tokens,
)

FRAGMENT_CHARS = 24
SECRET_KEY = secrets.token_urlsafe(48)


def canary(name: str) -> str:
    """A secret whose spelling changes with every way of escaping it."""
    return f'{name}-"é</&\\+ {secrets.token_hex(12)}'


def spellings(secret: str) -> set[bytes]:
    """Every form in which a secret may have been written down."""
    raw = secret.encode()
    texts = {secret, quote(secret), quote_plus(secret), quote(secret, safe=""), html.escape(secret)}
    texts |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    texts |= {raw.hex(), raw.hex().upper(), json.dumps(json.dumps(secret)[1:-1])[1:-1]}
    found = {text.encode() for text in texts}
    for shift in range(3):
        # In the middle of something longer that was encoded as a whole.
        inner = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 :]
        found |= {inner[: len(inner) // 4 * 4 - 4], inner.translate(bytes.maketrans(b"+/", b"-_"))[:-4]}
    return found


def fragments(secret: str) -> list[str]:
    """What to look for: of a token the parts that are its own, and of all only as much as a cut leaves."""
    if secret.count(".") == 2:
        _, claims, signature = secret.split(".")
        return [claims[60 : 60 + FRAGMENT_CHARS], signature[:FRAGMENT_CHARS]]
    return [secret, secret[-FRAGMENT_CHARS:]]


@dataclass
class Canaries:
    """Secrets by their names."""

    temporary_password: str = field(default_factory=lambda: canary("temporary"))
    new_password: str = field(default_factory=lambda: canary("new"))
    wrong_password: str = field(default_factory=lambda: canary("wrong"))
    auditor_password: str = field(default_factory=lambda: canary("auditor"))
    session: str = field(default_factory=lambda: "challenge-" + secrets.token_urlsafe(60))
    refresh_token: str = field(default_factory=lambda: "refresh-" + secrets.token_urlsafe(60))
    access_token: str = field(default_factory=lambda: token("access", jti=secrets.token_hex(16)))
    id_token: str = field(default_factory=lambda: token("id", jti=secrets.token_hex(16)))
    client_secret: str = field(default_factory=lambda: "client" + secrets.token_hex(20))
    aws_secret_key: str = field(default_factory=lambda: "aws" + secrets.token_urlsafe(30))

    audit_key: str = field(default_factory=lambda: secrets.token_urlsafe(40))
    totp_secret: str = field(default_factory=lambda: base64.b32encode(secrets.token_bytes(35)).decode())
    custom_answer: str = field(default_factory=lambda: canary("custom"))
    passkey: str = field(default_factory=lambda: "passkey-" + secrets.token_urlsafe(60))
    reset_code: str = field(default_factory=lambda: "reset-" + secrets.token_urlsafe(40))
    device_key: str = field(default_factory=lambda: "us-east-1_" + secrets.token_hex(20))
    device_group_key: str = field(default_factory=lambda: "-group" + secrets.token_hex(20))

    def found_in(self, sink: bytes) -> list[str]:
        return [
            name
            for name, secret in vars(self).items()
            if any(form in sink for fragment in fragments(secret) for form in spellings(fragment))
        ]


@dataclass
class Codes:
    """The short ones, which nothing but a whole number of their own gives away."""

    app: str = field(default_factory=lambda: f"{random.randrange(10**6):06}")
    sent: str = field(default_factory=lambda: f"{random.randrange(10**8):08}")
    first: str = field(default_factory=lambda: f"{random.randrange(10**6):06}")

    def found_in(self, sink: bytes) -> list[str]:
        # The decimals of a time of day, and digits amid something encoded, are none.
        return [
            name
            for name, code in vars(self).items()
            if re.search(rb"(?<![\w.+/-])%s ?%s(?![\w+/=-])" % (code[:3].encode(), code[3:].encode()), sink)
        ]


class BehindTls(HTTPAdapter):
    """Sends cookies marked Secure as well: the proxy that ends TLS is played by a header."""

    def __init__(self, http: requests.Session) -> None:
        super().__init__()
        self._http = http

    def add_headers(self, request: requests.PreparedRequest, **_: object) -> None:
        request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())


@dataclass
class Recorder(Visitor):
    """A browser that keeps everything it was sent: addresses, headers, cookies and pages."""

    kept: list[tuple[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http.mount("http://", BehindTls(self.http))
        self.http.hooks["response"].append(self.keep)

    def headers(self) -> dict[str, str]:
        return {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "Referer": self.site.url} | (
            {"Origin": self.site.url.replace("http:", "https:")}
        )

    def keep(self, response: requests.Response, **_: object) -> None:
        seen = f"{response.url}\n{dict(response.headers)}\n{self.http.cookies.get_dict()}\n".encode()
        self.kept.append((f"{response.request.method} {response.url}", seen + response.content))


def environment(
    cognito: FaultyCognito, database: Database, canaries: Canaries, *, debug: str
) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "tests.security.production",
        "DEBUG": debug,
        "LOG_LEVEL": "DEBUG",
        "SECRET_KEY": SECRET_KEY,
        "AUDIT_KEYS": f"canary:{canaries.audit_key}",
        "ALLOWED_HOSTS": "localhost",
        "TRUSTED_PROXY_COUNT": "1",
        "DATABASE_URL": database.url,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": cognito.endpoint,
        "COGNITO_USER_POOL_ID": POOL_ID,
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_CLIENT_SECRET": canaries.client_secret,
        "COGNITO_ISSUER": ISSUER,
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLEEXAMPLE00",
        "AWS_SECRET_ACCESS_KEY": canaries.aws_secret_key,
        "HELP_CONTACT": "help@example.com",
        "REMEMBER_DEVICES": "1",
        "PYTHONUNBUFFERED": "1",
    }


def echo(canaries: Canaries) -> str:
    """What a careless Cognito, or a Lambda trigger, may put into its message."""
    typed = (canaries.new_password, canaries.temporary_password, canaries.wrong_password)
    further = (canaries.totp_secret, canaries.custom_answer, canaries.passkey, canaries.reset_code)
    return f"refused: {' '.join(typed)} {canaries.session} {' '.join(further)}"


def walk(visitor: Recorder, cognito: FaultyCognito, canaries: Canaries) -> None:
    """Every turn the walk can take, wrong ones first, and every page that a failure shows."""
    said = echo(canaries)
    good = tokens(
        AccessToken=canaries.access_token, IdToken=canaries.id_token, RefreshToken=canaries.refresh_token
    )
    for play in (
        refuses("NotAuthorizedException", said),
        refuses("BrandNewException", said),
        says(said.encode(), status=500),
        says(said.encode()),
        says(good | challenge(Session=canaries.session)),
        lambda connection: connection.reset(),
    ):
        cognito.play("InitiateAuth", play)
        visitor.sign_in(f"mary{len(visitor.kept)}", canaries.wrong_password)
    visitor.sign_in("n" * 129, canaries.wrong_password)
    visitor.get("/sign-in/")
    visitor.post("/broken/", username="mary", password=canaries.wrong_password)
    cognito.play("InitiateAuth", says(challenge(Session=canaries.session)))
    visitor.sign_in("mary", canaries.temporary_password)
    visitor.post("/sign-in/new-password/", new_password=canaries.temporary_password)
    cognito.play("RespondToAuthChallenge", refuses("InvalidPasswordException", said))
    visitor.post("/sign-in/new-password/", new_password=canaries.new_password)
    visitor.post("/sign-in/new-password/", attempt="0" * 32, turn="1", new_password=canaries.new_password)
    visitor.get("/sign-in/new-password/")
    cognito.play("RespondToAuthChallenge", says(good))
    visitor.post("/sign-in/new-password/", new_password=canaries.new_password)
    assert visitor.get("/account/").ok and "mary" in visitor.page.text  # type: ignore[union-attr]


def walk_on(visitor: Recorder, cognito: FaultyCognito, canaries: Canaries, codes: Codes) -> None:
    """Every further kind of step, each refused once where it can be, to a browser that is remembered."""
    said, options = echo(canaries), {"challenge": "eA", "rpId": "localhost", "allowCredentials": []}
    parameters = {"USER_ID_FOR_SRP": "mary", "CREDENTIAL_REQUEST_OPTIONS": json.dumps(options)}
    asked = {"Session": canaries.session, "ChallengeParameters": parameters}
    visitor.post("/account/sign-out/")
    cognito.play("InitiateAuth", says(challenge("SOFTWARE_TOKEN_MFA", **asked)))
    visitor.get("/sign-in/")
    visitor.post("/sign-in/", username="mary", password=canaries.new_password, remember="1")
    cognito.play(
        "AssociateSoftwareToken", says({"SecretCode": canaries.totp_secret, "Session": canaries.session})
    )
    for path, refusal, then, fields in (
        (
            "software-token",
            "CodeMismatchException",
            "EMAIL_OTP",
            {"code": f"{codes.app[:3]} {codes.app[3:]}"},
        ),
        ("email-otp", "CodeMismatchException", "CUSTOM_CHALLENGE", {"code": codes.sent}),
        ("custom", "TooManyRequestsException", "WEB_AUTHN", {"answer": canaries.custom_answer}),
        (
            "passkey",
            "TooManyRequestsException",
            "MFA_SETUP",
            {"credential": json.dumps({"id": canaries.passkey})},
        ),
    ):
        for play in (refuses(refusal, said), says(challenge(then, **asked))):
            cognito.play("RespondToAuthChallenge", play)
            visitor.post(f"/sign-in/{path}/", **fields)
    assert canaries.totp_secret in visitor.page.text  # type: ignore[union-attr]
    finish_set_up(visitor, cognito, canaries, codes)


def finish_set_up(visitor: Recorder, cognito: FaultyCognito, canaries: Canaries, codes: Codes) -> None:
    device = {"DeviceKey": canaries.device_key, "DeviceGroupKey": canaries.device_group_key}
    good = tokens(
        AccessToken=canaries.access_token,
        IdToken=canaries.id_token,
        RefreshToken=canaries.refresh_token,
        NewDeviceMetadata=device,
    )
    cognito.play("ConfirmDevice", says({"UserConfirmationNecessary": False}))
    cognito.play("RespondToAuthChallenge", says(good))
    for play in (
        refuses("EnableSoftwareTokenMFAException", echo(canaries)),
        says({"Status": "SUCCESS", "Session": canaries.session}),
    ):
        cognito.play("VerifySoftwareToken", play)
        visitor.post("/sign-in/mfa-setup/", code=codes.first)
    assert visitor.page is not None and visitor.page.url.endswith("/sign-in/done/"), visitor.page
    assert visitor.http.cookies.get("__Host-device") or visitor.http.cookies.get("device")


def recover(visitor: Recorder, cognito: FaultyCognito, canaries: Canaries) -> None:
    """A password that was forgotten, with the code refused and taken."""
    for play in (refuses("CodeMismatchException", echo(canaries)), says({})):
        cognito.play("ConfirmForgotPassword", play)
        visitor.get("/sign-in/reset-password/")
        fields = {"username": "mary", "code": canaries.reset_code, "new_password": canaries.new_password}
        visitor.post("/sign-in/reset-password/", **fields)
    assert "Your password is set" in visitor.page.text  # type: ignore[union-attr]


def as_auditor(site: LiveSite, canaries: Canaries) -> Recorder:
    visitor = Recorder(site)
    visitor.get("/staff/sign-in/")
    visitor.post("/staff/sign-in/", username="auditor", password=canaries.wrong_password)
    visitor.post("/staff/sign-in/", username="auditor", password=canaries.auditor_password)
    assert "Audit" in visitor.get("/audit/").text
    return visitor


@dataclass
class Walked:
    """What was kept where, and the session keys that browsers held."""

    canaries: Canaries
    codes: Codes
    sinks: dict[str, bytes]
    session_keys: list[str]


@pytest.fixture(params=["0", "1"], ids=["production", "debug"])
def walked(request: pytest.FixtureRequest, sqlite: Database, faulty: FaultyCognito, tmp_path: Path) -> Walked:
    """The whole walk, and what every sink holds while the site still runs."""
    canaries, codes = Canaries(), Codes()
    User.objects.create_user("auditor", password=canaries.auditor_password).groups.add(
        Group.objects.get(name="auditors")
    )
    given = environment(faulty, sqlite, canaries, debug=request.param)
    with live_site(given, log=tmp_path / "log.txt") as site:
        person = Recorder(site)
        walk(person, faulty, canaries)
        walk_on(person, faulty, canaries, codes)
        stranger, auditor = Recorder(site), as_auditor(site, canaries)
        recover(stranger, faulty, canaries)
        kept = person.kept + auditor.kept + stranger.kept
        sinks = {f"{number} {name}": seen for number, (name, seen) in enumerate(kept)}
        sinks["export"] = site.manage("audit_export").encode()
        sinks["database"] = sqlite.path.read_bytes()
        sinks["write-ahead log"] = Path(f"{sqlite.path}-wal").read_bytes()
        sinks["sessions"] = stored_sessions()
        cookies = [*person.http.cookies.items(), *auditor.http.cookies.items()]
        person.get("/account/")
        person.post("/account/sign-out/")
    sinks["log"] = site.log.read_bytes()
    return Walked(canaries, codes, sinks, [value for name, value in cookies if name.endswith("sessionid")])


def stored_sessions() -> bytes:
    """What the rows of the session table say once Django's own signing and packing is undone."""
    with override_settings(SECRET_KEY=SECRET_KEY):
        return json.dumps([SessionStore().decode(row.session_data) for row in Session.objects.all()]).encode()


def test_no_secret_lies_in_any_sink(walked: Walked) -> None:
    leaks = {name: found for name, sink in walked.sinks.items() if (found := walked.canaries.found_in(sink))}
    # The secret of an authenticator app stands on the page that sets it up, and nowhere else.
    shown = [name for name in leaks if name.endswith("/sign-in/mfa-setup/")]
    assert [leaks.pop(name) for name in shown] == [["totp_secret"]] * len(shown) != []
    assert leaks == {}
    numbers = {name: found for name, sink in walked.sinks.items() if (found := walked.codes.found_in(sink))}
    assert numbers == {}
    assert len(walked.sinks) >= 60
    assert b"cognito_tokens" in walked.sinks["sessions"]
    assert all(walked.sinks[name] for name in ("export", "database", "write-ahead log", "log"))


@pytest.mark.parametrize("walked", ["0"], indirect=True)
def test_log_of_production_holds_no_session_key(walked: Walked) -> None:
    assert len(walked.session_keys) == 2
    assert not [key for key in walked.session_keys if key.encode() in walked.sinks["log"]]
    assert not [key for key in walked.session_keys if key.encode() in walked.sinks["export"]]


@pytest.mark.parametrize("encode", [
    lambda text: text, quote, quote_plus, html.escape, json.dumps, repr,
    lambda text: text.encode().hex(), lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(b'{"x":"' + text.encode() + b'"}').decode(),
    lambda text: base64.b64encode(b"ab" + text.encode() + b"cd").decode(),
])  # fmt: skip
def test_search_finds_a_secret_in_every_spelling(encode: object) -> None:
    canaries = Canaries()
    for name, secret in vars(canaries).items():
        sink = f"before {encode(secret)} after".encode()  # type: ignore[operator]
        assert name in canaries.found_in(sink)


@pytest.mark.parametrize("written", ["{}", '"{}"', "code={}&", "<b>{}</b>", "[{}]"])
def test_search_finds_a_code_as_a_number_of_its_own(written: str) -> None:
    codes = Codes()
    for name, code in vars(codes).items():
        for text in (code, f"{code[:3]} {code[3:]}"):
            assert name in codes.found_in(f"at 12:00:00.123456Z {written.format(text)} ab{code}".encode())
        assert codes.found_in(f"12:00:00.{code}Z a{code}b".encode()) == []
