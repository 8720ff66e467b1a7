"""SECRET_HASH: over the name as sent at first, over the real username afterwards."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable

import pytest

from cognito_portal.demo.directory import Client

from .conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller


def hashed(api: Caller, username: str, *, secret: str = "") -> str:
    key = (secret or api.cognito.client_secret).encode()
    digest = hmac.new(key, (username + api.client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def wrong_hash(api: Caller) -> tuple[str, str]:
    return "NotAuthorizedException", f"Unable to verify secret hash for client {api.client_id}"


def no_hash(api: Caller) -> tuple[str, str]:
    return (
        "NotAuthorizedException",
        f"Client {api.client_id} is configured with secret but SECRET_HASH was not received",
    )


def test_published_vector() -> None:
    client = Client("p", "1example23456789", {"ClientSecret": "my-client-secret"})
    assert client.secret_hash("alice@example.com") == "fbclcDMIxEN9wAZD7eHNwH6Pk64U/2UGHYd52rfWyB0="


def test_walk_with_a_secret(secret_api: Caller) -> None:
    user = secret_api.invite(name="Full Name")
    right = hashed(secret_api, user)
    session = secret_api.sign_in(user, TEMPORARY_PASSWORD, SECRET_HASH=right).session
    assert secret_api.set_password(session, user, SECRET_HASH=right).tokens


def test_missing_hash_is_refused(secret_api: Caller) -> None:
    assert secret_api.sign_in("active", "x").refusal == no_hash(secret_api)


def test_wrong_hash_is_refused(secret_api: Caller) -> None:
    answer = secret_api.sign_in("active", "x", SECRET_HASH="wrong")
    assert answer.refusal == wrong_hash(secret_api)


def test_hash_that_no_client_asked_for_is_refused(api: Caller) -> None:
    answer = api.sign_in("active", "x", SECRET_HASH="any")
    assert answer.body["__type"] == "NotAuthorizedException"
    assert answer.body["message"] == f"Client {api.client_id} is not configured with secret"


def test_missing_hash_in_an_answer_is_refused(secret_api: Caller) -> None:
    user = secret_api.invite(name="Full Name")
    session = secret_api.sign_in(user, TEMPORARY_PASSWORD, SECRET_HASH=hashed(secret_api, user)).session
    assert secret_api.set_password(session, user).refusal == no_hash(secret_api)


def test_alias_may_start_but_not_answer(secret_api: Caller) -> None:
    user = secret_api.invite(name="Full Name")
    alias = f"{user}@example.com"
    by_alias, by_name = hashed(secret_api, alias), hashed(secret_api, user)
    session = secret_api.sign_in(alias, TEMPORARY_PASSWORD, SECRET_HASH=by_alias).session
    refused = secret_api.set_password(session, alias, SECRET_HASH=by_alias)
    assert refused.refusal == wrong_hash(secret_api)
    assert secret_api.set_password(session, user, SECRET_HASH=by_name).tokens


@pytest.mark.parametrize("operation", ["ForgotPassword", "ResendConfirmationCode"])
def test_recovery_checks_the_hash(secret_api: Caller, operation: str) -> None:
    answer = secret_api.call(operation, ClientId=secret_api.client_id, Username="x", SecretHash="wrong")
    assert answer.refusal == wrong_hash(secret_api)


def test_sign_up_with_a_secret(secret_api: Caller) -> None:
    pairs = [{"Name": "email", "Value": "h@example.com"}, {"Name": "name", "Value": "Ha Sh"}]
    request = {"Username": "hashling", "Password": GOOD_PASSWORD, "UserAttributes": pairs}
    right = hashed(secret_api, "hashling")
    answer = secret_api.call("SignUp", ClientId=secret_api.client_id, SecretHash=right, **request)
    assert answer.refusal is None


def test_refresh_hash_is_over_the_username(secret_api: Caller) -> None:
    user = secret_api.confirm()
    right = hashed(secret_api, user)
    refresh = secret_api.sign_in(user, GOOD_PASSWORD, SECRET_HASH=right).tokens["RefreshToken"]
    request = {"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": secret_api.client_id}
    good = {"REFRESH_TOKEN": refresh, "SECRET_HASH": right}
    bad = {"REFRESH_TOKEN": refresh, "SECRET_HASH": hashed(secret_api, f"{user}@example.com")}
    assert secret_api.call("InitiateAuth", AuthParameters=good, **request).tokens["AccessToken"]
    assert secret_api.call("InitiateAuth", AuthParameters=bad, **request).refusal == (
        "NotAuthorizedException",
        f"SecretHash does not match for the client: {secret_api.client_id}",
    )


@pytest.mark.parametrize("operation", ["RevokeToken", "GetTokensFromRefreshToken"])
def test_raw_secret_is_checked(secret_api: Caller, operation: str) -> None:
    field = "Token" if operation == "RevokeToken" else "RefreshToken"
    request = {"ClientId": secret_api.client_id, "ClientSecret": "wrong" * 8, field: "anything"}
    answer = secret_api.call(operation, **request)
    assert answer.body["__type"] == "NotAuthorizedException"


def test_a_generated_secret_has_the_form_that_aws_takes_back(make_client: Callable[..., Caller]) -> None:
    secrets = [make_client(GenerateSecret=True) for _ in range(6)]
    described = [
        client.signed("DescribeUserPoolClient", ClientId=client.client_id).body for client in secrets
    ]
    assert all(
        re.fullmatch(r"[\w+]{20,64}", answer["UserPoolClient"]["ClientSecret"]) for answer in described
    )
