"""Verification of Cognito's ID and access tokens. Nobody counts as signed in before it has passed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from cognito_portal.cognito.errors import CognitoUnavailable, TokenRefused
from cognito_portal.cognito.settings_cache import SettingsCache
from cognito_portal.cognito.types import AuthenticationResult

LEEWAY_S = 30
KEYS_TTL_S = 6 * 3600.0
KEYS_RETRY_S = 5.0
# An unknown key id makes one look at the key set, however many forged ones arrive.
UNKNOWN_KEY_COOLDOWN_S = 30.0
KNOWN_HEADERS_CAP = 16

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "expired"),
    (jwt.InvalidIssuerError, "issuer"),
    (jwt.InvalidAudienceError, "client"),
    (jwt.ImmatureSignatureError, "not_yet_valid"),
    (jwt.MissingRequiredClaimError, "claim_missing"),
    (jwt.InvalidAlgorithmError, "algorithm"),
    (jwt.InvalidSignatureError, "signature"),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in, by claims of verified tokens. `auth_time` and `expires_at` are epoch seconds.

    `expires_at` is the access token's. `origin_jti` names the sign-in where token revocation is on. `email`
    is empty unless the ID token calls the address verified.
    """

    sub: str
    username: str
    groups: tuple[str, ...]
    auth_time: int | None
    expires_at: int
    origin_jti: str | None
    email: str = field(default="", repr=False)


class TokenVerifier:
    """Checks tokens of one issuer and app client against the key set at `jwks_url`.

    `fetch` turns that URL into its JSON object (`Transport.get_json`); no claim or header of a token ever
    chooses an address. `clock` (monotonic seconds) tells the age of the key set.
    https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
    """

    def __init__(
        self,
        *,
        issuer: str,
        jwks_url: str,
        client_id: str,
        fetch: Callable[[str], Mapping[str, Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._kids: dict[str, str] = {}
        self._jwt = jwt.PyJWT(
            options={
                "enforce_minimum_key_length": True,
                "require": ["exp", "iss", "sub", "token_use"],
                # Access tokens carry no `aud`; the client is checked below, for both kinds.
                "verify_aud": False,
            }
        )
        self._keys: SettingsCache[Mapping[str, jwt.PyJWK]] = SettingsCache(
            lambda: _signing_keys(fetch(jwks_url)), ttl_s=KEYS_TTL_S, retry_s=KEYS_RETRY_S, clock=clock
        )

    def warm(self) -> None:
        """Have the key set read beside the caller, where it is due."""
        self._keys.get_soon(wait_s=0)

    def verify(
        self,
        result: AuthenticationResult,
        *,
        expected_username: str | None,
        expected_sub: str | None = None,
    ) -> Identity:
        """Return who these tokens speak of. With `expected_username`, it must be the user a challenge named so.

        Implementations differ in whether a challenge names the username or the sub, so either will do.
        `expected_sub` is for a renewal, which must bring tokens of the very person who is signed in.
        Raises `TokenRefused`, and `CognitoUnavailable` where the key set was never readable.
        """
        identity = self._claims(result.id_token, use="id")
        access = self._claims(result.access_token, use="access")
        username = _text(access, "username")
        _require(_text(access, "sub") == _text(identity, "sub"), "subject")
        _require(identity.get("cognito:username", username) == username, "username")
        _require(expected_sub is None or expected_sub == access["sub"], "subject")
        names = (username.casefold(), _text(access, "sub").casefold())
        _require(expected_username is None or expected_username.casefold() in names, "username")
        groups = access.get("cognito:groups", [])
        _require(isinstance(groups, list) and all(isinstance(each, str) for each in groups), "groups")
        origin_jti = access.get("origin_jti")
        _require(origin_jti is None or isinstance(origin_jti, str), "origin_jti")
        return Identity(
            sub=_text(access, "sub"),
            username=username,
            groups=tuple(groups),
            auth_time=_seconds(access, "auth_time") if "auth_time" in access else None,
            expires_at=_seconds(access, "exp"),
            origin_jti=origin_jti,
            email=_verified_email(identity),
        )

    def _claims(self, token: str, *, use: str) -> Mapping[str, Any]:
        head = token.partition(".")[0]
        try:
            kid = self._kids.get(head) or _key_id(token)
            claims = self._jwt.decode(
                token, self._key(kid), algorithms=["RS256"], issuer=self._issuer, leeway=LEEWAY_S
            )
        except jwt.PyJWTError as error:
            reason = next((word for kind, word in _REASONS if isinstance(error, kind)), "malformed")
        else:
            _require(claims["token_use"] == use, "token_use")
            _require(claims.get("aud" if use == "id" else "client_id") == self._client_id, "client")
            # Every token of one key begins with the same header: reading it anew costs a third of all this.
            if len(self._kids) < KNOWN_HEADERS_CAP:
                self._kids[head] = kid
            return claims
        raise TokenRefused(reason)

    def _key(self, kid: str) -> jwt.PyJWK:
        key = self._keys.get().get(kid) or self._keys.refresh(cooldown_s=UNKNOWN_KEY_COOLDOWN_S).get(kid)
        if key is None:
            raise TokenRefused("key")
        return key


def _key_id(token: str) -> str:
    kid = jwt.get_unverified_header(token).get("kid")
    if not isinstance(kid, str):
        raise TokenRefused("key")
    return kid


def _signing_keys(document: Mapping[str, Any]) -> Mapping[str, jwt.PyJWK]:
    """Return the RS256 signing keys of a JWKS by key id; CognitoUnavailable where there are none."""
    try:
        keys = jwt.PyJWKSet.from_dict(dict(document)).keys
    except (jwt.PyJWTError, TypeError, AttributeError):
        keys = []
    signing = {
        key.key_id: key
        for key in keys
        if key.algorithm_name == "RS256" and key.key_id and key.public_key_use in (None, "sig")
    }
    if not signing:
        raise CognitoUnavailable("garbage", operation="GET")
    return signing


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise TokenRefused(reason)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise TokenRefused("claim_missing")
    return value


def _verified_email(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    # A string where the pool maps the claim from another identity provider.
    verified = claims.get("email_verified") in (True, "true")
    return email if verified and isinstance(email, str) else ""


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TokenRefused("claim_missing")
    return value
