"""Pools, app clients and users, as the emulator has them.

The front is the only one that speaks to the emulator, so a pool's and a client's description is kept until
an operation that changes it comes through.
"""

import base64
import hashlib
import hmac
import threading
from dataclasses import dataclass
from typing import Any

from cognito_portal.demo.tokens import claims_of
from cognito_portal.demo.upstream import Upstream
from cognito_portal.demo.wire import Body, CognitoError, invalid_parameter, not_authorized


@dataclass(frozen=True)
class Client:
    """An app client's settings, as DescribeUserPoolClient words them."""

    pool_id: str
    client_id: str
    settings: Body

    @property
    def secret(self) -> str | None:
        return self.settings.get("ClientSecret")

    @property
    def hides_users(self) -> bool:
        """Whether unknown users must look like wrong passwords."""
        return bool(self.settings.get("PreventUserExistenceErrors") == "ENABLED")

    @property
    def rotation_grace_s(self) -> float | None:
        """Seconds for which a rotated refresh token still works; None for a client that does not rotate."""
        rotation = self.settings.get("RefreshTokenRotation") or {}
        if rotation.get("Feature") != "ENABLED":
            return None
        return float(rotation.get("RetryGracePeriodSeconds") or 0)

    @property
    def session_s(self) -> float:
        """How long a challenge Session lasts, in seconds."""
        return float(self.settings.get("AuthSessionValidity") or 3) * 60

    def check_flow(self, *names: str, message: str) -> None:
        """Refuse unless ExplicitAuthFlows has one of the names; a client that sets none has the default."""
        flows = self.settings.get("ExplicitAuthFlows") or [
            "ALLOW_REFRESH_TOKEN_AUTH",
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_CUSTOM_AUTH",
        ]
        if not set(names) & set(flows):
            raise invalid_parameter(message)

    def secret_hash(self, username: str) -> str:
        """Return the SECRET_HASH of a username; empty for a client without secret."""
        if not self.secret:
            return ""
        message = (username + self.client_id).encode()
        return base64.b64encode(hmac.digest(self.secret.encode(), message, hashlib.sha256)).decode()

    def check_secret_hash(self, username: str, given: str | None) -> None:
        """Refuse a missing, wrong or needless SECRET_HASH."""
        if not self.secret:
            if given:
                raise not_authorized(f"Client {self.client_id} is not configured with secret")
            return
        if not given:
            raise not_authorized(
                f"Client {self.client_id} is configured with secret but SECRET_HASH was not received"
            )
        if not hmac.compare_digest(self.secret_hash(username).encode(), given.encode()):
            raise not_authorized(f"Unable to verify secret hash for client {self.client_id}")

    def check_secret(self, given: str | None) -> None:
        """Refuse a wrong raw ClientSecret (GetTokensFromRefreshToken, RevokeToken)."""
        if self.secret and not hmac.compare_digest(self.secret.encode(), (given or "").encode()):
            raise not_authorized(f"Unable to verify client secret for client {self.client_id}")


@dataclass(frozen=True)
class User:
    """A user as AdminGetUser answers."""

    pool_id: str
    username: str
    sub: str
    status: str
    enabled: bool
    attributes: dict[str, str]

    def verified_contact(self) -> tuple[str, str] | None:
        """Return (attribute name, address) of the address a recovery code may go to."""
        for name in ("email", "phone_number"):
            if self.attributes.get(name) and self.attributes.get(f"{name}_verified") == "true":
                return name, self.attributes[name]
        return None


