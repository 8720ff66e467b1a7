"""Secure Remote Password as Cognito speaks it: proves a password without sending it.

Numbers are hashed as PAD(n): big-endian bytes, with a zero byte before a set top bit. No branch here depends
on a secret.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cognito_portal.cognito.errors import CognitoUnavailable

# The 3072-bit group of RFC 5054, appendix A, with the generator that Cognito uses instead of its 5.
N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2
SECRET_BYTES = 128
DEVICE_PASSWORD_BYTES = 40
DEVICE_SALT_BYTES = 16

_KEY_INFO = b"Caldera Derived Key\x01"
_HEX = re.compile(r"[0-9a-fA-F]{1,1024}")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class DeviceSecret:
    """What proves a device: its password, kept here, and base64 of salt and verifier, for ConfirmDevice."""

    password: str = field(repr=False)
    salt: str = field(repr=False)
    password_verifier: str = field(repr=False)


class _Handshake:
    """One exchange, for one proof: `srp_a` goes out, the challenge's parameters come in, a claim goes out."""

    def __init__(self, *, secret_a: int | None) -> None:
        drawn = int.from_bytes(secrets.token_bytes(SECRET_BYTES), "big") if secret_a is None else secret_a
        self._secret_a = drawn % N
        # A power of 2 is never 0 modulo a prime, so A needs no check.
        self._public_a = pow(G, self._secret_a, N)

    @property
    def srp_a(self) -> str:
        """SRP_A, in lower-case hex."""
        return f"{self._public_a:x}"

    def _claim(
        self, parameters: Mapping[str, str], *, scope: str, name: str, password: str, at: datetime | None
    ) -> dict[str, str]:
        public_b, salt = _number(parameters, "SRP_B"), _number(parameters, "SALT")
        block = _block(parameters)
        exponent = _x(salt, scope, name, password)
        key = self._key(public_b, exponent)
        timestamp = timestamp_at(at or datetime.now(UTC))
        signature = hmac.digest(key, (scope + name).encode() + block + timestamp.encode(), "sha256")
        return {
            "PASSWORD_CLAIM_SIGNATURE": _base64(signature),
            "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
            "TIMESTAMP": timestamp,
        }

    def _key(self, public_b: int, exponent: int) -> bytes:
        u = _hash(_pad(self._public_a), _pad(public_b))
        if public_b % N == 0 or u == 0:
            raise _garbage()
        shared = pow(public_b - _K * pow(G, exponent, N), self._secret_a + u * exponent, N)
        return hmac.digest(hmac.digest(_pad(u), _pad(shared), "sha256"), _KEY_INFO, "sha256")[:16]


class SrpHandshake(_Handshake):
    """The proof of a user's password, for one answer to PASSWORD_VERIFIER."""

    def __init__(self, pool_id: str, *, secret_a: int | None = None) -> None:
        super().__init__(secret_a=secret_a)
        self._pool_name = pool_id.partition("_")[2]

    def claim(
        self, parameters: Mapping[str, str], password: str, *, at: datetime | None = None
    ) -> dict[str, str]:
        """Return the responses to PASSWORD_VERIFIER, but for USERNAME, which the client adds.

        `parameters` are the challenge's. Raises `CognitoUnavailable` where they make no sense.
        """
        name = parameters.get("USER_ID_FOR_SRP") or parameters.get("USERNAME")
        if not name:
            raise _garbage()
        return self._claim(parameters, scope=self._pool_name, name=name, password=password, at=at)


class DeviceHandshake(_Handshake):
    """The proof of a remembered device, for DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER."""

    def __init__(self, group_key: str, device_key: str, *, secret_a: int | None = None) -> None:
        super().__init__(secret_a=secret_a)
        self._group_key = group_key
        self._device_key = device_key

    def claim(
        self, parameters: Mapping[str, str], device_password: str, *, at: datetime | None = None
    ) -> dict[str, str]:
        """Return the responses to DEVICE_PASSWORD_VERIFIER, but for USERNAME.

        `parameters` are the challenge's. Raises `CognitoUnavailable` where they make no sense or speak of
        another device.
        """
        if parameters.get("DEVICE_KEY", self._device_key) != self._device_key:
            raise _garbage()
        claim = self._claim(
            parameters, scope=self._group_key, name=self._device_key, password=device_password, at=at
        )
        return {**claim, "DEVICE_KEY": self._device_key}


def new_device_secret(group_key: str, device_key: str) -> DeviceSecret:
    """Draw a device's password, and make the verifier that Cognito keeps of it."""
    password = _base64(secrets.token_bytes(DEVICE_PASSWORD_BYTES))
    salt = int.from_bytes(secrets.token_bytes(DEVICE_SALT_BYTES), "big")
    verifier = pow(G, _x(salt, group_key, device_key, password), N)
    return DeviceSecret(
        password=password, salt=_base64(_pad(salt)), password_verifier=_base64(_pad(verifier))
    )


def timestamp_at(moment: datetime) -> str:
    """Return TIMESTAMP: English names whatever the locale, UTC, and a day without a leading zero."""
    utc = moment.astimezone(UTC)
    day, month = _DAYS[utc.weekday()], _MONTHS[utc.month - 1]
    return f"{day} {month} {utc.day} {utc:%H:%M:%S} UTC {utc.year}"


def _x(salt: int, scope: str, name: str, password: str) -> int:
    return _hash(_pad(salt), hashlib.sha256(f"{scope}{name}:{password}".encode()).digest())


def _pad(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _number(parameters: Mapping[str, str], name: str) -> int:
    text = parameters.get(name, "")
    if not _HEX.fullmatch(text):
        raise _garbage()
    return int(text, 16)


def _block(parameters: Mapping[str, str]) -> bytes:
    try:
        block = base64.b64decode(parameters.get("SECRET_BLOCK", ""), validate=True)
    except (binascii.Error, ValueError):
        block = b""
    if not block:
        raise _garbage()
    return block


def _garbage() -> CognitoUnavailable:
    return CognitoUnavailable("garbage", operation="RespondToAuthChallenge")


_K = _hash(_pad(N), _pad(G))
