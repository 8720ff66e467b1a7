"""The embedded Cognito over real HTTP, called with plain requests: no client code of the portal's."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cognito_portal.demo.server import EmbeddedCognito

GOOD_PASSWORD = "Brand-new-1-pass"
OTHER_PASSWORD = "Quite-other-2-pass"
TEMPORARY_PASSWORD = "Temporary-1-pass"


@dataclass
class Answer:
    """One HTTP answer; ``refusal`` is (code, message) of an error, None of a success."""

    response: requests.Response
    body: dict[str, Any]

    @property
    def refusal(self) -> tuple[str, str] | None:
        return None if self.response.ok else (self.body["__type"], self.body["message"])

    @property
    def tokens(self) -> dict[str, Any]:
        assert "AuthenticationResult" in self.body, self.body
        tokens: dict[str, Any] = self.body["AuthenticationResult"]
        return tokens

    @property
    def session(self) -> str:
        assert "Session" in self.body, self.body
        return str(self.body["Session"])


@dataclass
class Caller:
    """Calls operations; keeps the ids that most calls need."""

    cognito: EmbeddedCognito
    pool_id: str
    client_id: str
    http: requests.Session = field(default_factory=requests.Session)

    def call(self, operation: str, **body: Any) -> Answer:
        return self.post(operation, body, {})

    def post(self, operation: str, body: Any, headers: dict[str, str]) -> Answer:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
            **headers,
        }
        response = self.http.post(self.cognito.endpoint + "/", data=content, headers=sent, timeout=20)
        return Answer(response, response.json())

    def sign(self, operation: str, body: dict[str, Any], *, secret: str = "") -> dict[str, str]:
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        }
        request = AWSRequest(
            "POST", self.cognito.endpoint + "/", headers=headers, data=json.dumps(body).encode()
        )
        key = Credentials(self.cognito.access_key_id, secret or self.cognito.secret_access_key)
        SigV4Auth(key, "cognito-idp", self.cognito.region).add_auth(request)
        return dict(request.headers.items())

    def signed(self, operation: str, **body: Any) -> Answer:
        body = {"UserPoolId": self.pool_id, **body}
        return self.post(operation, body, self.sign(operation, body))

    def sign_in(self, username: str, password: str, **more: str) -> Answer:
        return self.call(
            "InitiateAuth",
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self.client_id,
            AuthParameters={"USERNAME": username, "PASSWORD": password, **more},
        )

    def respond(self, challenge: str, session: str | None, **responses: str) -> Answer:
        body = {"ClientId": self.client_id, "ChallengeName": challenge, "ChallengeResponses": responses}
        return self.call("RespondToAuthChallenge", **body, **({"Session": session} if session else {}))

    def set_password(self, session: str, username: str, password: str = GOOD_PASSWORD, **more: str) -> Answer:
        given = {"USERNAME": username, "NEW_PASSWORD": password, **more}
        return self.respond("NEW_PASSWORD_REQUIRED", session, **given)

    def outbox(self, username: str) -> list[dict[str, str]]:
        messages = self.http.get(self.cognito.outbox_url + "/messages.json", timeout=20).json()
        return [message for message in messages if message["username"] == username]

    def code(self, username: str) -> str:
        return self.outbox(username)[0]["body"].rstrip(".").rpartition(" ")[2]

    def invite(self, *, password: str = TEMPORARY_PASSWORD, **attributes: str) -> str:
        """Create a user with a temporary password; return the username."""
        username = "u" + secrets.token_hex(6)
        attributes = {"email": f"{username}@example.com", "email_verified": "true", **attributes}
        answer = self.signed(
            "AdminCreateUser",
            Username=username,
            TemporaryPassword=password,
            DesiredDeliveryMediums=["EMAIL"],
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )
        assert answer.refusal is None, answer.refusal
        return username

    def confirm(self, **attributes: str) -> str:
        """Create a CONFIRMED user whose password is GOOD_PASSWORD; return the username."""
        username = self.invite(**{"name": "Cora Confirmed", **attributes})
        answer = self.signed(
            "AdminSetUserPassword", Username=username, Password=GOOD_PASSWORD, Permanent=True
        )
        assert answer.refusal is None, answer.refusal
        return username


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedCognito]:
    with EmbeddedCognito(extra_users=3) as cognito:
        yield cognito


@pytest.fixture(scope="session")
def api(embedded: EmbeddedCognito) -> Caller:
    """The demo pool through its public app client."""
    return Caller(embedded, embedded.user_pool_id, embedded.client_id)


@pytest.fixture(scope="session")
def secret_api(embedded: EmbeddedCognito) -> Caller:
    """The demo pool through the app client that has a secret."""
    return Caller(embedded, embedded.user_pool_id, embedded.secret_client_id)


@pytest.fixture(scope="session")
def make_client(api: Caller) -> Callable[..., Caller]:
    """Return a maker of further app clients of the demo pool."""

    def make(**settings: Any) -> Caller:
        settings.setdefault("ExplicitAuthFlows", ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
        answer = api.signed("CreateUserPoolClient", ClientName="test", **settings)
        return Caller(api.cognito, api.pool_id, answer.body["UserPoolClient"]["ClientId"])

    return make


@pytest.fixture(scope="session")
def make_pool(api: Caller) -> Callable[..., Caller]:
    """Return a maker of further pools with a public app client."""

    def make(*, mfa: str = "OFF", **settings: Any) -> Caller:
        pool_id = api.signed("CreateUserPool", PoolName="test", **settings).body["UserPool"]["Id"]
        pool = Caller(api.cognito, pool_id, "")
        pool.signed("SetUserPoolMfaConfig", MfaConfiguration=mfa)
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        answer = pool.signed("CreateUserPoolClient", ClientName="test", ExplicitAuthFlows=flows)
        pool.client_id = answer.body["UserPoolClient"]["ClientId"]
        return pool

    return make
