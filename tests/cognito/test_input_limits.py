"""Values outside Cognito's hard limits, operation by operation: no call is made."""

from collections.abc import Callable

import pytest

from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.errors import InvalidInput
from cognito_portal.cognito.srp import DeviceSecret
from tests.cognito.conftest import Serve, client_for
from tests.cognito.servers import answering, response

INVALID: list[tuple[str, Callable[[CognitoClient], object]]] = [
    ("Username", lambda c: c.forgot_password(username="")),
    ("Username", lambda c: c.confirm_sign_up(username="u" * 129, code="1")),
    ("ConfirmationCode", lambda c: c.confirm_sign_up(username="u", code="")),
    ("ConfirmationCode", lambda c: c.confirm_forgot_password(username="u", code="1" * 2049, password="p")),
    ("Password", lambda c: c.confirm_forgot_password(username="u", code="1", password="p" * 257)),
    ("RefreshToken", lambda c: c.get_tokens_from_refresh_token(refresh_token="")),
    ("DeviceKey", lambda c: c.get_tokens_from_refresh_token(refresh_token="r", device_key="k" * 56)),
    ("USERNAME", lambda c: c.refresh_token_auth(username="", refresh_token="r")),
    ("AccessToken", lambda c: c.get_user(access_token="a" * 70_000)),
    (
        "PreviousPassword",
        lambda c: c.change_password(access_token="a", previous_password="", proposed_password="p"),
    ),
    (
        "ProposedPassword",
        lambda c: c.change_password(access_token="a", previous_password="p", proposed_password="p\0"),
    ),
    ("nickname", lambda c: c.update_user_attributes(access_token="a", attributes={"nickname": "n" * 2049})),
    ("Name", lambda c: c.update_user_attributes(access_token="a", attributes={"n" * 33: "v"})),
    ("UserAttributeNames", lambda c: c.delete_user_attributes(access_token="a", names=[""])),
    ("AttributeName", lambda c: c.get_user_attribute_verification_code(access_token="a", attribute="")),
    ("Code", lambda c: c.verify_user_attribute(access_token="a", attribute="email", code="\ud800")),
    ("UserCode", lambda c: c.verify_software_token(code="12345", session="s")),
    ("UserCode", lambda c: c.verify_software_token(code="1234567", session="s")),
    ("Session", lambda c: c.associate_software_token(session="")),
    (
        "Credential",
        lambda c: c.complete_web_authn_registration(access_token="a", credential={"id": "x" * 140_000}),
    ),
    (
        "Credential",
        lambda c: c.complete_web_authn_registration(access_token="a", credential={"id": float("nan")}),
    ),
    ("Credential", lambda c: c.complete_web_authn_registration(access_token="a", credential={"id": b"x"})),
    ("CredentialId", lambda c: c.delete_web_authn_credential(access_token="a", credential_id="")),
    ("DeviceKey", lambda c: c.forget_device(access_token="a", device_key="")),
    (
        "DeviceName",
        lambda c: c.confirm_device(
            access_token="a", device_key="k", verifier=DeviceSecret("p", "s", "v"), device_name="n" * 1025
        ),
    ),
]


@pytest.mark.parametrize(("field_name", "call"), INVALID, ids=[name for name, _ in INVALID])
def test_value_outside_cognitos_limits_makes_no_call(
    serve: Serve, field_name: str, call: Callable[[CognitoClient], object]
) -> None:
    server = serve(answering(response({})))
    with pytest.raises(InvalidInput) as raised:
        call(client_for(server))
    assert (raised.value.field, server.requests) == (field_name, [])
