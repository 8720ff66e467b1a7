import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from cognito_portal.cognito.errors import CognitoUnavailable, TokenRefused
from cognito_portal.cognito.tokens import Identity, TokenVerifier
from cognito_portal.cognito.types import AuthenticationResult
from tests.cognito.conftest import CLIENT_ID, POOL_ID

ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL_ID}"
JWKS_URL = f"{ISSUER}/.well-known/jwks.json"
SUB = "11111111-2222-3333-4444-555555555555"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOW = int(time.time())

COMMON = {"sub": SUB, "iss": ISSUER, "iat": NOW, "exp": NOW + 3600, "auth_time": NOW}
ACCESS: dict[str, Any] = {**COMMON, "token_use": "access", "client_id": CLIENT_ID, "username": "mary"}
IDENTITY: dict[str, Any] = {**COMMON, "token_use": "id", "aud": CLIENT_ID, "cognito:username": "mary"}


def jwk(key: rsa.RSAPrivateKey, kid: str, **changes: str) -> dict[str, Any]:
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, "use": "sig", "alg": "RS256", **changes}


class KeyServer:
    """Gives the key set, counts how often, and can be down."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = {"keys": [jwk(KEY, "k1")]}
        self.urls: list[str] = []
        self.down = False

    def __call__(self, url: str) -> dict[str, Any]:
        self.urls.append(url)
        if self.down:
            raise CognitoUnavailable("unknown", operation="GET")
        return self.document


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def keys() -> KeyServer:
    return KeyServer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(keys: KeyServer, clock: Clock) -> TokenVerifier:
    return TokenVerifier(issuer=ISSUER, jwks_url=JWKS_URL, client_id=CLIENT_ID, fetch=keys, clock=clock)


def signed(claims: dict[str, Any], key: Any = KEY, *, alg: str = "RS256", **header: Any) -> str:
    return jwt.encode(claims, key, alg, {"kid": "k1", **header})


def result(access: str | None = None, identity: str | None = None) -> AuthenticationResult:
    return AuthenticationResult(
        access_token=signed(ACCESS) if access is None else access,
        id_token=signed(IDENTITY) if identity is None else identity,
        refresh_token=None,
        expires_in_s=3600,
        token_type="Bearer",
        new_device_metadata=None,
        request_id=None,
    )


def without(claims: dict[str, Any], name: str) -> str:
    return signed({key: value for key, value in claims.items() if key != name})


def signed_with_the_public_key() -> str:
    """HS256 keyed by the public key's PEM: what an algorithm mix-up would accept."""
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "kid": "k1"}, ACCESS)
    ]
    mac = hmac.digest(pem, b".".join(parts), hashlib.sha256)
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


def tampered() -> str:
    head, _, signature = signed(ACCESS).split(".")
    payload = base64.urlsafe_b64encode(json.dumps({**ACCESS, "username": "admin"}).encode()).rstrip(b"=")
    return f"{head}.{payload.decode()}.{signature}"


def test_good_tokens_give_the_identity(verifier: TokenVerifier) -> None:
    access = signed({**ACCESS, "cognito:groups": ["ops"], "origin_jti": "o-1"})
    assert verifier.verify(result(access), expected_username="mary") == Identity(
        sub=SUB,
        username="mary",
        groups=("ops",),
        auth_time=NOW,
        expires_at=NOW + 3600,
        origin_jti="o-1",
    )


def test_tokens_that_do_not_tell_the_time_of_sign_in_are_good(verifier: TokenVerifier) -> None:
    identity = verifier.verify(result(without(ACCESS, "auth_time")), expected_username="mary")
    assert identity.auth_time is None


@pytest.mark.parametrize("named", ["mary", "MARY", SUB])
def test_a_challenge_may_have_named_the_username_or_the_sub(verifier: TokenVerifier, named: str) -> None:
    assert verifier.verify(result(), expected_username=named).username == "mary"


