from typing import Any

import pytest

from cognito_portal.cognito import profile_replies
from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.cognito.fields import Reader
from cognito_portal.cognito.types import Device, UserProfile, WebAuthnCredential

USER: dict[str, Any] = {
    "Username": "mary",
    "UserAttributes": [{"Name": "email", "Value": "canary@example.com"}, {"Name": "name"}],
    "UserMFASettingList": ["SOFTWARE_TOKEN_MFA", "EMAIL_OTP"],
    "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
}
PASSKEY: dict[str, Any] = {
    "CredentialId": "c-1",
    "FriendlyCredentialName": "Phone",
    "RelyingPartyId": "localhost",
    "AuthenticatorAttachment": "platform",
    "AuthenticatorTransports": ["internal", "hybrid"],
    "CreatedAt": 1477662772.246,
}
DEVICE: dict[str, Any] = {
    "DeviceKey": "eu-west-1_1a2b",
    "DeviceAttributes": [
        {"Name": "device_name", "Value": "Firefox"},
        {"Name": "last_ip_used", "Value": "192.0.2.1"},
        {"Name": "dev:device_remembered_status", "Value": "remembered"},
    ],
    "DeviceCreateDate": 1715100742.022,
    "DeviceLastAuthenticatedDate": 1715100743,
}


def user(**changes: Any) -> UserProfile:
    return profile_replies.user_profile({**USER, **changes}, operation="GetUser", request_id="r-1")


def passkey(**changes: Any) -> WebAuthnCredential:
    page, _ = profile_replies.web_authn_credentials(
        {"Credentials": [{**PASSKEY, **changes}]}, operation="ListWebAuthnCredentials", request_id=None
    )
    return page[0]


def device(**changes: Any) -> Device:
    page, _ = profile_replies.devices(
        {"Devices": [{**DEVICE, **changes}]}, operation="ListDevices", request_id=None
    )
    return page[0]


def test_profile_is_read_and_shows_no_attribute() -> None:
    profile = user()
    assert profile.attributes == {"email": "canary@example.com", "name": ""}
    assert (profile.mfa_factors, profile.preferred_mfa) == (
        ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP"),
        "SOFTWARE_TOKEN_MFA",
    )
    assert (profile.request_id, "canary" in repr(profile)) == ("r-1", False)


def test_person_without_a_factor_has_none() -> None:
    profile = user(UserMFASettingList=None, PreferredMfaSetting="")
    assert (profile.mfa_factors, profile.preferred_mfa) == ((), None)


def test_passkey_is_read() -> None:
    assert passkey() == WebAuthnCredential(
        "c-1", "Phone", "localhost", "platform", ("internal", "hybrid"), 1477662772.246
    )


def test_device_is_read() -> None:
    assert device() == Device("eu-west-1_1a2b", "Firefox", "192.0.2.1", 1715100742.022, 1715100743.0, True)


@pytest.mark.parametrize(
    ("attributes", "remembered"),
    [([], None), ([{"Name": "dev:device_remembered_status", "Value": "not_remembered"}], False)],
)
def test_device_is_remembered_only_where_cognito_says_so(
    attributes: list[dict[str, str]], remembered: bool | None
) -> None:
    assert device(DeviceAttributes=attributes).remembered is remembered


def test_last_page_names_no_other() -> None:
    page = profile_replies.devices({"Devices": []}, operation="ListDevices", request_id=None)
    assert page == ((), None)


@pytest.mark.parametrize(
    ("reader", "payload"),
    [
        (profile_replies.user_profile, {}),
        (profile_replies.user_profile, {**USER, "Username": 1}),
        (profile_replies.user_profile, {**USER, "UserAttributes": {"email": "e"}}),
        (profile_replies.user_profile, {**USER, "UserAttributes": [{"Value": "e"}]}),
        (profile_replies.user_profile, {**USER, "UserMFASettingList": "SMS_MFA"}),
        (profile_replies.creation_options, {}),
        (profile_replies.creation_options, {"CredentialCreationOptions": "{}"}),
        (profile_replies.web_authn_credentials, {"Credentials": {}}),
        (profile_replies.web_authn_credentials, {"Credentials": [{}]}),
        (profile_replies.web_authn_credentials, {"Credentials": [{**PASSKEY, "CreatedAt": "2026"}]}),
        (profile_replies.web_authn_credentials, {"Credentials": [], "NextToken": 1}),
        (profile_replies.devices, {"Devices": [{**DEVICE, "DeviceKey": None}]}),
        (profile_replies.devices, {"Devices": [{**DEVICE, "DeviceCreateDate": True}]}),
        (profile_replies.devices, {"Devices": [{**DEVICE, "DeviceCreateDate": 1e300}]}),
        (profile_replies.devices, {"Devices": [{**DEVICE, "DeviceCreateDate": -1}]}),
        (profile_replies.devices, {"Devices": [], "PaginationToken": []}),
        (profile_replies.user_confirmation_necessary, {"UserConfirmationNecessary": "true"}),
    ],
)
def test_odd_reply_is_no_answer(reader: Reader[object], payload: dict[str, Any]) -> None:
    with pytest.raises(CognitoUnavailable) as raised:
        reader(payload, operation="Any", request_id="r-1")
    assert (raised.value.kind, raised.value.request_id) == ("garbage", "r-1")
