"""Cognito's replies turned into types. Whatever does not fit exactly is no answer: CognitoUnavailable."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.cognito.types import (
    Answer,
    AuthenticationResult,
    ChallengeName,
    ClientSettings,
    IssuedChallenge,
    PasswordPolicy,
    PoolSettings,
    SchemaAttribute,
)

# AWS says 20 to 4,096 and has raised it before; this only keeps a broken server from filling a database.
SESSION_CAP = 65_536
TOKEN_CAP = 65_536
# The first answer of the SRP flows may come without a Session.
_SESSION_OPTIONAL = frozenset(
    {
        ChallengeName.PASSWORD_VERIFIER,
        ChallengeName.DEVICE_SRP_AUTH,
        ChallengeName.DEVICE_PASSWORD_VERIFIER,
    }
)
_NAME = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_TOKEN = re.compile(r"[!-~]+")

T = TypeVar("T")


class _Misfit(Exception):
    """A field is missing or of the wrong type."""


def answer(payload: Mapping[str, Any], *, operation: str, request_id: str | None) -> Answer:
    """Read the reply of InitiateAuth or RespondToAuthChallenge: either tokens or a challenge, never both."""
    try:
        result = _optional(payload, "AuthenticationResult", dict)
        name = _optional(payload, "ChallengeName", str)
        if result and not name:
            return _tokens(result, request_id)
        if name and not result:
            return _challenge(payload, name, request_id)
    except _Misfit:
        pass
    raise CognitoUnavailable("garbage", operation=operation, request_id=request_id)


def pool_settings(payload: Mapping[str, Any], *, operation: str, request_id: str | None) -> PoolSettings:
    """Read the allow-listed part of DescribeUserPool's reply."""
    try:
        return _pool(_required(payload, "UserPool", dict))
    except _Misfit:
        pass
    raise CognitoUnavailable("garbage", operation=operation, request_id=request_id)


def client_settings(payload: Mapping[str, Any], *, operation: str, request_id: str | None) -> ClientSettings:
    """Read the allow-listed part of DescribeUserPoolClient's reply, which holds ClientSecret in clear."""
    try:
        return _client(_required(payload, "UserPoolClient", dict))
    except _Misfit:
        pass
    raise CognitoUnavailable("garbage", operation=operation, request_id=request_id)


def _tokens(result: Mapping[str, Any], request_id: str | None) -> AuthenticationResult:
    expires_in_s = _required(result, "ExpiresIn", int)
    if expires_in_s <= 0:
        raise _Misfit
    device = _optional(result, "NewDeviceMetadata", dict)
    return AuthenticationResult(
        access_token=_token(_required(result, "AccessToken", str)),
        id_token=_token(_required(result, "IdToken", str)),
        refresh_token=_token(refresh) if (refresh := _optional(result, "RefreshToken", str)) else None,
        expires_in_s=expires_in_s,
        token_type=_bearer(_required(result, "TokenType", str)),
        new_device_metadata=_strings(device) if device else None,
        request_id=request_id,
    )


def _token(text: str) -> str:
    if not (_TOKEN.fullmatch(text) and len(text) <= TOKEN_CAP):
        raise _Misfit
    return text


def _bearer(token_type: str) -> str:
    if token_type.lower() != "bearer":
        raise _Misfit
    return token_type


def _challenge(payload: Mapping[str, Any], name: str, request_id: str | None) -> IssuedChallenge:
    session = _optional(payload, "Session", str) or None
    if session is None and name not in _SESSION_OPTIONAL:
        raise _Misfit
    if not _NAME.fullmatch(name) or (session is not None and len(session) > SESSION_CAP):
        raise _Misfit
    return IssuedChallenge(
        name=name,
        parameters=_strings(_optional(payload, "ChallengeParameters", dict) or {}),
        session=session,
        available_challenges=_names(payload, "AvailableChallenges") or (),
        request_id=request_id,
    )


