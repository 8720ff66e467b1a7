"""The keys of the proof: one that authenticates rows, one that signs seals.

AUDIT_KEYS is a list of `id:key`, the newest first, apart from SECRET_KEY; each use of a key has its own by HKDF
(RFC 5869). Seals are signed with Ed25519 by AUDIT_SIGNING_KEYS where that is set, so that the web processes
need not hold it; otherwise by keys made of AUDIT_KEYS. AUDIT_PUBLIC_KEYS then tells the web processes, and
whoever verifies elsewhere, what to check seals by.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

ROW_PURPOSE = "portal/audit-row/v2"
SEAL_PURPOSE = "portal/audit-seal/v1"
MIN_KEY_BYTES = 32
DEVELOPMENT_ID = "development"


class BadKeys(ValueError):
    """A list of keys that cannot be read. Holds the name of the setting and never a key."""


@dataclass(frozen=True, slots=True)
class RowKey:
    """What new rows are authenticated with: the id that stands in the row, and 32 bytes."""

    key_id: str
    key: bytes


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What seals are signed with."""

    key_id: str
    private: Ed25519PrivateKey


def row_key() -> RowKey:
    """The key of new rows. Raises BadKeys."""
    return _row_keys(*_secrets())[0]


def row_keys() -> Mapping[str, bytes]:
    """Every key that stored rows may name, by its id. Raises BadKeys."""
    return MappingProxyType({each.key_id: each.key for each in _row_keys(*_secrets())})


def signing_keys() -> Sequence[SigningKey]:
    """The keys that seals may be signed with here, the present one first. Raises BadKeys."""
    if settings.AUDIT_SIGNING_KEYS:
        return _signing_keys(tuple(settings.AUDIT_SIGNING_KEYS))
    return _derived_signing_keys(*_secrets())


def public_keys() -> Mapping[str, Ed25519PublicKey]:
    """What seals are checked by, by the id that stands in a seal. Raises BadKeys."""
    found = {
        key_id: Ed25519PublicKey.from_public_bytes(raw)
        for key_id, raw in _parsed("AUDIT_PUBLIC_KEYS", tuple(settings.AUDIT_PUBLIC_KEYS)).items()
    }
    if settings.AUDIT_SIGNING_KEYS or not found:
        found |= {each.key_id: each.private.public_key() for each in signing_keys()}
    return MappingProxyType(found)


def as_setting(keys: Mapping[str, Ed25519PublicKey]) -> str:
    """Public keys in the form of AUDIT_PUBLIC_KEYS."""
    return ",".join(
        f"{key_id}:{urlsafe_b64encode(key.public_bytes_raw()).decode()}" for key_id, key in keys.items()
    )


def _secrets() -> tuple[tuple[str, ...], str]:
    """AUDIT_KEYS, and what stands in for it in debug mode; a check refuses to serve without it elsewhere."""
    return tuple(settings.AUDIT_KEYS), settings.SECRET_KEY


@lru_cache(maxsize=8)
def _row_keys(audit_keys: tuple[str, ...], secret_key: str) -> tuple[RowKey, ...]:
    return tuple(RowKey(key_id, _derived(key, ROW_PURPOSE)) for key_id, key in _of(audit_keys, secret_key))


@lru_cache(maxsize=8)
def _derived_signing_keys(audit_keys: tuple[str, ...], secret_key: str) -> tuple[SigningKey, ...]:
    return tuple(_signing(key_id, _derived(key, SEAL_PURPOSE)) for key_id, key in _of(audit_keys, secret_key))


@lru_cache(maxsize=8)
def _signing_keys(listed: tuple[str, ...]) -> tuple[SigningKey, ...]:
    parsed = _parsed("AUDIT_SIGNING_KEYS", listed)
    return tuple(_signing(key_id, _derived(key, SEAL_PURPOSE)) for key_id, key in parsed.items())


def _signing(key_id: str, seed: bytes) -> SigningKey:
    return SigningKey(key_id, Ed25519PrivateKey.from_private_bytes(seed))


def _of(audit_keys: tuple[str, ...], secret_key: str) -> Sequence[tuple[str, bytes]]:
    parsed = _parsed("AUDIT_KEYS", audit_keys)
    return list(parsed.items()) or [(DEVELOPMENT_ID, secret_key.encode())]


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(key)


def _parsed(setting: str, listed: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for entry in listed:
        key_id, colon, text = entry.strip().partition(":")
        try:
            key = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            key = b""
        if not colon or not key_id or len(key_id) > 16 or len(key) < MIN_KEY_BYTES or key_id in found:
            raise BadKeys(f"{setting} is a list of id:key, each key {MIN_KEY_BYTES} bytes or more as base64")
        found[key_id] = key
    return found
