"""What all tests share: the embedded Cognito, a database of the test's own, and the portal on both."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django import Settings

from cognito_portal import clients, throttle
from cognito_portal.demo.server import EmbeddedCognito
from tests.databases import (
    Database,
    database,
    migrated_postgresql,
    migrated_sqlite,
    postgresql,
    postgresql_server,
    sqlite,
)
from tests.demo.conftest import Caller, api, embedded, secret_api

__all__ = [
    "api",
    "database",
    "embedded",
    "migrated_postgresql",
    "migrated_sqlite",
    "postgresql",
    "postgresql_server",
    "secret_api",
    "sqlite",
]


@pytest.fixture(autouse=True)
def no_timer_outlives_its_test() -> Iterator[None]:
    """The throttle's summaries are written by a timer, which must not meet the next test's database."""
    yield
    throttle.summaries.stop()


@dataclass
class Portal:
    """The portal in this process, on a database of the test's own and the embedded Cognito."""

    cognito: EmbeddedCognito
    api: Caller
    database: Database


@pytest.fixture
def portal(
    settings: Settings,
    embedded: EmbeddedCognito,
    api: Caller,
    sqlite: Database,
    # The test's own: a second one would put back, after the first, what the first had removed.
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Portal]:
    settings.AWS_REGION = embedded.region
    settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = embedded.endpoint
    settings.COGNITO_USER_POOL_ID = embedded.user_pool_id
    settings.COGNITO_CLIENT_ID = embedded.client_id
    settings.COGNITO_ISSUER = embedded.issuer
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", embedded.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", embedded.secret_access_key)
    clients.forget()
    yield Portal(embedded, api, sqlite)
    clients.forget()
