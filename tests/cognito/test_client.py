import json
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.credentials import Credentials
from botocore.validate import ParamValidator

from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.errors import CognitoUnavailable, InvalidInput, NoCredentials
from cognito_portal.cognito.secret_hash import secret_hash
from cognito_portal.cognito.signing import AwsSigner
from cognito_portal.cognito.transport import Transport
from cognito_portal.cognito.types import AuthenticationResult, AuthFlow, IssuedChallenge
from tests.cognito.conftest import CLIENT_ID, POOL_ID, Serve, client_for
from tests.cognito.servers import Server, answering, response

SESSION = "s" * 1_500
TOKENS = {
    "AuthenticationResult": {"AccessToken": "a", "IdToken": "i", "ExpiresIn": 3600, "TokenType": "Bearer"},
}
CHALLENGE = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": SESSION, "ChallengeParameters": {}}
POOL = {"UserPool": {"Id": POOL_ID}}
CLIENT = {"UserPoolClient": {"ClientId": CLIENT_ID}}


class FixedSession:
    """A botocore session as far as the signer goes."""

    def get_credentials(self) -> Credentials:
        return Credentials("AKIDEXAMPLE", "canary-secret-key", "session-token")


def sent(server: Server, index: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(server.requests[index].partition(b"\r\n\r\n")[2])
    return found


def signing_client(server: Server) -> CognitoClient:
    return CognitoClient(
        transport=Transport(server.url),
        pool_id=POOL_ID,
        client_id=CLIENT_ID,
        signer=AwsSigner("eu-west-1", session=FixedSession()),
    )


def respond(client: CognitoClient, **responses: str) -> object:
    return client.respond_to_auth_challenge(
        challenge="NEW_PASSWORD_REQUIRED", session=SESSION, username="mary", responses=responses
    )


CALLS: list[tuple[str, dict[str, Any], Callable[[CognitoClient], object]]] = [
    ("InitiateAuth", CHALLENGE, lambda c: c.initiate_auth(username="alice", password="pw")),
    (
        "InitiateAuth",
        CHALLENGE,
        lambda c: c.initiate_auth(
            username="alice", flow=AuthFlow.USER_SRP_AUTH, parameters={"SRP_A": "ab" * 384}
        ),
    ),
    (
        "RespondToAuthChallenge",
        TOKENS,
        lambda c: respond(c, NEW_PASSWORD="New-Pass-1", **{"userAttributes.name": "Mary"}),
    ),
    ("AdminInitiateAuth", CHALLENGE, lambda c: c.admin_initiate_auth(username="alice", password="pw")),
    (
        "AdminRespondToAuthChallenge",
        TOKENS,
        lambda c: c.admin_respond_to_auth_challenge(
            challenge="SMS_MFA", session=SESSION, username="mary", responses={"SMS_MFA_CODE": "123456"}
        ),
    ),
    ("RevokeToken", {}, lambda c: c.revoke_token(refresh_token="r" * 1_000)),
    ("DescribeUserPool", POOL, lambda c: c.describe_user_pool()),
    ("DescribeUserPoolClient", CLIENT, lambda c: c.describe_user_pool_client()),
    ("GetUserPoolMfaConfig", {}, lambda c: c.get_user_pool_mfa_config()),
]


@pytest.mark.parametrize("client_secret", [None, "secret-of-twenty-four-chars"])
@pytest.mark.parametrize("operation, answer, call", CALLS)
def test_request_fits_botocores_model(
    serve: Serve,
    operation: str,
    answer: dict[str, Any],
    call: Callable[[CognitoClient], object],
    client_secret: str | None,
) -> None:
    server = serve(answering(response(answer)))
    client = CognitoClient(
        transport=Transport(server.url),
        pool_id=POOL_ID,
        client_id=CLIENT_ID,
        client_secret=client_secret,
        signer=AwsSigner("eu-west-1", session=FixedSession()),
    )
    call(client)
    model = botocore.session.get_session().get_service_model("cognito-idp").operation_model(operation)
    payload = sent(server)
    report = ParamValidator().validate(payload, model.input_shape)
    assert not report.has_errors(), report.generate_report()
    assert set(payload) <= set(model.input_shape.members)
    assert set(model.input_shape.required_members) <= set(payload)


def test_sign_in_with_temporary_password_brings_the_challenge(serve: Serve) -> None:
    server = serve(answering(response(CHALLENGE)))
    answer = client_for(server).initiate_auth(username="alice@example.com", password=" pä ss ")
    assert isinstance(answer, IssuedChallenge)
    assert answer.request_id == "req-1"
    assert sent(server) == {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": CLIENT_ID,
        "AuthParameters": {"USERNAME": "alice@example.com", "PASSWORD": " pä ss "},
    }


def test_new_password_brings_tokens(serve: Serve) -> None:
    server = serve(answering(response(TOKENS)))
    answer = respond(client_for(server), NEW_PASSWORD="New-Pass-1", **{"userAttributes.name": "Mary"})
    assert isinstance(answer, AuthenticationResult)
    assert sent(server) == {
        "ClientId": CLIENT_ID,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": SESSION,
        "ChallengeResponses": {
            "USERNAME": "mary",
            "NEW_PASSWORD": "New-Pass-1",
            "userAttributes.name": "Mary",
        },
    }


def test_hash_is_over_the_username_of_each_request(serve: Serve) -> None:
    server = serve(answering(response(CHALLENGE), response(TOKENS)))
    client = client_for(server, client_secret="my-client-secret")
    client.initiate_auth(username="Alias@Example.com", password="pw")
    respond(client, NEW_PASSWORD="New-Pass-1")

    def hashed(username: str) -> str:
        return secret_hash(username=username, client_id=CLIENT_ID, client_secret="my-client-secret")

    assert sent(server, 0)["AuthParameters"]["SECRET_HASH"] == hashed("Alias@Example.com")
    assert sent(server, 1)["ChallengeResponses"]["SECRET_HASH"] == hashed("mary")


def test_responses_cannot_replace_the_hash_or_the_username(serve: Serve) -> None:
    server = serve(answering(response(TOKENS)))
    respond(client_for(server, client_secret="s"), USERNAME="mallory", SECRET_HASH="forged")
    responses = sent(server)["ChallengeResponses"]
    assert responses["USERNAME"] == "mary"
    assert responses["SECRET_HASH"] != "forged"


def test_client_without_a_secret_never_sends_a_hash(serve: Serve) -> None:
    server = serve(answering(response(TOKENS)))
    respond(client_for(server), SECRET_HASH="forged")
    assert "SECRET_HASH" not in sent(server)["ChallengeResponses"]


@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified", "sub"])
def test_attribute_nobody_may_write_is_never_sent(serve: Serve, name: str) -> None:
    server = serve(answering(response(TOKENS)))
    with pytest.raises(ValueError, match=name):
        respond(client_for(server), NEW_PASSWORD="n", **{f"userAttributes.{name}": "true"})
    assert server.requests == []


@pytest.mark.parametrize("flow", [AuthFlow.ADMIN_USER_PASSWORD_AUTH, AuthFlow.REFRESH_TOKEN_AUTH])
def test_flow_of_another_operation_is_refused(serve: Serve, flow: AuthFlow) -> None:
    with pytest.raises(ValueError, match=flow):
        client_for(serve(answering(response(TOKENS)))).initiate_auth(username="a", password="p", flow=flow)


@pytest.mark.parametrize(
    "username, password, field",
    [
        ("", "p", "USERNAME"),
        ("u" * 129, "p", "USERNAME"),
        ("u\0", "p", "USERNAME"),
        ("u\ud800", "p", "USERNAME"),
        ("u", "", "PASSWORD"),
        ("u", "p" * 257, "PASSWORD"),
        ("u", "p\udfff", "PASSWORD"),
        ("u", "p\0", "PASSWORD"),
    ],
)
def test_input_outside_cognitos_limits_makes_no_call(
    serve: Serve, username: str, password: str, field: str
) -> None:
    server = serve(answering(response(CHALLENGE)))
    with pytest.raises(InvalidInput) as raised:
        client_for(server).initiate_auth(username=username, password=password)
    assert (raised.value.field, server.requests) == (field, [])


def test_input_at_cognitos_limits_is_sent(serve: Serve) -> None:
    server = serve(answering(response(CHALLENGE)))
    client_for(server).initiate_auth(username="u" * 128, password="😀" * 256)
    assert sent(server)["AuthParameters"]["PASSWORD"] == "😀" * 256


@pytest.mark.parametrize(
    "name, value", [("NEW_PASSWORD", "n" * 257), ("NEW_PASSWORD", ""), ("userAttributes.name", "n" * 2049)]
)
def test_response_outside_the_limits_makes_no_call(serve: Serve, name: str, value: str) -> None:
    server = serve(answering(response(TOKENS)))
    with pytest.raises(InvalidInput) as raised:
        respond(client_for(server), **{name: value})
    assert (raised.value.field, server.requests) == (name, [])


def test_challenge_without_session_sends_none(serve: Serve) -> None:
    server = serve(answering(response(TOKENS)))
    client_for(server).respond_to_auth_challenge(
        challenge="PASSWORD_VERIFIER", session=None, username="mary", responses={"TIMESTAMP": "t"}
    )
    assert "Session" not in sent(server)


def test_revocation_sends_the_secret_itself(serve: Serve) -> None:
    server = serve(answering(response(b"")))
    client_for(server, client_secret="my-client-secret").revoke_token(refresh_token="refresh")
    assert sent(server) == {"Token": "refresh", "ClientId": CLIENT_ID, "ClientSecret": "my-client-secret"}


def test_unsigned_operation_carries_no_authorization(serve: Serve) -> None:
    server = serve(answering(response(CHALLENGE)))
    signing_client(server).initiate_auth(username="alice", password="pw")
    assert b"\r\nauthorization:" not in server.requests[0].lower()


def test_signed_operation_without_a_signer_makes_no_call(serve: Serve) -> None:
    server = serve(answering(response(POOL)))
    with pytest.raises(NoCredentials):
        client_for(server).describe_user_pool()
    assert server.requests == []


def test_admin_sign_in_is_signed_and_names_the_pool(serve: Serve) -> None:
    server = serve(answering(response(CHALLENGE)))
    signing_client(server).admin_initiate_auth(username="alice", password="pw")
    assert b"\r\nauthorization: aws4-hmac-sha256" in server.requests[0].lower()
    assert sent(server) == {
        "UserPoolId": POOL_ID,
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "ClientId": CLIENT_ID,
        "AuthParameters": {"USERNAME": "alice", "PASSWORD": "pw"},
    }


def test_admin_answer_to_a_challenge_is_signed_and_names_the_pool(serve: Serve) -> None:
    server = serve(answering(response(TOKENS)))
    signing_client(server).admin_respond_to_auth_challenge(
        challenge="SMS_MFA", session=SESSION, username="mary", responses={"SMS_MFA_CODE": "123456"}
    )
    assert b"\r\nauthorization: aws4-hmac-sha256" in server.requests[0].lower()
    assert sent(server) == {
        "UserPoolId": POOL_ID,
        "ClientId": CLIENT_ID,
        "ChallengeName": "SMS_MFA",
        "Session": SESSION,
        "ChallengeResponses": {"USERNAME": "mary", "SMS_MFA_CODE": "123456"},
    }


def test_admin_sign_in_without_a_signer_makes_no_call(serve: Serve) -> None:
    server = serve(answering(response(CHALLENGE)))
    with pytest.raises(NoCredentials):
        client_for(server).admin_initiate_auth(username="alice", password="pw")
    assert server.requests == []


def test_attribute_nobody_may_write_is_no_admin_answer(serve: Serve) -> None:
    with pytest.raises(ValueError, match="sub"):
        signing_client(serve(answering(response(TOKENS)))).admin_respond_to_auth_challenge(
            challenge="NEW_PASSWORD_REQUIRED",
            session=SESSION,
            username="m",
            responses={"userAttributes.sub": "s"},
        )


def test_settings_of_pool_and_client_are_typed(serve: Serve) -> None:
    server = serve(answering(response(POOL), response(CLIENT)))
    client = signing_client(server)
    assert client.describe_user_pool().pool_id == POOL_ID
    assert client.describe_user_pool_client().client_id == CLIENT_ID


def test_settings_without_a_pool_id_are_garbage(serve: Serve) -> None:
    server = serve(answering(response({"UserPool": {"Name": "no id"}})))
    with pytest.raises(CognitoUnavailable):
        signing_client(server).describe_user_pool()
