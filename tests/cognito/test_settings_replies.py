from typing import Any

import pytest

from cognito_portal.cognito import settings_replies
from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.cognito.types import MfaConfig

POOL = {
    "Id": "eu-west-1_a",
    "Name": "people",
    "Policies": {
        "PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": True, "PasswordHistorySize": 3},
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]},
    },
    "SchemaAttributes": [
        {"Name": "sub", "AttributeDataType": "String", "Required": True, "Mutable": False},
        {
            "Name": "name",
            "AttributeDataType": "String",
            "Required": True,
            "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"},
        },
        {
            "Name": "custom:age",
            "AttributeDataType": "Number",
            "NumberAttributeConstraints": {"MinValue": "18"},
        },
    ],
    "MfaConfiguration": "OPTIONAL",
    "UsernameConfiguration": {"CaseSensitive": False},
    "DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": True},
    "AutoVerifiedAttributes": ["email"],
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["phone_number"]},
    "LambdaConfig": {"PreSignUp": "arn:canary"},
    "SmsConfiguration": {"SnsCallerArn": "arn:canary"},
}


def test_pool_settings_are_read() -> None:
    pool = settings_replies.pool_settings({"UserPool": POOL}, operation="DescribeUserPool", request_id=None)
    assert pool.policy is not None
    assert (pool.policy.minimum_length, pool.policy.history_size) == (12, 3)
    assert pool.policy.temporary_password_validity_days == 7
    assert [(each.name, each.mutable, each.minimum, each.maximum) for each in pool.schema] == [
        ("sub", False, None, None),
        ("name", True, 0, 2048),
        ("custom:age", True, 18, None),
    ]
    assert (pool.case_sensitive, pool.device_tracking, pool.triggers) == (False, True, ("PreSignUp",))
    assert "canary" not in repr(pool)


def test_what_the_account_page_asks_of_a_pool_is_read() -> None:
    pool = settings_replies.pool_settings({"UserPool": POOL}, operation="DescribeUserPool", request_id=None)
    assert (pool.auto_verified, pool.verify_before_update) == (("email",), ("phone_number",))
    assert (pool.first_factors, pool.device_confirmation) == (("PASSWORD", "WEB_AUTHN"), True)


def test_pool_that_says_nothing_of_devices_and_factors_has_none() -> None:
    bare = {"UserPool": {"Id": "a_b"}}
    pool = settings_replies.pool_settings(bare, operation="DescribeUserPool", request_id=None)
    assert (pool.device_tracking, pool.device_confirmation, pool.first_factors) == (False, False, ())
    assert (pool.auto_verified, pool.verify_before_update) == ((), ())


def test_pool_without_username_configuration_is_case_sensitive() -> None:
    assert settings_replies.pool_settings(
        {"UserPool": {"Id": "a_b"}}, operation="x", request_id=None
    ).case_sensitive


def test_client_settings_keep_no_secret() -> None:
    client = {
        "ClientId": "c",
        "ClientSecret": "canary",
        "AuthSessionValidity": 10,
        "WriteAttributes": ["name"],
    }
    found = settings_replies.client_settings({"UserPoolClient": client}, operation="x", request_id=None)
    assert (found.has_secret, found.auth_session_validity_minutes, found.write_attributes) == (
        True,
        10,
        ("name",),
    )
    assert "canary" not in repr(found)
    assert not any("canary" in str(getattr(found, name)) for name in found.__dataclass_fields__)


@pytest.mark.parametrize(
    "pool",
    [
        None,
        [],
        {},
        {"Id": 1},
        {"Id": "a", "Policies": []},
        {"Id": "a", "Policies": {"PasswordPolicy": {"MinimumLength": "8"}}},
        {"Id": "a", "SchemaAttributes": ["name"]},
        {"Id": "a", "DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": "yes"}},
        {"Id": "a", "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": "PASSWORD"}}},
        {"Id": "a", "UserAttributeUpdateSettings": []},
        {"Id": "a", "SchemaAttributes": [{"Name": "n", "StringAttributeConstraints": {"MinLength": "x"}}]},
    ],
)
def test_odd_pool_is_no_answer(pool: object) -> None:
    with pytest.raises(CognitoUnavailable):
        settings_replies.pool_settings({"UserPool": pool}, operation="DescribeUserPool", request_id=None)


def mfa(payload: dict[str, Any]) -> MfaConfig:
    return settings_replies.mfa_config(payload, operation="GetUserPoolMfaConfig", request_id=None)


def test_factors_of_a_pool_are_read() -> None:
    found = mfa(
        {
            "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": {"Enabled": True},
            "SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": "arn:canary"}},
            "EmailMfaConfiguration": {},
            "WebAuthnConfiguration": {"RelyingPartyId": "localhost", "UserVerification": "preferred"},
        }
    )
    assert found == MfaConfig("OPTIONAL", True, True, True, "localhost", "preferred")
    assert "canary" not in repr(found)


def test_pool_without_factors_has_none() -> None:
    assert mfa({}) == MfaConfig(None, False, False, False, None, None)


@pytest.mark.parametrize(
    "payload",
    [
        {"MfaConfiguration": 1},
        {"SoftwareTokenMfaConfiguration": {"Enabled": "true"}},
        {"SmsMfaConfiguration": True},
        {"WebAuthnConfiguration": {"RelyingPartyId": ["localhost"]}},
    ],
)
def test_odd_factors_are_no_answer(payload: dict[str, Any]) -> None:
    with pytest.raises(CognitoUnavailable):
        mfa(payload)
