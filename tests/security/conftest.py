from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pytest
from django.http import HttpResponse
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.transport import Timeouts, Transport
from cognito_portal.identity import SIGNED_IN
from tests.databases import Database
from tests.security.browsing import Browser, hidden_inputs
from tests.security.faulty import CLIENT_ID, ISSUER, POOL_ID, FaultyCognito

SHORT = Timeouts(connect_s=0.5, read_s=0.3, total_s=0.6)
OLD_PASSWORD, NEW_PASSWORD = "Temporary-1-pass", "Brand-new-1-pass"


@dataclass
class Site:
    """The portal in this process, in front of a Cognito that fails on demand, and one browser on it."""

    cognito: FaultyCognito
    browser: Browser

    def sign_in(self, username: str = "mary", password: str = OLD_PASSWORD) -> HttpResponse:
        return self.browser.post("/sign-in/", {"username": username, "password": password})

    def come_to_new_password(self) -> None:
        assert self.sign_in().headers["Location"] == "/sign-in/new-password/"

    def answer(self, password: str = NEW_PASSWORD) -> HttpResponse:
        page = self.browser.get("/sign-in/new-password/")
        return self.browser.post(
            "/sign-in/new-password/", hidden_inputs(page.content.decode()) | {"new_password": password}
        )

    @property
    def is_at_new_password(self) -> bool:
        return self.browser.get("/sign-in/new-password/").status_code == 200

    @property
    def is_signed_in(self) -> bool:
        return self.browser.get("/account/").status_code == 200 or SIGNED_IN in self.browser.session


def point_at(settings: Settings, cognito: FaultyCognito) -> None:
    settings.AWS_REGION = "us-east-1"
    settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = cognito.endpoint
    settings.COGNITO_USER_POOL_ID = POOL_ID
    settings.COGNITO_CLIENT_ID = CLIENT_ID
    settings.COGNITO_ISSUER = ISSUER


@pytest.fixture
def faulty() -> Iterator[FaultyCognito]:
    cognito = FaultyCognito()
    yield cognito
    cognito.stop()


@contextmanager
def _portal_before(cognito: FaultyCognito, settings: Settings, patch: pytest.MonkeyPatch) -> Iterator[Site]:
    point_at(settings, cognito)
    patch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    clients.forget()
    yield Site(cognito, Browser())
    clients.forget()


@pytest.fixture
def patient_site(
    faulty: FaultyCognito, settings: Settings, monkeypatch: pytest.MonkeyPatch, sqlite: Database
) -> Iterator[Site]:
    """With the portal's own limits of time."""
    with _portal_before(faulty, settings, monkeypatch) as site:
        yield site


@pytest.fixture
def site(patient_site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """With limits so short that a fault of time takes no time."""
    transport = cache(lambda: Transport(patient_site.cognito.endpoint, timeouts=SHORT))
    with monkeypatch.context() as patch:
        patch.setattr(clients, "transport", transport)
        yield patient_site


@pytest.fixture
def stored_site(
    faulty: FaultyCognito, settings: Settings, monkeypatch: pytest.MonkeyPatch, database: Database
) -> Iterator[Site]:
    """On each of the two databases."""
    with _portal_before(faulty, settings, monkeypatch) as site:
        yield site
