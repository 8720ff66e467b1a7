"""What goes to Cognito and what comes back, as frozen types. Field names are AWS's own, in snake_case."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_ATTRIBUTE_PREFIX = "userAttributes."


class AuthFlow(StrEnum):
    """The flows of InitiateAuth and AdminInitiateAuth."""

    USER_PASSWORD_AUTH = "USER_PASSWORD_AUTH"
    USER_SRP_AUTH = "USER_SRP_AUTH"
    ADMIN_USER_PASSWORD_AUTH = "ADMIN_USER_PASSWORD_AUTH"
    USER_AUTH = "USER_AUTH"
    CUSTOM_AUTH = "CUSTOM_AUTH"
    REFRESH_TOKEN_AUTH = "REFRESH_TOKEN_AUTH"


class ChallengeName(StrEnum):
    """The challenges known to botocore's model; Cognito may send others."""

    SMS_MFA = "SMS_MFA"
    EMAIL_OTP = "EMAIL_OTP"
    SOFTWARE_TOKEN_MFA = "SOFTWARE_TOKEN_MFA"
    SELECT_MFA_TYPE = "SELECT_MFA_TYPE"
    MFA_SETUP = "MFA_SETUP"
    PASSWORD_VERIFIER = "PASSWORD_VERIFIER"
    CUSTOM_CHALLENGE = "CUSTOM_CHALLENGE"
    SELECT_CHALLENGE = "SELECT_CHALLENGE"
    DEVICE_SRP_AUTH = "DEVICE_SRP_AUTH"
    DEVICE_PASSWORD_VERIFIER = "DEVICE_PASSWORD_VERIFIER"
    ADMIN_NO_SRP_AUTH = "ADMIN_NO_SRP_AUTH"
    NEW_PASSWORD_REQUIRED = "NEW_PASSWORD_REQUIRED"
    SMS_OTP = "SMS_OTP"
    PASSWORD = "PASSWORD"
    WEB_AUTHN = "WEB_AUTHN"
    PASSWORD_SRP = "PASSWORD_SRP"


@dataclass(frozen=True, slots=True)
class IssuedChallenge:
    """A question that Cognito puts before it gives tokens.

    `name` is a plain string, so that a challenge younger than this code still reaches the caller.
    `session` is None only for challenges that Cognito issues without one (the SRP verifiers).
    """

    name: str
    parameters: Mapping[str, str] = field(repr=False)
    session: str | None = field(repr=False)
    available_challenges: tuple[str, ...]
    request_id: str | None

    def canonical_username(self, typed: str) -> str:
        """Return the username to send, and hash, in every response to this chain of challenges."""
        return self.parameters.get("USERNAME") or self.parameters.get("USER_ID_FOR_SRP") or typed

    def required_attributes(self) -> tuple[str, ...]:
        """Return the attributes that NEW_PASSWORD_REQUIRED asks for, without the `userAttributes.` prefix.

        A missing or unreadable list reads as empty: Cognito then names what it misses in its refusal.
        """
        names = _json_or_none(self.parameters.get("requiredAttributes"))
        if not isinstance(names, list):
            return ()
        bare = (name.removeprefix(_ATTRIBUTE_PREFIX) for name in names if isinstance(name, str))
        return tuple(dict.fromkeys(name for name in bare if name))

    def user_attributes(self) -> Mapping[str, str]:
        """Return the attributes the user already has. They must never be sent back."""
        attributes = _json_or_none(self.parameters.get("userAttributes"))
        if not isinstance(attributes, dict):
            return {}
        return {
            name.removeprefix(_ATTRIBUTE_PREFIX): value
            for name, value in attributes.items()
            if isinstance(value, str)
        }


