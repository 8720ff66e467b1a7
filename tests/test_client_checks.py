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


def test_a_client_that_does_not_exist_is_an_error(settings: Settings) -> None:
    settings.COGNITO_CLIENT_ID = "0123456789abcdefghijklmnop"
    clients.forget()
    assert _ids() == {"portal.E018"}


def test_a_cognito_that_does_not_answer_is_warned_of(settings: Settings) -> None:
    settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = "http://127.0.0.1:1"
    clients.forget()
    assert _ids() == {"portal.W005"}


def test_missing_credentials_are_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    clients.forget()
    assert _ids() == {"portal.I001"}


@pytest.mark.parametrize("wrong", [{"AWS_REGION": "mars"}, {"COGNITO_AUTH_FLOW": "FOO"}])
def test_what_is_wrong_in_itself_is_left_to_the_check_of_the_settings(
    settings: Settings, wrong: dict[str, str]
) -> None:
    for name, value in wrong.items():
        setattr(settings, name, value)
    clients.forget()
    assert _ids() == set()


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
