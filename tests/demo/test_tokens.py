"""Tokens that anyone can check by the key set, and what ends them."""

from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests

from .conftest import GOOD_PASSWORD, OTHER_PASSWORD, Answer, Caller


@pytest.fixture(scope="module")
def user(api: Caller) -> str:
    return api.confirm()


@pytest.fixture
def tokens(api: Caller, user: str) -> dict[str, Any]:
    return api.sign_in(user, GOOD_PASSWORD).tokens


def verified(api: Caller, token: str, **options: Any) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict(requests.get(api.cognito.jwks_url, timeout=20).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=["RS256"], issuer=api.cognito.issuer, **options
    )
    return claims


def refresh(api: Caller, token: str) -> Answer:
    return api.call("GetTokensFromRefreshToken", ClientId=api.client_id, RefreshToken=token)


def revoke(api: Caller, token: str) -> Answer:
    return api.call("RevokeToken", ClientId=api.client_id, Token=token)


def test_id_token_is_signed_and_names_the_user(api: Caller, user: str, tokens: dict[str, Any]) -> None:
    claims = verified(api, tokens["IdToken"], audience=api.client_id)
    assert claims["token_use"] == "id"
    assert claims["cognito:username"] == user
    assert claims["exp"] - claims["iat"] == tokens["ExpiresIn"]


def test_access_token_is_signed_and_names_the_client(api: Caller, user: str, tokens: dict[str, Any]) -> None:
    claims = verified(api, tokens["AccessToken"])
    assert (claims["token_use"], claims["client_id"], claims["username"]) == ("access", api.client_id, user)


def test_id_and_access_tokens_have_different_keys(tokens: dict[str, Any]) -> None:
    kids = {jwt.get_unverified_header(tokens[name])["kid"] for name in ("IdToken", "AccessToken")}
    assert len(kids) == 2


def test_key_set_of_another_pool_has_other_keys(api: Caller, make_pool: Callable[..., Caller]) -> None:
    other = make_pool()
    url = f"{api.cognito.endpoint}/{other.pool_id}/.well-known/jwks.json"
    kids = {key["kid"] for key in requests.get(url, timeout=20).json()["keys"]}
    ours = {key["kid"] for key in requests.get(api.cognito.jwks_url, timeout=20).json()["keys"]}
    assert not kids & ours


@pytest.mark.parametrize("path", ["/", "/_ministack/health", "/x/.well-known/jwks.json", "/oauth2/authorize"])
def test_nothing_else_is_served_by_get(api: Caller, path: str) -> None:
    assert requests.get(api.cognito.endpoint + path, timeout=20).status_code == 404


def test_get_user_answers_with_the_token(api: Caller, user: str, tokens: dict[str, Any]) -> None:
    answer = api.call("GetUser", AccessToken=tokens["AccessToken"])
    assert answer.body["Username"] == user
    assert {"Name": "name", "Value": "Cora Confirmed"} in answer.body["UserAttributes"]


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0."])
def test_forged_access_token_is_refused(api: Caller, token: str) -> None:
    assert api.call("GetUser", AccessToken=token).body["__type"] == "NotAuthorizedException"


def test_refresh_gives_no_new_refresh_token(api: Caller, tokens: dict[str, Any]) -> None:
    answer = refresh(api, tokens["RefreshToken"])
    assert verified(api, answer.tokens["AccessToken"])["client_id"] == api.client_id
    assert "RefreshToken" not in answer.tokens


def test_revoked_refresh_token_is_refused(api: Caller, tokens: dict[str, Any]) -> None:
    assert revoke(api, tokens["RefreshToken"]).refusal is None
    assert refresh(api, tokens["RefreshToken"]).refusal == (
        "NotAuthorizedException",
        "Refresh Token has been revoked",
    )


def test_revoking_ends_the_access_token(api: Caller, tokens: dict[str, Any]) -> None:
    revoke(api, tokens["RefreshToken"])
    assert api.call("GetUser", AccessToken=tokens["AccessToken"]).refusal == (
        "NotAuthorizedException",
        "Access Token has been revoked",
    )


