"""Authenticated encryption for what stands in a session row: AES-256-GCM, keys by HKDF from SECRET_KEY.

A session row is signed by Django but not encrypted, so whoever reads the database could read the
challenge's Session token (security rows ASVS 11.3.1, 14.2.1). Each purpose has a key of its own and each
blob is bound to associated data, so that no blob can be moved to another place or person.
"""

import base64
import hashlib
import hmac
import json
import secrets
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12
_to_json = json.JSONEncoder(separators=(",", ":")).encode


@lru_cache(maxsize=64)
def _cipher(secret_key: str, purpose: str) -> AESGCM:
    return AESGCM(derive_key(secret_key, purpose))


@lru_cache(maxsize=64)
def derive_key(secret_key: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose out of a Django secret key (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret_key.encode())


def seal(payload: dict[str, Any], *, purpose: str, bound_to: str) -> str:
    """Encrypt a JSON object; the answer is URL-safe base64 text and opens only with the same two words."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    cipher = _cipher(settings.SECRET_KEY, purpose)
    sealed = cipher.encrypt(nonce, _to_json(payload).encode(), bound_to.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(blob: str, *, purpose: str, bound_to: str) -> dict[str, Any] | None:
    """The object that `seal` was given, or None where the blob was altered, moved, or its key is gone.

    SECRET_KEY is tried first, then each of SECRET_KEY_FALLBACKS, so that a key can be changed while
    people are half signed in.
    """
    try:
        raw = base64.urlsafe_b64decode(blob.encode())
    except ValueError:
        return None
    for secret_key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            text = _cipher(secret_key, purpose).decrypt(
                raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode()
            )
        except (InvalidTag, ValueError):
            continue
        payload = json.loads(text)
        return payload if isinstance(payload, dict) else None
    return None


def keyed_digest(message: str, *, purpose: str) -> str:
    """HMAC-SHA256 of a text under the purpose's own key, as hexadecimal text."""
    key = derive_key(settings.SECRET_KEY, purpose)
    return hmac.new(key, message.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def is_same_digest(message: str, digest: str, *, purpose: str) -> bool:
    """Whether `digest` was made from this text under SECRET_KEY or one of its fallbacks."""
    encoded = message.encode("utf-8", "surrogatepass")
    return any(
        hmac.compare_digest(
            hmac.new(derive_key(secret_key, purpose), encoded, hashlib.sha256).hexdigest(), digest
        )
        for secret_key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )
