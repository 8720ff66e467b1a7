"""Every flow, with an app client of either kind, for a name however it is typed: live, on the embedded Cognito.

What goes over the wire is watched: contract 3.3 says which name each call carries, and that SECRET_HASH is
made over that very name.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.transport import Transport
from cognito_portal.demo.custom_auth import QUESTIONS
from cognito_portal.signin.attempt import Attempt
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller
from tests.signin.answering import open_challenge, send
from tests.signin.browsing import Tab

NEW_PASSWORD = "Brand-new-7-pass"
FLOWS = ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_AUTH", "CUSTOM_AUTH"]
ALLOWED = [f"ALLOW_{flow}" for flow in (*FLOWS, "ADMIN_USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH")]
KINDS = ["no secret", "secret"]
# A name as it is typed, out of the one that Cognito has.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "username": lambda name: name,
    "address": lambda name: f"{name}@example.com",
    **({"recased": str.upper} if os.environ.get("THOROUGH") else {}),
}


@dataclass(frozen=True)
class AppClient:
    client_id: str
    secret: str = ""

    def hash_over(self, name: str) -> str | None:
        if not self.secret:
            return None
        digest = hmac.new(self.secret.encode(), (name + self.client_id).encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


@dataclass(frozen=True)
class Pool:
    """A pool in which letters are the same, small or capital, and its app clients by what they allow."""

    api: Caller
    of_all: dict[str, AppClient]
    of_srp: dict[str, AppClient]

    def invite(self) -> str:
        return self._with_email_code(self.api.invite())

    def confirm(self) -> str:
        return self._with_email_code(self.api.confirm())

    def _with_email_code(self, name: str) -> str:
        wanted = {"Enabled": True, "PreferredMfa": True}
        answer = self.api.signed("AdminSetUserMFAPreference", Username=name, EmailMfaSettings=wanted)
        assert answer.refusal is None, answer.refusal
        return name


@pytest.fixture(scope="module")
def pool(api: Caller) -> Pool:
    made = Caller(api.cognito, "", "")
    made.pool_id = api.signed(
        "CreateUserPool",
        PoolName="flows",
        AliasAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        Schema=[{"Name": "name", "AttributeDataType": "String", "Required": True, "Mutable": True}],
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
    ).body["UserPool"]["Id"]
    email = {"Subject": "Your code", "Message": "Your code is {####}"}
    made.signed("SetUserPoolMfaConfig", MfaConfiguration="OPTIONAL", EmailMfaConfiguration=email)
    return Pool(made, app_clients(made, ALLOWED), app_clients(made, ["ALLOW_USER_SRP_AUTH"]))


def app_clients(api: Caller, flows: list[str]) -> dict[str, AppClient]:
    """An app client without a secret and one with it."""
    found = {}
    for kind in KINDS:
        body = api.signed(
            "CreateUserPoolClient",
            ClientName=kind,
            GenerateSecret=kind == "secret",
            ExplicitAuthFlows=flows,
            PreventUserExistenceErrors="ENABLED",
        ).body["UserPoolClient"]
        found[kind] = AppClient(body["ClientId"], body.get("ClientSecret", ""))
    return found


@dataclass(frozen=True)
class Exchanged:
    """One call as it went over the wire. `act`: the number of the form that caused it."""

    operation: str
    sent: dict[str, Any]
    answer: dict[str, Any]
    act: int
    is_signed: bool

    @property
    def given(self) -> dict[str, str]:
        given: dict[str, str] = self.sent.get("AuthParameters") or self.sent.get("ChallengeResponses") or {}
        return given

    @property
    def step(self) -> str:
        return str(self.sent.get("AuthFlow") or self.sent.get("ChallengeName"))

    @property
    def told(self) -> str:
        """The name that the answer tells, or an empty text."""
        parameters = self.answer.get("ChallengeParameters") or {}
        return str(parameters.get("USERNAME") or parameters.get("USER_ID_FOR_SRP") or "")


@dataclass
class Wire:
    """The calls of the sign-in, in their order."""

    calls: list[Exchanged] = field(default_factory=list)
    act: int = 0

    def note(self, operation: str, request: requests.PreparedRequest, response: requests.Response) -> None:
        if operation.endswith(("InitiateAuth", "RespondToAuthChallenge")):
            sent, answer = json.loads(request.body or b"{}"), json.loads(response.content)
            signed = "Authorization" in request.headers
            self.calls.append(Exchanged(operation, sent, answer, self.act, signed))

    def steps(self) -> list[str]:
        return [call.step for call in self.calls]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """What the portal's own transport sent and was answered."""
    watched, really_send = Wire(), Transport._send

    def send_(self: Transport, prepared: requests.PreparedRequest, operation: str, exchange: Any) -> Any:
        response = really_send(self, prepared, operation, exchange)
        watched.note(operation, prepared, response)
        return response

    monkeypatch.setattr(Transport, "_send", send_)
    yield watched