@dataclass(frozen=True)
class Pool:
    """A pool: ``settings`` as DescribeUserPool words them, ``mfa`` as GetUserPoolMfaConfig does."""

    pool_id: str
    settings: Body
    mfa: Body

    @property
    def password_policy(self) -> dict[str, Any]:
        return dict((self.settings.get("Policies") or {}).get("PasswordPolicy") or {})

    @property
    def schema(self) -> dict[str, Body]:
        return {attribute["Name"]: attribute for attribute in self.settings.get("SchemaAttributes", [])}

    def canonical(self, name: str) -> str:
        """Return a username as the pool keeps it: in small letters where it makes no difference of them."""
        settings = self.settings.get("UsernameConfiguration") or {}
        return name if settings.get("CaseSensitive", True) else name.lower()

    @property
    def required_attributes(self) -> list[str]:
        return [
            name for name, attribute in self.schema.items() if attribute.get("Required") and name != "sub"
        ]

    @property
    def mfa_configuration(self) -> str:
        return str(self.mfa.get("MfaConfiguration") or "OFF")

    @property
    def mfa_factors(self) -> list[str]:
        """The second factors that are switched on; an authenticator app where none is."""
        on = {
            "SMS_MFA": "SmsMfaConfiguration" in self.mfa,
            "SOFTWARE_TOKEN_MFA": (self.mfa.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled"),
            "EMAIL_OTP": "EmailMfaConfiguration" in self.mfa,
        }
        return [factor for factor, enabled in on.items() if enabled] or ["SOFTWARE_TOKEN_MFA"]

    @property
    def first_factors(self) -> list[str]:
        """AllowedFirstAuthFactors; where everybody needs a second factor, AWS allows passwords alone."""
        policy = (self.settings.get("Policies") or {}).get("SignInPolicy") or {}
        allowed = policy.get("AllowedFirstAuthFactors") or ["PASSWORD"]
        return ["PASSWORD"] if self.mfa_configuration == "ON" else list(allowed)

    @property
    def relying_party_id(self) -> str:
        return str((self.mfa.get("WebAuthnConfiguration") or {}).get("RelyingPartyId") or "")

    @property
    def device_configuration(self) -> Body:
        """DeviceConfiguration; empty in a pool that tracks no devices."""
        return dict(self.settings.get("DeviceConfiguration") or {})

    @property
    def auto_verified(self) -> list[str]:
        """The attributes whose new value is sent a code."""
        return list(self.settings.get("AutoVerifiedAttributes") or [])

    @property
    def verified_before_update(self) -> list[str]:
        """The attributes whose old value counts until the new one is verified."""
        update = self.settings.get("UserAttributeUpdateSettings") or {}
        return list(update.get("AttributesRequireVerificationBeforeUpdate") or [])

    @property
    def passkey_is_two_factors(self) -> bool:
        """Whether a passkey has to verify its user, and so stands for a second factor as well."""
        settings = self.mfa.get("WebAuthnConfiguration") or {}
        return bool(settings.get("UserVerification") == "required")


class Directory:
    """Looks pools, clients and users up."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._pools: dict[str, Pool] = {}
        self._clients: dict[str, Client] = {}
        self._lock = threading.Lock()

    def pool(self, pool_id: str) -> Pool:
        pool = self._pools.get(pool_id)
        if pool is None:
            try:
                settings = self._upstream.signed("DescribeUserPool", {"UserPoolId": pool_id})["UserPool"]
            except CognitoError as error:
                raise _no_such_pool(pool_id, error) from error
            mfa = self._upstream.signed("GetUserPoolMfaConfig", {"UserPoolId": pool_id})
            pool = self._pools[pool_id] = Pool(pool_id, settings, mfa)
        return pool

    def forget_pool(self, pool_id: str) -> None:
        """Read the pool afresh when it is next asked for."""
        self._pools.pop(pool_id, None)

    def client(self, client_id: str, *, pool_id: str | None = None) -> Client:
        client = self._clients.get(client_id)
        if client is None or (pool_id is not None and client.pool_id != pool_id):
            raise CognitoError("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
        return client

    def remember_client(self, pool_id: str, client_id: str, overlay: Body) -> None:
        """Read an app client that was created or changed; ``overlay`` is what the emulator has otherwise."""
        answer = self._upstream.signed(
            "DescribeUserPoolClient", {"UserPoolId": pool_id, "ClientId": client_id}
        )
        with self._lock:
            self._clients[client_id] = Client(pool_id, client_id, answer["UserPoolClient"] | overlay)

    def forget_client(self, client_id: str) -> None:
        with self._lock:
            self._clients.pop(client_id, None)

    def user(self, pool_id: str, username: str) -> User:
        """Return the user of this username, alias or sub, or raise UserNotFoundException."""
        answer = self._upstream.signed("AdminGetUser", {"UserPoolId": pool_id, "Username": username})
        return user_of(pool_id, answer, answer["UserAttributes"])

    def with_canonical_name(self, body: Body) -> Body:
        """Return a signed operation's input with its Username as the pool keeps it."""
        if not {"UserPoolId", "Username"} <= body.keys():
            return body
        return {**body, "Username": self.pool(body["UserPoolId"]).canonical(body["Username"])}

    def token_owner(self, access_token: str) -> User:
        """Return whose access token this is; the emulator refuses a forged, expired or revoked one."""
        answer = self._upstream.unsigned("GetUser", {"AccessToken": access_token})
        pool_id = str(claims_of(access_token)["iss"]).rpartition("/")[2]
        user = self.user(pool_id, answer["Username"])
        if user.status == "RESET_REQUIRED":
            raise CognitoError("PasswordResetRequiredException", "Password reset required for the user")
        return user

    def token_client(self, access_token: str) -> Client:
        """Return the app client of an access token that ``token_owner`` has taken."""
        return self.client(str(claims_of(access_token).get("client_id")))

    def check_alias_is_free(self, user: User, name: str, value: str) -> None:
        """Raise AliasExistsException where another user of the pool signs in by this value."""
        settings = self.pool(user.pool_id).settings
        aliases = [*(settings.get("AliasAttributes") or []), *(settings.get("UsernameAttributes") or [])]
        if name not in aliases or not value:
            return
        owner = self.find_signing_in(user.pool_id, value)
        if owner is not None and owner.sub != user.sub:
            raise CognitoError("AliasExistsException", f"An account with the {name} already exists.")

    def find_signing_in(self, pool_id: str, name: str) -> User | None:
        """Return whom this name signs in, or None. A sub signs nobody in unless it is the username."""
        name = self.pool(pool_id).canonical(name)
        try:
            user = self.user(pool_id, name)
        except CognitoError as error:
            if error.code != "UserNotFoundException":
                raise
            return None
        return None if name == user.sub != user.username else user


def user_of(pool_id: str, answer: Body, pairs: list[Body]) -> User:
    """Build a User of an answer and its list of attributes, which operations name differently."""
    # The emulator cannot delete an attribute, so a blank one stands for one that is not there.
    attributes = {each["Name"]: str(each["Value"]) for each in pairs if each.get("Value")}
    return User(
        pool_id=pool_id,
        username=answer["Username"],
        sub=attributes["sub"],
        status=answer["UserStatus"],
        enabled=bool(answer["Enabled"]),
        attributes=attributes,
    )


def _no_such_pool(pool_id: str, error: CognitoError) -> CognitoError:
    if error.code != "ResourceNotFoundException":
        return error
    return CognitoError("ResourceNotFoundException", f"User pool {pool_id} does not exist.")
