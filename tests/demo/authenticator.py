"""A passkey authenticator in memory, and the JSON a browser makes of its answers.

P-256 keys, no attestation. Each test makes its own; nothing of it is shared with what checks it.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

USER_PRESENT, USER_VERIFIED, HAS_CREDENTIAL = 0x01, 0x04, 0x40


@dataclass
class _Key:
    private: ec.EllipticCurvePrivateKey
    rp_id: str
    user_handle: bytes
    sign_count: int = 0


@dataclass
class Authenticator:
    """Keeps passkeys. ``verifies``: whether it asks for a finger or a PIN; ``counts``: whether it counts."""

    verifies: bool = True
    counts: bool = True
    attachment: str = "platform"
    keys: dict[bytes, _Key] = field(default_factory=dict)

    def create(self, options: dict[str, Any], origin: str, **changed: Any) -> dict[str, Any]:
        """Return RegistrationResponseJSON. ``changed``: type_, challenge, rp_id, in place of the right ones."""
        rp_id = changed.get("rp_id", options["rp"]["id"])
        credential_id = secrets.token_bytes(32)
        key = _Key(ec.generate_private_key(ec.SECP256R1()), rp_id, from_base64url(options["user"]["id"]))
        self.keys[credential_id] = key
        attested = bytes(16) + len(credential_id).to_bytes(2, "big") + credential_id + _cose(key)
        auth_data = self._auth_data(key, HAS_CREDENTIAL) + attested
        return self._shown(
            credential_id,
            clientDataJSON=_client_data("webauthn.create", options, origin, changed),
            attestationObject=cbor.encode({"fmt": "none", "attStmt": {}, "authData": auth_data}),
            transports=["internal", "hybrid"],
        )

    def get(self, options: dict[str, Any], origin: str, **changed: Any) -> dict[str, Any]:
        """Return AuthenticationResponseJSON of the first passkey that fits."""
        allowed = [from_base64url(each["id"]) for each in options.get("allowCredentials") or []]
        credential_id, key = next(
            (known, key)
            for known, key in self.keys.items()
            if key.rp_id == options["rpId"] and (not allowed or known in allowed)
        )
        auth_data = self._auth_data(key)
        client_data = _client_data("webauthn.get", options, origin, changed)
        signed = auth_data + hashlib.sha256(client_data).digest()
        return self._shown(
            credential_id,
            clientDataJSON=client_data,
            authenticatorData=auth_data,
            signature=key.private.sign(signed, ec.ECDSA(hashes.SHA256())),
            userHandle=key.user_handle,
        )

    def _auth_data(self, key: _Key, more: int = 0) -> bytes:
        key.sign_count += self.counts
        flags = USER_PRESENT | more | (USER_VERIFIED if self.verifies else 0)
        return (
            hashlib.sha256(key.rp_id.encode()).digest() + bytes([flags]) + key.sign_count.to_bytes(4, "big")
        )

    def _shown(self, credential_id: bytes, **response: Any) -> dict[str, Any]:
        shown = {
            name: base64url(part) if isinstance(part, bytes) else part for name, part in response.items()
        }
        return {
            "id": base64url(credential_id),
            "rawId": base64url(credential_id),
            "type": "public-key",
            "response": shown,
            "authenticatorAttachment": self.attachment,
            "clientExtensionResults": {},
        }


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _client_data(kind: str, options: dict[str, Any], origin: str, changed: dict[str, Any]) -> bytes:
    challenge = changed.get("challenge", options["challenge"])
    data = {
        "type": changed.get("type_", kind),
        "challenge": challenge,
        "origin": origin,
        "crossOrigin": False,
    }
    return json.dumps(data).encode()


def _cose(key: _Key) -> bytes:
    point = key.private.public_key().public_numbers()
    x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
    return cbor.encode({1: 2, 3: -7, -1: 1, -2: x, -3: y})