@pytest.mark.parametrize(
    ("claims", "email"),
    [
        ({"email": "m@example.com", "email_verified": True}, "m@example.com"),
        ({"email": "m@example.com", "email_verified": "true"}, "m@example.com"),
        ({"email": "m@example.com", "email_verified": False}, ""),
        ({"email": "m@example.com"}, ""),
        ({"email": ["m@example.com"], "email_verified": True}, ""),
        ({}, ""),
    ],
)
def test_only_a_verified_address_is_told(
    verifier: TokenVerifier, claims: dict[str, object], email: str
) -> None:
    identity = verifier.verify(result(identity=signed({**IDENTITY, **claims})), expected_username="mary")
    assert (identity.email, "example.com" in repr(identity)) == (email, False)


def test_renewed_tokens_are_those_of_the_same_person(verifier: TokenVerifier) -> None:
    assert verifier.verify(result(), expected_username="mary", expected_sub=SUB).sub == SUB
    with pytest.raises(TokenRefused) as raised:
        verifier.verify(result(), expected_username="mary", expected_sub="another")
    assert raised.value.reason == "subject"


FORGED_ACCESS: list[tuple[str, Callable[[], str], str]] = [
    ("alg none", lambda: jwt.encode(ACCESS, "", "none", {"kid": "k1"}), "algorithm"),
    ("HS256 with the public key", signed_with_the_public_key, "algorithm"),
    ("RS512", lambda: signed(ACCESS, alg="RS512"), "algorithm"),
    ("other key, known kid", lambda: signed(ACCESS, OTHER_KEY), "signature"),
    ("changed payload", tampered, "signature"),
    ("unknown kid", lambda: signed(ACCESS, OTHER_KEY, kid="k9"), "key"),
    ("no kid", lambda: jwt.encode(ACCESS, KEY, "RS256"), "key"),
    ("own key in the header", lambda: signed(ACCESS, OTHER_KEY, jwk=jwk(OTHER_KEY, "k1")), "signature"),
    ("own key address", lambda: signed(ACCESS, OTHER_KEY, kid="k9", jku="https://evil.example/jwks"), "key"),
    ("wrong issuer", lambda: signed({**ACCESS, "iss": "https://evil.example"}), "issuer"),
    ("issuer's prefix", lambda: signed({**ACCESS, "iss": ISSUER[:-1]}), "issuer"),
    ("ID token as access token", lambda: signed(IDENTITY), "token_use"),
    ("other client", lambda: signed({**ACCESS, "client_id": "another"}), "client"),
    ("no client", lambda: without(ACCESS, "client_id"), "client"),
    ("expired", lambda: signed({**ACCESS, "exp": NOW - 60}), "expired"),
    ("no expiry", lambda: without(ACCESS, "exp"), "claim_missing"),
    ("issued tomorrow", lambda: signed({**ACCESS, "iat": NOW + 86_400}), "not_yet_valid"),
    ("no sub", lambda: without(ACCESS, "sub"), "claim_missing"),
    ("no username", lambda: without(ACCESS, "username"), "claim_missing"),
    ("no token_use", lambda: without(ACCESS, "token_use"), "claim_missing"),
    ("another person's sub", lambda: signed({**ACCESS, "sub": "someone-else"}), "subject"),
    ("another person's name", lambda: signed({**ACCESS, "username": "john"}), "username"),
    ("groups of the wrong type", lambda: signed({**ACCESS, "cognito:groups": "ops"}), "groups"),
    ("not a token", lambda: "a.b.c", "malformed"),
    ("empty", lambda: "", "malformed"),
    (
        "deep header",
        lambda: base64.urlsafe_b64encode(b'{"a":' + b"[" * 40_000).rstrip(b"=").decode() + ".e30.e30",
        "malformed",
    ),
]


