"""Refresh tokens that rotate, and what ends them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import GOOD_PASSWORD, Answer, Caller

FLOWS = ["ALLOW_USER_PASSWORD_AUTH"]


@pytest.fixture(scope="module")
def rotating(api: Caller) -> Caller:
    return Caller(api.cognito, api.pool_id, api.cognito.rotating_client_id)


@pytest.fixture
def token(rotating: Caller) -> str:
    return str(rotating.sign_in(rotating.confirm(), GOOD_PASSWORD).tokens["RefreshToken"])


def renew(api: Caller, token: str) -> Answer:
    return api.call("GetTokensFromRefreshToken", ClientId=api.client_id, RefreshToken=token)


def test_renewal_gives_a_new_refresh_token_that_works(rotating: Caller, token: str) -> None:
    second = renew(rotating, token).tokens["RefreshToken"]
    third = renew(rotating, second).tokens["RefreshToken"]
    assert len({token, second, third}) == 3
    access = renew(rotating, third).tokens["AccessToken"]
    assert rotating.call("GetUser", AccessToken=access).refusal is None


def test_old_token_works_within_the_grace_period(rotating: Caller, token: str) -> None:
    renew(rotating, token)
    with rotating.cognito.clock.moved(9):
        assert renew(rotating, token).tokens


def test_old_token_is_refused_after_the_grace_period(rotating: Caller, token: str) -> None:
    second = renew(rotating, token).tokens["RefreshToken"]
    with rotating.cognito.clock.moved(10):
        assert renew(rotating, token).body["__type"] == "RefreshTokenReuseException"
        assert renew(rotating, second).tokens


def test_of_many_renewals_at_once_one_wins(make_client: Callable[..., Caller]) -> None:
    client = make_client(ExplicitAuthFlows=FLOWS, RefreshTokenRotation={"Feature": "ENABLED"})
    token = client.sign_in(client.confirm(), GOOD_PASSWORD).tokens["RefreshToken"]
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: renew(client, token), range(6)))
    assert sum(answer.refusal is None for answer in answers) == 1


def test_revoking_the_new_token_ends_the_sign_in(rotating: Caller, token: str) -> None:
    second = renew(rotating, token).tokens["RefreshToken"]
    assert rotating.call("RevokeToken", ClientId=rotating.client_id, Token=second).refusal is None
    assert renew(rotating, second).body["__type"] == "NotAuthorizedException"


def test_older_flow_is_refused_to_a_client_that_rotates(rotating: Caller, token: str) -> None:
    refused = rotating.call(
        "InitiateAuth",
        AuthFlow="REFRESH_TOKEN_AUTH",
        ClientId=rotating.client_id,
        AuthParameters={"REFRESH_TOKEN": token},
    )
    assert refused.body["__type"] == "InvalidParameterException"


def test_client_cannot_allow_both(api: Caller) -> None:
    flows = [*FLOWS, "ALLOW_REFRESH_TOKEN_AUTH"]
    settings = {"ExplicitAuthFlows": flows, "RefreshTokenRotation": {"Feature": "ENABLED"}}
    refused = api.signed("CreateUserPoolClient", ClientName="both", **settings)
    assert refused.body["__type"] == "InvalidParameterException"


def test_client_is_described_as_it_was_made(api: Caller) -> None:
    shown = api.signed("DescribeUserPoolClient", ClientId=api.cognito.rotating_client_id).body[
        "UserPoolClient"
    ]
    assert shown["RefreshTokenRotation"]["Feature"] == "ENABLED"
    assert "ALLOW_REFRESH_TOKEN_AUTH" not in shown["ExplicitAuthFlows"]
    srp = api.signed("DescribeUserPoolClient", ClientId=api.cognito.srp_client_id).body["UserPoolClient"]
    assert srp["ExplicitAuthFlows"] == ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def test_srp_client_refuses_a_plain_password(api: Caller) -> None:
    client = Caller(api.cognito, api.pool_id, api.cognito.srp_client_id)
    assert client.sign_in("active", GOOD_PASSWORD).refusal == (
        "InvalidParameterException",
        "USER_PASSWORD_AUTH flow not enabled for this client",
    )


def test_changed_client_keeps_what_it_may_do(make_client: Callable[..., Caller]) -> None:
    client = make_client(ExplicitAuthFlows=FLOWS)
    client.signed("UpdateUserPoolClient", ClientId=client.client_id, AuthSessionValidity=15)
    shown = client.signed("DescribeUserPoolClient", ClientId=client.client_id).body["UserPoolClient"]
    assert (shown["ExplicitAuthFlows"], shown["AuthSessionValidity"]) == (FLOWS, 15)


def test_global_sign_out_ends_every_sign_in(api: Caller) -> None:
    user = api.confirm()
    one, two = (api.sign_in(user, GOOD_PASSWORD).tokens for _ in range(2))
    assert api.call("GlobalSignOut", AccessToken=one["AccessToken"]).refusal is None
    for tokens in (one, two):
        assert renew(api, tokens["RefreshToken"]).body["message"] == "Refresh Token has been revoked"
        refused = api.call("GetUser", AccessToken=tokens["AccessToken"])
        assert refused.refusal == ("NotAuthorizedException", "Access Token has been revoked")
    assert api.sign_in(user, GOOD_PASSWORD).tokens


def test_global_sign_out_ends_rotated_tokens(rotating: Caller, token: str) -> None:
    tokens = renew(rotating, token).tokens
    rotating.call("GlobalSignOut", AccessToken=tokens["AccessToken"])
    assert renew(rotating, tokens["RefreshToken"]).body["__type"] == "NotAuthorizedException"
