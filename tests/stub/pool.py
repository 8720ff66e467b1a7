"""The pool itself: who is in it, which Sessions and tokens are out, and the checks every operation makes."""

import base64
import hashlib
import hmac
import secrets
import string
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.stub.model import (
    CLIENT_ID,
    POOL_ID,
    Body,
    Device,
    Issued,
    Refusal,
    SignIn,
    StubUser,
    Ways,
)

SESSION_S = 180.0
SESSION_ALPHABET = string.ascii_letters + string.digits + "-_"

# Made beforehand: the key set is asked for while a token is being signed, and both must have the same key.
_KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(4)]


@dataclass
class Family:
    """One sign-in's tokens. `retired` are the refresh tokens that rotation replaced, and since when."""

    user: StubUser
    device_key: str = ""
    refresh_token: str = ""
    retired: dict[str, float] = field(default_factory=dict)
    is_revoked: bool = False
    auth_time: int = 0


def required(given: Mapping[str, Any], name: str) -> Any:
    """What a call must bring."""
    if not given.get(name):
        raise Refusal("InvalidParameterException", f"Missing required parameter {name}")
    return given[name]


class Pool:
    """Everything the operations act on. One lock round each operation keeps it whole."""

    def __init__(self, *, client_secret: str = "") -> None:
        self.client_secret = client_secret
        self.clear()

    def clear(self, ways: Ways | None = None) -> None:
        """Forget everybody and everything, and answer in these ways from now on."""
        self.ways = ways or Ways()
        self.users: dict[str, StubUser] = {}
        self.sessions: dict[str, Issued] = {}
        self.families: list[Family] = []
        self.access_tokens: dict[str, Family] = {}
        # What the signed Describe operations tell; without it they are denied.
        self.described: dict[str, Any] = {}

    # --- people

    def find(self, name: str) -> StubUser | None:
        return next((user for user in self.users.values() if name in (user.username, user.alias)), None)

    def find_or_ghost(self, name: str) -> StubUser:
        """Whoever has this name, else somebody simulated whom nothing lets in."""
        user = self.find(name)
        if user is not None:
            return user
        if not self.ways.hides_users:
            raise Refusal("UserNotFoundException", "User does not exist.")
        return StubUser(
            name, secrets.token_hex(16), sub=secrets.token_hex(16), is_temporary=False, is_ghost=True
        )

    def canonical(self, user: StubUser) -> str:
        return user.sub if self.ways.canonical == "sub" or user.is_ghost else user.username

    # --- the app client

    def check_client(self, body: Body) -> None:
        if body.get("ClientId") != CLIENT_ID:
            raise Refusal(
                "ResourceNotFoundException", f"User pool client {body.get('ClientId')} does not exist."
            )

    def check_pool(self, body: Body) -> None:
        if body.get("UserPoolId") != POOL_ID:
            raise Refusal("ResourceNotFoundException", f"User pool {body.get('UserPoolId')} does not exist.")

    def hash_is_right(self, sent: str | None, name: str) -> bool | None:
        """Whether SECRET_HASH is made over exactly this name; None where there is none and need be none."""
        if not self.client_secret:
            return None if sent is None else False
        digest = hmac.new(self.client_secret.encode(), (name + CLIENT_ID).encode(), hashlib.sha256).digest()
        return sent == base64.b64encode(digest).decode()

    def check_hash(self, sent: str | None, name: str) -> None:
        if self.hash_is_right(sent, name) is False:
            raise Refusal("NotAuthorizedException", "secret")

    def check_raw_secret(self, body: Body) -> None:
        if body.get("ClientSecret", "") != self.client_secret:
            raise Refusal("NotAuthorizedException", "secret")

    # --- Sessions

    def open_session(self, issued: Issued) -> str:
        token = self._new_session()
        self.sessions[token] = issued
        return token

    def session_of(self, token: str) -> Issued:
        """The Session as long as it is good."""
        issued = self.sessions.get(token)
        if issued is None:
            raise Refusal("NotAuthorizedException", "session")
        if issued.is_used:
            raise Refusal("NotAuthorizedException", "used")
        if time.time() >= issued.expires_at:
            raise Refusal("NotAuthorizedException", "expired")
        return issued

    def _new_session(self) -> str:
        while True:
            token = "".join(secrets.choice(SESSION_ALPHABET) for _ in range(self.ways.session_chars))
            if token not in self.sessions:
                return token

    # --- tokens

    def grant(self, sign_in: SignIn) -> Body:
        """AuthenticationResult of a sign-in that is done."""
        user = sign_in.user
        family = Family(user, device_key=sign_in.device_key, auth_time=_now())
        self.families.append(family)
        result = self.tokens(family)
        if self.ways.devices and not sign_in.device_key and not sign_in.is_admin:
            device = Device(f"eu-west-1_{secrets.token_hex(16)}", f"-{secrets.token_hex(4)}")
            user.devices[device.key] = device
            family.device_key = device.key
            result["NewDeviceMetadata"] = {"DeviceKey": device.key, "DeviceGroupKey": device.group_key}
        if self.ways.refresh_token:
            result["RefreshToken"] = family.refresh_token = secrets.token_urlsafe(800)
        payload = {"AuthenticationResult": result, "__granted": user.username}
        return payload | ({"ChallengeParameters": {}} if self.ways.parameters else {})

    def tokens(self, family: Family) -> Body:
        """A new access and ID token of one family."""
        # Not time.time(): tests move that one, and the portal's check of tokens does not go by it.
        now, user, ways = _now(), family.user, self.ways
        common = {
            "sub": user.sub,
            "iss": ways.issuer,
            "iat": now,
            "auth_time": family.auth_time,
            "exp": now + ways.access_s,
        }
        access = {**common, "token_use": "access", "client_id": CLIENT_ID, "username": user.username}
        identity = {**common, "token_use": "id", "aud": CLIENT_ID, "cognito:username": user.username}
        result: Body = {
            "AccessToken": self._signed(access, ways.access_key % ways.keys),
            "IdToken": self._signed(identity, ways.keys - 1),
            "ExpiresIn": ways.access_s,
            "TokenType": "Bearer",
        }
        self.access_tokens[result["AccessToken"]] = family
        return result

    def owner_of(self, body: Body) -> StubUser:
        """Whose AccessToken this is, while it is good."""
        family = self.access_tokens.get(required(body, "AccessToken"))
        if family is None or family.is_revoked:
            raise Refusal("NotAuthorizedException", "access")
        if not family.user.is_enabled:
            raise Refusal("NotAuthorizedException", "User is disabled.")
        return family.user

    def key_set(self) -> Body:
        published = []
        for number in range(self.ways.keys):
            public = RSAAlgorithm.to_jwk(_KEYS[number].public_key(), as_dict=True)
            published.append({**public, "kid": f"kid-{number}", "use": "sig", "alg": "RS256"})
        return {"keys": published}

    def _signed(self, claims: dict[str, Any], key: int) -> str:
        unique = {"jti": secrets.token_hex(16)}
        return jwt.encode(claims | unique, _KEYS[key], "RS256", {"kid": f"kid-{key}"})


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