@dataclass(frozen=True, slots=True)
class AuthenticationResult:
    """Tokens. They count for nothing until `tokens.TokenVerifier` has passed them."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in_s: int
    token_type: str
    new_device_metadata: Mapping[str, str] | None = field(repr=False)
    request_id: str | None


Answer = IssuedChallenge | AuthenticationResult


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """UserPool.Policies.PasswordPolicy. A `history_size` of 0 means that old passwords may return."""

    minimum_length: int
    require_uppercase: bool
    require_lowercase: bool
    require_numbers: bool
    require_symbols: bool
    history_size: int
    temporary_password_validity_days: int


@dataclass(frozen=True, slots=True)
class SchemaAttribute:
    """One attribute of the pool's schema; bounds are characters for String, values for Number."""

    name: str
    data_type: str
    required: bool
    mutable: bool
    minimum: int | None
    maximum: int | None


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """What the portal may know of DescribeUserPool: an allow-list, with no addresses, ARNs or texts.

    `device_confirmation`: a device is remembered only if its person says so. `verify_before_update`: of
    these attributes the old value stays until the new one is verified.
    """

    pool_id: str
    name: str | None
    policy: PasswordPolicy | None
    schema: tuple[SchemaAttribute, ...]
    mfa_configuration: str | None
    username_attributes: tuple[str, ...]
    alias_attributes: tuple[str, ...]
    case_sensitive: bool
    device_tracking: bool
    device_confirmation: bool
    admin_create_only: bool
    auto_verified: tuple[str, ...]
    verify_before_update: tuple[str, ...]
    first_factors: tuple[str, ...]
    account_recovery: tuple[str, ...]
    threat_protection: str | None
    tier: str | None
    issuer_type: str | None
    triggers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What the portal may know of DescribeUserPoolClient. The secret itself is never kept."""

    client_id: str
    client_name: str | None
    has_secret: bool
    explicit_auth_flows: tuple[str, ...]
    auth_session_validity_minutes: int | None
    prevent_user_existence_errors: str | None
    read_attributes: tuple[str, ...] | None
    write_attributes: tuple[str, ...] | None
    token_revocation_enabled: bool
    propagates_user_context: bool
    refresh_token_rotation: bool


@dataclass(frozen=True, slots=True)
class MfaConfig:
    """What the portal may know of GetUserPoolMfaConfig: which factors the pool offers."""

    mfa_configuration: str | None
    software_token: bool
    sms: bool
    email: bool
    relying_party_id: str | None
    user_verification: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer of an operation that answers nothing."""

    request_id: str | None


@dataclass(frozen=True, slots=True)
class CodeDelivery:
    """Where Cognito says a code went, masked by it; any of the three may be empty."""

    medium: str
    destination: str
    attribute: str


@dataclass(frozen=True, slots=True)
class CodeSent:
    """The codes that a call set off: none where no attribute needed one."""

    deliveries: tuple[CodeDelivery, ...]
    request_id: str | None


@dataclass(frozen=True, slots=True)
class SoftwareTokenSecret:
    """The secret of a new authenticator app. `session` goes into VerifySoftwareToken, in a challenge."""

    secret_code: str = field(repr=False)
    session: str | None = field(repr=False)
    request_id: str | None


@dataclass(frozen=True, slots=True)
class SoftwareTokenVerified:
    """The first code was right. `session` answers MFA_SETUP, in a challenge."""

    session: str | None = field(repr=False)
    request_id: str | None


@dataclass(frozen=True, slots=True)
class UserProfile:
    """What GetUser tells of the person who is signed in."""

    username: str
    attributes: Mapping[str, str] = field(repr=False)
    mfa_factors: tuple[str, ...]
    preferred_mfa: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class PoolUser:
    """An account as ops sees it. Dates are epoch seconds; ListUsers leaves the factors out.

    `status` is a plain string, so that one younger than this code still reaches the caller.
    """

    username: str = field(repr=False)
    status: str
    enabled: bool
    attributes: Mapping[str, str] = field(repr=False)
    created_at: float | None
    modified_at: float | None
    mfa_factors: tuple[str, ...]
    preferred_mfa: str | None

    @property
    def sub(self) -> str:
        """The id that never changes; empty where AWS left it out."""
        return self.attributes.get("sub", "")


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the pool. The smaller its precedence, the more its role counts; None where it has none."""

    name: str
    description: str
    precedence: int | None


@dataclass(frozen=True, slots=True)
class AuthEvent:
    """What Cognito itself wrote down of a sign-in. `at` is epoch seconds; words are AWS's, possibly empty.

    `challenges` are pairs of name and response: (Password, Success).
    """

    event_id: str
    kind: str
    response: str
    at: float | None
    risk: str
    challenges: tuple[tuple[str, str], ...]
    ip_address: str
    device_name: str
    place: str


@dataclass(frozen=True, slots=True)
class MfaPreference:
    """Whether a factor is on, and whether it is the one that is asked for."""

    enabled: bool
    preferred: bool


@dataclass(frozen=True, slots=True)
class WebAuthnCredential:
    """A passkey. `created_at` is epoch seconds."""

    credential_id: str
    friendly_name: str
    relying_party_id: str
    authenticator_attachment: str | None
    transports: tuple[str, ...]
    created_at: float | None


@dataclass(frozen=True, slots=True)
class Device:
    """A device that Cognito tracks; dates are epoch seconds. `remembered` is None where AWS does not say."""

    device_key: str
    name: str
    last_ip: str
    created_at: float | None
    last_authenticated_at: float | None
    remembered: bool | None


def _json_or_none(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