def use(pool: Pool, client: AppClient, settings: Settings, *, flow: str) -> None:
    settings.COGNITO_USER_POOL_ID = pool.api.pool_id
    settings.COGNITO_CLIENT_ID = client.client_id
    settings.COGNITO_CLIENT_SECRET = client.secret
    region = settings.AWS_REGION
    settings.COGNITO_ISSUER = f"https://cognito-idp.{region}.amazonaws.com/{pool.api.pool_id}"
    settings.COGNITO_AUTH_FLOW = flow
    clients.forget()


def in_the_session(tab: Tab) -> str:
    """Everything that the server holds for this browser, the encrypted attempt opened."""
    held = tab.session()
    at = {"pool_id": clients.cognito().pool_id, "client_id": clients.cognito().client_id}
    attempt = Attempt.from_session(held.get("attempt"), **at)
    opened = {name: getattr(attempt, name) for name in Attempt.__slots__} if attempt else {}
    return json.dumps(held, default=str) + json.dumps(opened, default=str)


def walk(tab: Tab, pool: Pool, wire: Wire, name: str, *, typed: str, password: str) -> list[str]:
    """From the sign-in page to the end; return what was asked. After no form a password is held."""
    tab.get("/sign-in/")
    wire.act, asked = 0, list[str]()
    typed_too = {"password": password} if 'name="password"' in tab.text else {}
    tab.post("/sign-in/", {**tab.hidden, "username": typed, **typed_too})
    while challenge := open_challenge(tab):
        assert not {word for word in (password, NEW_PASSWORD) if word and word in in_the_session(tab)}
        asked.append(challenge)
        wire.act = len(asked)
        assert wire.act < 8, asked
        answer(tab, pool, challenge, name, password)
    return asked


def answer(tab: Tab, pool: Pool, challenge: str, name: str, password: str) -> None:
    if challenge == "NEW_PASSWORD_REQUIRED":
        tab.answer(NEW_PASSWORD)
    elif challenge == "EMAIL_OTP":
        send(tab, {"code": pool.api.code(name)})
    elif challenge == "SELECT_CHALLENGE":
        send(tab, {"answer": "PASSWORD", "password": password})
    else:
        asked = next(right for question, _, right in QUESTIONS if question in tab.text)
        send(tab, {"answer": asked})


def judge(wire: Wire, client: AppClient, *, typed: str, name: str) -> None:
    """Contract 3.3: the first call carries the name as it was typed, every other the one that Cognito told."""
    told = ""
    for call in wire.calls:
        wanted = typed if call.operation.endswith("InitiateAuth") else told or typed
        assert call.given["USERNAME"] == wanted, call.step
        assert call.given.get("SECRET_HASH") == client.hash_over(wanted), call.step
        assert call.is_signed == call.operation.startswith("Admin")
        told = call.told or told
    assert told == name
    is_admin = wire.calls[0].step == "ADMIN_USER_PASSWORD_AUTH"
    assert {call.is_signed for call in wire.calls} == {is_admin}