def _pool(pool: Mapping[str, Any]) -> PoolSettings:
    policies = _optional(pool, "Policies", dict) or {}
    policy = _optional(policies, "PasswordPolicy", dict)
    username = _optional(pool, "UsernameConfiguration", dict) or {}
    creation = _optional(pool, "AdminCreateUserConfig", dict) or {}
    recovery = _optional(pool, "AccountRecoverySetting", dict) or {}
    protection = _optional(pool, "UserPoolAddOns", dict) or {}
    issuer = _optional(pool, "IssuerConfiguration", dict) or {}
    return PoolSettings(
        pool_id=_required(pool, "Id", str),
        name=_optional(pool, "Name", str),
        policy=_policy(policy) if policy is not None else None,
        schema=tuple(_attribute(each) for each in _dicts(pool, "SchemaAttributes")),
        mfa_configuration=_optional(pool, "MfaConfiguration", str),
        username_attributes=_names(pool, "UsernameAttributes") or (),
        alias_attributes=_names(pool, "AliasAttributes") or (),
        # Pools older than the setting have none and are case-sensitive.
        case_sensitive=_flag(username, "CaseSensitive", default=True),
        device_tracking=_optional(pool, "DeviceConfiguration", dict) is not None,
        admin_create_only=_flag(creation, "AllowAdminCreateUserOnly"),
        account_recovery=tuple(
            _required(each, "Name", str) for each in _dicts(recovery, "RecoveryMechanisms")
        ),
        threat_protection=_optional(protection, "AdvancedSecurityMode", str),
        tier=_optional(pool, "UserPoolTier", str),
        issuer_type=_optional(issuer, "Type", str),
        triggers=tuple(sorted(_optional(pool, "LambdaConfig", dict) or {})),
    )


def _policy(policy: Mapping[str, Any]) -> PasswordPolicy:
    return PasswordPolicy(
        minimum_length=_required(policy, "MinimumLength", int),
        require_uppercase=_flag(policy, "RequireUppercase"),
        require_lowercase=_flag(policy, "RequireLowercase"),
        require_numbers=_flag(policy, "RequireNumbers"),
        require_symbols=_flag(policy, "RequireSymbols"),
        history_size=_optional(policy, "PasswordHistorySize", int) or 0,
        # AWS reads 0 as its default of 7 days.
        temporary_password_validity_days=_optional(policy, "TemporaryPasswordValidityDays", int) or 7,
    )


def _attribute(attribute: Mapping[str, Any]) -> SchemaAttribute:
    text = _optional(attribute, "StringAttributeConstraints", dict) or {}
    number = _optional(attribute, "NumberAttributeConstraints", dict) or {}
    return SchemaAttribute(
        name=_required(attribute, "Name", str),
        data_type=_optional(attribute, "AttributeDataType", str) or "String",
        required=_flag(attribute, "Required"),
        mutable=_flag(attribute, "Mutable", default=True),
        minimum=_bound(text.get("MinLength", number.get("MinValue"))),
        maximum=_bound(text.get("MaxLength", number.get("MaxValue"))),
    )


def _client(client: Mapping[str, Any]) -> ClientSettings:
    rotation = _optional(client, "RefreshTokenRotation", dict) or {}
    return ClientSettings(
        client_id=_required(client, "ClientId", str),
        client_name=_optional(client, "ClientName", str),
        has_secret=bool(_optional(client, "ClientSecret", str)),
        explicit_auth_flows=_names(client, "ExplicitAuthFlows") or (),
        auth_session_validity_minutes=_optional(client, "AuthSessionValidity", int),
        prevent_user_existence_errors=_optional(client, "PreventUserExistenceErrors", str),
        read_attributes=_names(client, "ReadAttributes"),
        write_attributes=_names(client, "WriteAttributes"),
        token_revocation_enabled=_flag(client, "EnableTokenRevocation"),
        propagates_user_context=_flag(client, "EnablePropagateAdditionalUserContextData"),
        refresh_token_rotation=_optional(rotation, "Feature", str) == "ENABLED",
    )


def _required(source: Mapping[str, Any], key: str, kind: type[T]) -> T:
    value = _optional(source, key, kind)
    if value is None:
        raise _Misfit
    return value


def _optional(source: Mapping[str, Any], key: str, kind: type[T]) -> T | None:
    value = source.get(key)
    # bool is an int to isinstance, and never what a number field means.
    if value is None or (isinstance(value, kind) and not (kind is int and isinstance(value, bool))):
        return value
    raise _Misfit


def _flag(source: Mapping[str, Any], key: str, *, default: bool = False) -> bool:
    value = _optional(source, key, bool)
    return default if value is None else value


def _names(source: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    values = _optional(source, key, list)
    if values is None:
        return None
    if not all(isinstance(value, str) for value in values):
        raise _Misfit
    return tuple(values)


def _dicts(source: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    values = _optional(source, key, list) or []
    if not all(isinstance(value, dict) for value in values):
        raise _Misfit
    return values


def _strings(source: Mapping[str, Any]) -> Mapping[str, str]:
    if not all(isinstance(value, str) for value in source.values()):
        raise _Misfit
    return dict(source)


def _bound(value: object) -> int | None:
    # AWS writes these bounds as strings.
    if value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    raise _Misfit
