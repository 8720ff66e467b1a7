from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from pytest_django import Settings

from cognito_portal import clients
from tests.databases import Database
from tests.signin.browsing import Tab
from tests.signin.stub import CLIENT_ID, POOL_ID, StubCognito


@pytest.fixture(scope="session")
def stub_server() -> Iterator[StubCognito]:
    with StubCognito() as stub:
        yield stub


def point_at(stub: StubCognito, settings: Settings | LazySettings) -> None:
    """Have the portal in this process use the stub as it answers now."""
    settings.AWS_REGION = "eu-west-1"
    settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = stub.url
    settings.COGNITO_USER_POOL_ID = POOL_ID
    settings.COGNITO_CLIENT_ID = CLIENT_ID
    settings.COGNITO_CLIENT_SECRET = stub.client_secret
    settings.COGNITO_ISSUER = stub.ways.issuer
    settings.COGNITO_JWKS_URL = stub.keys_url
    clients.forget()


@pytest.fixture
def stub(settings: Settings, stub_server: StubCognito, sqlite: Database) -> Iterator[StubCognito]:
    """The stub Cognito, and the portal in this process on it and on a database of the test's own."""
    stub_server.client_secret = ""
    stub_server.reset()
    point_at(stub_server, settings)
    yield stub_server
    clients.forget()


@pytest.fixture
def tab() -> Tab:
    """A tab of a new browser."""
    return Tab()


@pytest.fixture
def aws_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """What signed operations are signed with."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-key")