def test_revoking_one_sign_in_leaves_the_others(api: Caller, user: str, tokens: dict[str, Any]) -> None:
    other = api.sign_in(user, GOOD_PASSWORD).tokens
    revoke(api, tokens["RefreshToken"])
    assert api.call("GetUser", AccessToken=other["AccessToken"]).refusal is None


def test_access_token_cannot_be_revoked(api: Caller, tokens: dict[str, Any]) -> None:
    assert revoke(api, tokens["AccessToken"]).body["__type"] == "UnsupportedTokenTypeException"


def test_token_of_another_client_cannot_be_revoked(
    tokens: dict[str, Any], make_client: Callable[..., Caller]
) -> None:
    assert revoke(make_client(), tokens["RefreshToken"]).body["__type"] == "UnauthorizedException"


def test_revocation_may_be_off(make_client: Callable[..., Caller]) -> None:
    client = make_client(EnableTokenRevocation=False)
    assert revoke(client, "x" * 20).body["__type"] == "UnsupportedOperationException"


def test_changed_password_signs_in(api: Caller) -> None:
    user = api.confirm()
    access = api.sign_in(user, GOOD_PASSWORD).tokens["AccessToken"]
    change = {"AccessToken": access, "PreviousPassword": GOOD_PASSWORD, "ProposedPassword": OTHER_PASSWORD}
    assert api.call("ChangePassword", **change).refusal is None
    assert api.sign_in(user, OTHER_PASSWORD).tokens


def test_change_needs_the_old_password(api: Caller, tokens: dict[str, Any]) -> None:
    change = {"PreviousPassword": "wrong-old-one", "ProposedPassword": OTHER_PASSWORD}
    answer = api.call("ChangePassword", AccessToken=tokens["AccessToken"], **change)
    assert answer.refusal == ("NotAuthorizedException", "Incorrect username or password.")


def test_change_holds_to_the_history(api: Caller, tokens: dict[str, Any]) -> None:
    change = {"PreviousPassword": GOOD_PASSWORD, "ProposedPassword": GOOD_PASSWORD}
    answer = api.call("ChangePassword", AccessToken=tokens["AccessToken"], **change)
    assert answer.body["__type"] == "PasswordHistoryPolicyViolationException"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("email_verified", "NotAuthorizedException"),
        ("sub", "NotAuthorizedException"),
        ("custom:employee_id", "InvalidParameterException"),
    ],
)
def test_user_cannot_write_every_attribute(api: Caller, tokens: dict[str, Any], name: str, code: str) -> None:
    pairs = [{"Name": name, "Value": "true"}]
    answer = api.call("UpdateUserAttributes", AccessToken=tokens["AccessToken"], UserAttributes=pairs)
    assert answer.body["__type"] == code


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
        ("ADMIN_USER_PASSWORD_AUTH", "Initiate Auth method not supported"),
        ("CUSTOM_AUTH", "Auth flow not enabled for this client"),
        ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN_AUTH flow not enabled for this client"),
    ],
)
def test_flow_that_is_not_enabled_is_refused(
    make_client: Callable[..., Caller], flow: str, message: str
) -> None:
    client = make_client(ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"])
    answer = client.call("InitiateAuth", AuthFlow=flow, ClientId=client.client_id, AuthParameters={})
    assert answer.refusal == ("InvalidParameterException", message)


def test_unknown_client_is_refused(api: Caller) -> None:
    answer = Caller(api.cognito, api.pool_id, "nosuchclient").sign_in("active", "x")
    assert answer.refusal == (
        "ResourceNotFoundException",
        "User pool client nosuchclient does not exist.",
    )


def test_client_of_another_pool_is_refused(api: Caller, make_pool: Callable[..., Caller]) -> None:
    other = make_pool()
    request = {"AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "ClientId": other.client_id}
    answer = api.signed("AdminInitiateAuth", **request)
    assert answer.body["__type"] == "ResourceNotFoundException"


def test_admin_flow_signs_in(api: Caller, user: str) -> None:
    parameters = {"USERNAME": user, "PASSWORD": GOOD_PASSWORD}
    request = {"AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "ClientId": api.client_id}
    assert api.signed("AdminInitiateAuth", AuthParameters=parameters, **request).tokens