def judge_srp(wire: Wire) -> None:
    """Whoever sends SRP_A proves the password within the same request."""
    for begun, proof in zip(wire.calls, wire.calls[1:], strict=False):
        if "SRP_A" in begun.given:
            assert (proof.step, proof.act) == ("PASSWORD_VERIFIER", begun.act)


def assert_signed_in(tab: Tab, name: str, path: str = "/account/") -> None:
    assert tab.path == path, tab.text
    assert tab.session()["cognito_user"]["username"] == name


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("flow", [*FLOWS, "ADMIN_USER_PASSWORD_AUTH"])
def test_a_new_person_gets_in_by_every_flow_under_every_spelling(
    portal: Portal, pool: Pool, wire: Wire, tab: Tab, settings: Settings, flow: str, kind: str, spelling: str
) -> None:
    client, name = pool.of_all[kind], pool.invite()
    use(pool, client, settings, flow=flow)
    typed = SPELLINGS[spelling](name)
    asked = walk(tab, pool, wire, name, typed=typed, password=TEMPORARY_PASSWORD)
    assert asked[-2:] == ["NEW_PASSWORD_REQUIRED", "EMAIL_OTP"]
    assert_signed_in(tab, name, "/sign-in/done/")
    judge(wire, client, typed=typed, name=name)
    judge_srp(wire)
    assert wire.steps()[0] == flow


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_custom_questions_alone_sign_in_under_every_spelling(
    portal: Portal, pool: Pool, wire: Wire, tab: Tab, settings: Settings, kind: str, spelling: str
) -> None:
    client, name = pool.of_all[kind], pool.confirm()
    use(pool, client, settings, flow="CUSTOM_AUTH")
    typed = SPELLINGS[spelling](name)
    asked = walk(tab, pool, wire, name, typed=typed, password="")
    assert asked == ["CUSTOM_CHALLENGE"] * len(QUESTIONS)
    assert_signed_in(tab, name)
    judge(wire, client, typed=typed, name=name)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_auto_remembers_that_a_client_takes_srp_alone(
    portal: Portal,
    pool: Pool,
    wire: Wire,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    spelling: str,
) -> None:
    # Nobody tells what the client allows: only its answers do.
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    client, name = pool.of_srp[kind], pool.confirm()
    use(pool, client, settings, flow="auto")
    typed, begun = SPELLINGS[spelling](name), list[str]()
    for _ in range(2):
        wire.calls.clear()
        tab = Tab()
        assert walk(tab, pool, wire, name, typed=typed, password=GOOD_PASSWORD) == ["EMAIL_OTP"]
        assert_signed_in(tab, name)
        judge(wire, client, typed=typed, name=name)
        judge_srp(wire)
        begun += [step for step in wire.steps() if step in FLOWS]
    assert begun == ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_SRP_AUTH"]


def test_what_auto_learned_of_one_client_is_not_held_of_another(
    portal: Portal, pool: Pool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    use(pool, pool.of_srp["no secret"], settings, flow="auto")
    clients.another_auth_flow("USER_PASSWORD_AUTH")
    assert clients.auth_flow() == "USER_SRP_AUTH"
    settings.COGNITO_CLIENT_ID = pool.of_all["no secret"].client_id
    assert clients.auth_flow() == "USER_PASSWORD_AUTH"


@pytest.mark.parametrize(
    "flow", ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_AUTH", "CUSTOM_AUTH"]
)
def test_a_flow_that_the_settings_name_is_never_left_for_another(
    portal: Portal, pool: Pool, wire: Wire, tab: Tab, settings: Settings, flow: str
) -> None:
    use(pool, pool.of_srp["secret"], settings, flow=flow)
    name = pool.confirm()
    assert walk(tab, pool, wire, name, typed=name, password=GOOD_PASSWORD) == []
    assert (tab.path, tab.status) == ("/sign-in/", 503)
    assert wire.steps() == [flow]
    assert stored()[-1]["outcome"] == "flow_not_enabled"
