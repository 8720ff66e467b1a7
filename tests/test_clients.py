import pytest
from pytest_django import Settings

from cognito_portal import clients
from tests.conftest import Portal


def test_factors_of_the_embedded_pool_are_known(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "FIRST_READ_S", 30.0)
    config = clients.mfa_config()
    assert config is not None
    assert (config.mfa_configuration, config.software_token) == ("OPTIONAL", True)


def test_factors_are_unknown_where_they_cannot_be_read(
    portal: Portal, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "FIRST_READ_S", 30.0)
    clients.forget()
    settings.COGNITO_USER_POOL_ID = f"{portal.cognito.region}_Nowhere1"
    assert clients.mfa_config() is None
