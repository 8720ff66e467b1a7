"""What `check --deploy` says of the app client, with the embedded Cognito in AWS's place."""

from dataclasses import replace

import pytest
from pytest_django import Settings

from cognito_portal import client_checks, clients
from cognito_portal.cognito.types import ClientSettings

pytestmark = pytest.mark.usefixtures("portal")


def _ids() -> set[str]:
    return {str(found.id) for found in client_checks.app_client(None)}


def test_a_good_client_is_described_and_nothing_is_warned_of() -> None:
    (found,) = client_checks.app_client(None)
    assert found.id == "portal.I002"
    allows, _, lacks = found.msg.partition("It does not allow")
    assert "ALLOW_USER_PASSWORD_AUTH" in allows
    assert "ALLOW_USER_PASSWORD_AUTH" not in lacks


def test_a_client_that_cannot_be_read_is_no_fault(settings: Settings) -> None:
    settings.COGNITO_CLIENT_ID = "0123456789abcdefghijklmnop"
    clients.forget()
    assert _ids() == {"portal.I001"}


@pytest.mark.parametrize(
    ("flows", "configured", "warned"),
    [
        (("ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"), "auto", set()),
        (("ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"), "USER_PASSWORD_AUTH", {"portal.W002"}),
        (("ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"), "auto", {"portal.W002"}),
        (("ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"), "CUSTOM_AUTH", set()),
        (("ALLOW_USER_PASSWORD_AUTH",), "auto", {"portal.W003"}),
        # ExplicitAuthFlows was never set: AWS's default.
        ((), "auto", set()),
        # The old names of the flows.
        (("USER_PASSWORD_AUTH",), "USER_PASSWORD_AUTH", {"portal.W003"}),
    ],
)
def test_a_flow_that_is_needed_and_not_allowed_is_warned_of(
    settings: Settings, flows: tuple[str, ...], configured: str, warned: set[str]
) -> None:
    settings.COGNITO_AUTH_FLOW = configured
    client = replace(_client(), explicit_auth_flows=flows)
    assert {str(found.id) for found in client_checks._findings(client)} == {"portal.I002"} | warned


def test_a_secret_on_one_side_only_is_warned_of(settings: Settings) -> None:
    settings.COGNITO_CLIENT_SECRET = "not the client's"
    assert "portal.W004" in _ids()


def _client() -> ClientSettings:
    return clients.cognito().describe_user_pool_client()
