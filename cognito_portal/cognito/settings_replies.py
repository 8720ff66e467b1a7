"""What the portal may know of a pool's and an app client's settings: an allow-list of AWS's replies."""

from collections.abc import Mapping
from typing import Any

from cognito_portal.cognito.fields import bound, dicts, flag, names, optional, reader, required
from cognito_portal.cognito.types import (
    ClientSettings,
    MfaConfig,
    PasswordPolicy,
    PoolSettings,
    SchemaAttribute,
)


@reader
def pool_settings(payload: Mapping[str, Any], _request_id: str | None) -> PoolSettings:
    """Read the allow-listed part of DescribeUserPool's reply."""
    return _pool(required(payload, "UserPool", dict))


@reader
def client_settings(payload: Mapping[str, Any], _request_id: str | None) -> ClientSettings:
    """Read the allow-listed part of DescribeUserPoolClient's reply, which holds ClientSecret in clear."""
    return _client(required(payload, "UserPoolClient", dict))


@reader
def mfa_config(payload: Mapping[str, Any], _request_id: str | None) -> MfaConfig:
    """Read the allow-listed part of GetUserPoolMfaConfig's reply: no texts, no ARNs."""
    passkeys = optional(payload, "WebAuthnConfiguration", dict) or {}
    return MfaConfig(
        mfa_configuration=optional(payload, "MfaConfiguration", str),
        software_token=flag(optional(payload, "SoftwareTokenMfaConfiguration", dict) or {}, "Enabled"),
        # These two have no switch: AWS sends the section where the factor is on, empty or not.
        sms=optional(payload, "SmsMfaConfiguration", dict) is not None,
        email=optional(payload, "EmailMfaConfiguration", dict) is not None,
        relying_party_id=optional(passkeys, "RelyingPartyId", str),
        user_verification=optional(passkeys, "UserVerification", str),
    )


def _pool(pool: Mapping[str, Any]) -> PoolSettings:
    policies = optional(pool, "Policies", dict) or {}
    policy = optional(policies, "PasswordPolicy", dict)
    username = optional(pool, "UsernameConfiguration", dict) or {}
    creation = optional(pool, "AdminCreateUserConfig", dict) or {}
    recovery = optional(pool, "AccountRecoverySetting", dict) or {}
    protection = optional(pool, "UserPoolAddOns", dict) or {}
    issuer = optional(pool, "IssuerConfiguration", dict) or {}
    updates = optional(pool, "UserAttributeUpdateSettings", dict) or {}
    sign_in = optional(policies, "SignInPolicy", dict) or {}
    devices = optional(pool, "DeviceConfiguration", dict)
    return PoolSettings(
        pool_id=required(pool, "Id", str),
        name=optional(pool, "Name", str),
        policy=_policy(policy) if policy is not None else None,
        schema=tuple(_attribute(each) for each in dicts(pool, "SchemaAttributes")),
        mfa_configuration=optional(pool, "MfaConfiguration", str),
        username_attributes=names(pool, "UsernameAttributes") or (),
        alias_attributes=names(pool, "AliasAttributes") or (),
        # Pools older than the setting have none and are case-sensitive.
        case_sensitive=flag(username, "CaseSensitive", default=True),
        device_tracking=devices is not None,
        device_confirmation=flag(devices or {}, "DeviceOnlyRememberedOnUserPrompt"),
        admin_create_only=flag(creation, "AllowAdminCreateUserOnly"),
        auto_verified=names(pool, "AutoVerifiedAttributes") or (),
        verify_before_update=names(updates, "AttributesRequireVerificationBeforeUpdate") or (),
        first_factors=names(sign_in, "AllowedFirstAuthFactors") or (),
        account_recovery=tuple(required(each, "Name", str) for each in dicts(recovery, "RecoveryMechanisms")),
        threat_protection=optional(protection, "AdvancedSecurityMode", str),
        tier=optional(pool, "UserPoolTier", str),
        issuer_type=optional(issuer, "Type", str),
        triggers=tuple(sorted(optional(pool, "LambdaConfig", dict) or {})),
    )


def _policy(policy: Mapping[str, Any]) -> PasswordPolicy:
    return PasswordPolicy(
        minimum_length=required(policy, "MinimumLength", int),
        require_uppercase=flag(policy, "RequireUppercase"),
        require_lowercase=flag(policy, "RequireLowercase"),
        require_numbers=flag(policy, "RequireNumbers"),
        require_symbols=flag(policy, "RequireSymbols"),
        history_size=optional(policy, "PasswordHistorySize", int) or 0,
        # AWS reads 0 as its default of 7 days.
        temporary_password_validity_days=optional(policy, "TemporaryPasswordValidityDays", int) or 7,
    )


def _attribute(attribute: Mapping[str, Any]) -> SchemaAttribute:
    text = optional(attribute, "StringAttributeConstraints", dict) or {}
    number = optional(attribute, "NumberAttributeConstraints", dict) or {}
    return SchemaAttribute(
        name=required(attribute, "Name", str),
        data_type=optional(attribute, "AttributeDataType", str) or "String",
        required=flag(attribute, "Required"),
        mutable=flag(attribute, "Mutable", default=True),
        minimum=bound(text.get("MinLength", number.get("MinValue"))),
        maximum=bound(text.get("MaxLength", number.get("MaxValue"))),
    )


def _client(client: Mapping[str, Any]) -> ClientSettings:
    rotation = optional(client, "RefreshTokenRotation", dict) or {}
    return ClientSettings(
        client_id=required(client, "ClientId", str),
        client_name=optional(client, "ClientName", str),
        has_secret=bool(optional(client, "ClientSecret", str)),
        explicit_auth_flows=names(client, "ExplicitAuthFlows") or (),
        auth_session_validity_minutes=optional(client, "AuthSessionValidity", int),
        prevent_user_existence_errors=optional(client, "PreventUserExistenceErrors", str),
        read_attributes=names(client, "ReadAttributes"),
        write_attributes=names(client, "WriteAttributes"),
        token_revocation_enabled=flag(client, "EnableTokenRevocation"),
        propagates_user_context=flag(client, "EnablePropagateAdditionalUserContextData"),
        refresh_token_rotation=optional(rotation, "Feature", str) == "ENABLED",
    )
