"""The embedded Cognito as an object: what it seeds, and that it starts and stops."""

import re
import socket
from urllib.parse import urlsplit

import pytest
import requests

from cognito_portal.demo.seed_users import NAMED_USERS
from cognito_portal.demo.server import EmbeddedCognito

from .conftest import Caller


@pytest.fixture(scope="module")
def seeded(api: Caller) -> dict[str, str]:
    """Status by username, as the pool has it."""
    return {
        user.username: api.signed("AdminGetUser", Username=user.username).body["UserStatus"]
        for user in api.cognito.users
        if user.username != "mfa"
    }


def test_users_have_the_status_that_is_printed(api: Caller, seeded: dict[str, str]) -> None:
    assert {user.username: user.status for user in api.cognito.users if user.username != "mfa"} == seeded


def test_named_users_are_there(api: Caller) -> None:
    names = [user.username for user in api.cognito.users[:NAMED_USERS]]
    assert names == [
        "newhire", "active", "disabled", "resetme", "unconfirmed", "expired", "mfa",
        "emailcode", "smscode", "choosemfa", "mfasetup", "newmfa", "passwordless", "custom", "device",
        "noverified",
    ]  # fmt: skip


def test_passwords_are_plain_and_differ(api: Caller) -> None:
    passwords = [user.password for user in api.cognito.users]
    assert len(set(passwords)) == len(passwords)
    for password in passwords:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]{12,}[A-Za-z]", password)


def test_sockets_are_on_loopback(api: Caller) -> None:
    for url in (api.cognito.endpoint, api.cognito.outbox_url):
        assert urlsplit(url).hostname == "127.0.0.1"


def test_issuer_is_awss_own_for_the_region(api: Caller) -> None:
    assert api.cognito.issuer == f"https://cognito-idp.us-east-1.amazonaws.com/{api.pool_id}"


def test_second_one_in_a_process_has_its_own_pool(embedded: EmbeddedCognito) -> None:
    with EmbeddedCognito(extra_users=0) as other:
        assert other.user_pool_id != embedded.user_pool_id
        answer = Caller(other, other.user_pool_id, embedded.client_id).sign_in("active", "x")
        assert answer.body["__type"] == "ResourceNotFoundException"
    # The one that stopped took nothing with it.
    assert requests.get(embedded.jwks_url, timeout=20).json()["keys"]


def test_stopped_one_answers_no_more_even_on_an_open_connection() -> None:
    with EmbeddedCognito(extra_users=0) as cognito:
        address = urlsplit(cognito.endpoint)
        connection = socket.create_connection((str(address.hostname), int(address.port or 0)))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"404" in connection.recv(4096)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    connection.settimeout(5)
    assert connection.recv(4096) == b""
    connection.close()


def test_chosen_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with EmbeddedCognito(port=port, extra_users=0) as cognito:
        assert cognito.endpoint == f"http://127.0.0.1:{port}"


def test_foreign_aws_key_in_the_environment_breaks_nothing(
    embedded: EmbeddedCognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-another-account")
    api = Caller(embedded, embedded.user_pool_id, embedded.client_id)
    assert api.signed("AdminGetUser", Username="active").refusal is None
