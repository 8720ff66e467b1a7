"""Passkeys whose signature is an HMAC: enough to tell the right answer to a challenge from any other."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Passkey:
    """A key by its id; its secret follows from the id."""

    key_id: str
    rp_id: str
    name: str = "Passkey"
    created_at: float = field(default_factory=time.time)

    def signature(self, client_data: str) -> str:
        secret = hashlib.sha256(b"passkey " + self.key_id.encode()).digest()
        return encoded(hmac.new(secret, client_data.encode(), hashlib.sha256).digest())


def encoded(content: bytes) -> str:
    """Base64url without padding, as WebAuthn writes it."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def new_id() -> str:
    return encoded(secrets.token_bytes(16))


def request_options(keys: list[Passkey], rp_id: str) -> dict[str, Any]:
    """PublicKeyCredentialRequestOptions, as JSON writes them."""
    return {
        "challenge": encoded(secrets.token_bytes(32)),
        "rpId": rp_id,
        "timeout": 180_000,
        "userVerification": "preferred",
        "allowCredentials": [{"type": "public-key", "id": key.key_id} for key in keys],
    }


def creation_options(keys: list[Passkey], rp_id: str, username: str) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptions, as JSON writes them."""
    return {
        "challenge": encoded(secrets.token_bytes(32)),
        "rp": {"id": rp_id, "name": rp_id},
        "user": {"id": encoded(username.encode()), "name": username, "displayName": username},
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
        "timeout": 60_000,
        "excludeCredentials": [{"type": "public-key", "id": key.key_id} for key in keys],
        "authenticatorSelection": {"residentKey": "required", "userVerification": "preferred"},
    }


def _client_data(kind: str, options: dict[str, Any]) -> str:
    rp_id = options.get("rpId") or options["rp"]["id"]
    written = {"type": kind, "challenge": options["challenge"], "origin": f"https://{rp_id}"}
    return encoded(json.dumps(written).encode())


def assertion(key: Passkey, options: dict[str, Any]) -> dict[str, Any]:
    """AuthenticationResponseJSON of one key for one challenge."""
    client_data = _client_data("webauthn.get", options)
    response = {
        "clientDataJSON": client_data,
        "authenticatorData": encoded(hashlib.sha256(key.rp_id.encode()).digest() + bytes(5)),
        "signature": key.signature(client_data),
        "userHandle": None,
    }
    return {"id": key.key_id, "rawId": key.key_id, "type": "public-key", "response": response}


def registration(options: dict[str, Any]) -> dict[str, Any]:
    """RegistrationResponseJSON of a new key for one challenge."""
    key_id = new_id()
    client_data = _client_data("webauthn.create", options)
    response = {"clientDataJSON": client_data, "attestationObject": encoded(b"none")}
    return {"id": key_id, "rawId": key_id, "type": "public-key", "response": response}


def is_right(credential: Any, keys: list[Passkey], options: dict[str, Any]) -> bool:
    """Whether this is the answer of one of the keys to exactly this challenge."""
    if not isinstance(credential, dict) or not options:
        return False
    key = next((key for key in keys if key.key_id == credential.get("id")), None)
    return key is not None and credential.get("response") == assertion(key, options)["response"]


def is_registration(credential: Any, options: dict[str, Any]) -> bool:
    """Whether this registers a key for exactly this challenge."""
    if not isinstance(credential, dict) or not options or not credential.get("id"):
        return False
    response = credential.get("response") or {}
    return response.get("clientDataJSON") == _client_data("webauthn.create", options)