@pytest.mark.parametrize(
    "forge, reason", [case[1:] for case in FORGED_ACCESS], ids=[case[0] for case in FORGED_ACCESS]
)
def test_forged_access_token_is_refused(
    verifier: TokenVerifier, forge: Callable[[], str], reason: str
) -> None:
    with pytest.raises(TokenRefused) as raised:
        verifier.verify(result(access=forge()), expected_username="mary")
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"aud": "another"}, "client"),
        ({"aud": [CLIENT_ID]}, "client"),
        ({"token_use": "access"}, "token_use"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"exp": NOW - 60}, "expired"),
        ({"exp": None}, "claim_missing"),
        ({"sub": "someone-else"}, "subject"),
        ({"cognito:username": "john"}, "username"),
    ],
)
def test_forged_id_token_is_refused(verifier: TokenVerifier, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(TokenRefused) as raised:
        verifier.verify(result(identity=signed({**IDENTITY, **changes})), expected_username=None)
    assert raised.value.reason == reason


def test_forged_token_after_a_good_one_is_refused(verifier: TokenVerifier) -> None:
    # The key id of a known header is remembered; the signature must still be checked.
    verifier.verify(result(), expected_username="mary")
    with pytest.raises(TokenRefused):
        verifier.verify(result(access=tampered()), expected_username="mary")


def test_tokens_of_another_person_are_refused(verifier: TokenVerifier) -> None:
    with pytest.raises(TokenRefused):
        verifier.verify(result(), expected_username="john")


def test_refusal_shows_nothing_of_the_token(verifier: TokenVerifier) -> None:
    with pytest.raises(TokenRefused) as raised:
        verifier.verify(result(access=signed({**ACCESS, "sub": "canary"})), expected_username=None)
    error = raised.value
    assert "canary" not in f"{error} {error!r} {error.args} {error.__cause__!r}"


def test_key_set_is_fetched_once_and_from_the_setting_only(verifier: TokenVerifier, keys: KeyServer) -> None:
    for _ in range(3):
        verifier.verify(result(), expected_username="mary")
    assert keys.urls == [JWKS_URL]


def test_new_key_is_fetched_when_first_seen(verifier: TokenVerifier, keys: KeyServer, clock: Clock) -> None:
    verifier.verify(result(), expected_username="mary")
    keys.document = {"keys": [jwk(KEY, "k1"), jwk(OTHER_KEY, "k2")]}
    clock.now = 60
    access = signed(ACCESS, OTHER_KEY, kid="k2")
    assert verifier.verify(result(access), expected_username="mary").sub == SUB
    assert len(keys.urls) == 2


def test_flood_of_unknown_key_ids_fetches_once_in_the_cooldown(
    verifier: TokenVerifier, keys: KeyServer, clock: Clock
) -> None:
    verifier.verify(result(), expected_username="mary")
    clock.now = 60
    for number in range(20):
        with pytest.raises(TokenRefused):
            verifier.verify(result(signed(ACCESS, kid=f"x{number}")), expected_username="mary")
    assert len(keys.urls) == 2


def test_known_keys_serve_on_while_the_key_set_cannot_be_read(
    verifier: TokenVerifier, keys: KeyServer, clock: Clock
) -> None:
    verifier.verify(result(), expected_username="mary")
    keys.down = True
    clock.now = 86_400
    assert verifier.verify(result(), expected_username="mary").sub == SUB


def test_nobody_is_verified_without_any_key_set(verifier: TokenVerifier, keys: KeyServer) -> None:
    keys.down = True
    with pytest.raises(CognitoUnavailable):
        verifier.verify(result(), expected_username="mary")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": []},
        {"keys": None},
        {"keys": ["k1"]},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}]},
        {"keys": [jwk(KEY, "k1", use="enc")]},
        {"keys": [jwk(KEY, "k1", alg="RS512")]},
    ],
)
def test_key_set_without_a_signing_key_is_garbage(
    verifier: TokenVerifier, keys: KeyServer, document: dict[str, Any]
) -> None:
    keys.document = document
    with pytest.raises(CognitoUnavailable) as raised:
        verifier.verify(result(), expected_username="mary")
    assert raised.value.kind == "garbage"
