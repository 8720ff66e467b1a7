"""What the operations on one's own account do beyond one call and one answer."""

from typing import Any

import pytest

from cognito_portal.cognito.calls import PAGES_CAP
from cognito_portal.cognito.errors import (
    Cause,
    CognitoRefused,
    CognitoUnavailable,
    EnableSoftwareTokenMFAError,
)
from tests.cognito.conftest import Serve, client_for
from tests.cognito.servers import answering, response
from tests.cognito.test_operations import sent
from tests.cognito.test_profile_replies import DEVICE, PASSKEY


def test_status_error_is_a_wrong_code(serve: Serve) -> None:
    client = client_for(serve(answering(response({"Status": "ERROR", "Session": "s" * 20}))))
    with pytest.raises(EnableSoftwareTokenMFAError) as raised:
        client.verify_software_token(code="123456", session="s" * 20)
    assert (raised.value.meaning.cause, raised.value.meaning.restart) == (Cause.CODE_MISMATCH, False)


def test_status_that_nobody_knows_is_no_answer(serve: Serve) -> None:
    client = client_for(serve(answering(response({"Status": "PERHAPS"}))))
    with pytest.raises(CognitoUnavailable):
        client.verify_software_token(code="123456", session="s" * 20)


@pytest.mark.parametrize("secret", ["", "short", "with space in it now", "A" * 257, 7])
def test_secret_that_no_app_can_take_is_no_answer(serve: Serve, secret: object) -> None:
    client = client_for(serve(answering(response({"SecretCode": secret, "Session": "s" * 20}))))
    with pytest.raises(CognitoUnavailable):
        client.associate_software_token(session="s" * 20)


@pytest.mark.parametrize("authority", [{}, {"session": "s" * 20, "access_token": "a"}])
def test_app_is_set_up_by_a_session_or_a_token_and_one_only(serve: Serve, authority: dict[str, Any]) -> None:
    server = serve(answering(response({})))
    with pytest.raises(ValueError, match="one of them only"):
        client_for(server).associate_software_token(**authority)
    with pytest.raises(ValueError, match="one of them only"):
        client_for(server).verify_software_token(code="123456", **authority)
    assert server.requests == []


@pytest.mark.parametrize("name", ["sub", "email_verified", "phone_number_verified"])
def test_attribute_nobody_may_write_is_not_updated(serve: Serve, name: str) -> None:
    server = serve(answering(response({})))
    with pytest.raises(ValueError, match=name):
        client_for(server).update_user_attributes(access_token="a", attributes={name: "true"})
    assert server.requests == []


def test_update_that_needs_no_code_says_so(serve: Serve) -> None:
    client = client_for(serve(answering(response(b""))))
    assert client.update_user_attributes(access_token="a", attributes={"name": "M"}).deliveries == ()


def test_delivery_may_hide_where_it_went(serve: Serve) -> None:
    client = client_for(serve(answering(response({"CodeDeliveryDetails": {"DeliveryMedium": "SMS"}}))))
    (delivery,) = client.forgot_password(username="mary").deliveries
    assert (delivery.medium, delivery.destination, delivery.attribute) == ("SMS", "", "")


def test_devices_of_all_pages_are_listed(serve: Serve) -> None:
    second = {**DEVICE, "DeviceKey": "eu-west-1_2b"}
    server = serve(
        answering(response({"Devices": [DEVICE], "PaginationToken": "p2"}), response({"Devices": [second]}))
    )
    found = client_for(server).list_devices(access_token="a")
    assert [device.device_key for device in found] == ["eu-west-1_1a2b", "eu-west-1_2b"]
    assert sent(server) == {"AccessToken": "a", "Limit": 60, "PaginationToken": "p2"}


def test_passkeys_of_all_pages_are_listed(serve: Serve) -> None:
    second = {**PASSKEY, "CredentialId": "c-2"}
    server = serve(
        answering(response({"Credentials": [PASSKEY], "NextToken": "n"}), response({"Credentials": [second]}))
    )
    found = client_for(server).list_web_authn_credentials(access_token="a")
    assert [passkey.credential_id for passkey in found] == ["c-1", "c-2"]
    assert sent(server) == {"AccessToken": "a", "MaxResults": 20, "NextToken": "n"}


def test_list_without_an_end_is_no_answer(serve: Serve) -> None:
    server = serve(answering(response({"Devices": [], "PaginationToken": "again"})))
    with pytest.raises(CognitoUnavailable):
        client_for(server).list_devices(access_token="a")
    assert len(server.requests) == PAGES_CAP


def test_reading_ones_account_is_repeated_after_throttling(serve: Serve) -> None:
    throttled = response({"__type": "TooManyRequestsException"}, status=400)
    server = serve(answering(throttled, response({"Username": "mary", "UserAttributes": []})))
    assert client_for(server).get_user(access_token="a").username == "mary"
    assert len(server.requests) == 2


def test_changing_ones_account_is_not_repeated(serve: Serve) -> None:
    server = serve(answering(response({"__type": "TooManyRequestsException"}, status=400)))
    with pytest.raises(CognitoRefused):
        client_for(server).change_password(access_token="a", previous_password="o", proposed_password="n")
    assert len(server.requests) == 1
