"""Usernames in small and capital letters: whether they are the same is the pool's to say."""

import secrets
from collections.abc import Callable

import pytest

from .conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller
from .test_secret_hash import hashed


@pytest.fixture(scope="module")
def pool(make_pool: Callable[..., Caller]) -> Caller:
    """A pool in which letters are the same, small or capital."""
    return make_pool(UsernameConfiguration={"CaseSensitive": False})


def mixed() -> str:
    return "Mixed" + secrets.token_hex(6)


def create(pool: Caller, username: str) -> str:
    answer = pool.signed("AdminCreateUser", Username=username, TemporaryPassword=TEMPORARY_PASSWORD)
    assert answer.refusal is None, answer.refusal
    pool.signed("AdminSetUserPassword", Username=username, Password=GOOD_PASSWORD, Permanent=True)
    return username


def test_user_signs_in_in_any_letters(pool: Caller) -> None:
    username = create(pool, mixed())
    for name in (username, username.lower(), username.upper()):
        assert pool.sign_in(name, GOOD_PASSWORD).refusal is None


def test_letters_make_a_difference_by_default(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool()
    username = create(pool, mixed())
    assert pool.sign_in(username, GOOD_PASSWORD).refusal is None
    assert pool.sign_in(username.upper(), GOOD_PASSWORD).refusal is not None


def test_ops_name_a_user_in_any_letters(pool: Caller) -> None:
    username = create(pool, mixed())
    assert pool.signed("AdminDisableUser", Username=username.upper()).refusal is None
    assert pool.signed("AdminGetUser", Username=username).body["Enabled"] is False


def test_name_is_taken_in_all_letters(pool: Caller) -> None:
    username = create(pool, mixed())
    request = {"Username": username.upper(), "Password": GOOD_PASSWORD}
    answer = pool.call("SignUp", ClientId=pool.client_id, **request)
    assert answer.body["__type"] == "UsernameExistsException"


def test_secret_hash_is_over_the_name_as_typed(pool: Caller) -> None:
    made = pool.signed(
        "CreateUserPoolClient",
        ClientName="secret",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
    ).body["UserPoolClient"]
    client = Caller(pool.cognito, pool.pool_id, made["ClientId"])
    username = mixed()
    right = hashed(client, username, secret=made["ClientSecret"])
    request = {"Username": username, "Password": GOOD_PASSWORD, "SecretHash": right}
    attributes = [{"Name": "email", "Value": f"{username}@example.com"}]
    assert (
        client.call("SignUp", ClientId=client.client_id, UserAttributes=attributes, **request).refusal is None
    )
    pool.signed("AdminConfirmSignUp", Username=username)
    assert client.sign_in(username, GOOD_PASSWORD, SECRET_HASH=right).refusal is None
    assert client.sign_in(username.lower(), GOOD_PASSWORD, SECRET_HASH=right).refusal is not None
