"""What a seal states about the log, the one form in which that is hashed and signed, and its anchor line.

No Django here, for the reason that canonical.py gives. docs/audit-proof.md has all of it for whoever writes a
verifier of their own.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cognito_portal.audit.proof.canonical import time_text

SEAL_TAG = b"cognito-portal/audit-seal/v1\n"
NO_SEAL = bytes(32)
"""What the first seal names as the hash of the seal before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One seal without its hash and signature; the fields are those of cognito_portal.audit.models.AuditSeal."""

    log_id: str
    no: int
    first_leaf: int
    count: int
    total: int
    last_event_id: int
    root: bytes
    prev_hash: bytes
    time: datetime
    key_id: str

    def message(self) -> bytes:
        """The bytes that are hashed and signed: a tag, then the JSON array of the fields in their order.

        Hashes are lower-case hex, `time` is as in canonical.time_text, and nothing stands between the parts.
        """
        fields = [
            self.log_id,
            self.no,
            self.first_leaf,
            self.count,
            self.total,
            self.last_event_id,
            self.root.hex(),
            self.prev_hash.hex(),
            time_text(self.time),
            self.key_id,
        ]
        return SEAL_TAG + json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A statement with its hash (SHA-256 over its message, 32 bytes) and signature (Ed25519 over the same)."""

    statement: Statement
    seal_hash: bytes
    signature: bytes

    @classmethod
    def signed(cls, statement: Statement, private: Ed25519PrivateKey) -> "Seal":
        """The seal that this key makes of a statement."""
        message = statement.message()
        return cls(
            statement=statement,
            seal_hash=hashlib.sha256(message).digest(),
            signature=private.sign(message),
        )

    def has_its_hash(self) -> bool:
        """Whether the hash is that of the statement."""
        return hashlib.sha256(self.statement.message()).digest() == self.seal_hash

    def is_signed_by(self, public: Ed25519PublicKey) -> bool:
        """Whether the signature is this key's over the statement."""
        try:
            public.verify(self.signature, self.statement.message())
        except InvalidSignature:
            return False
        return True

    def anchor(self) -> dict[str, Any]:
        """What an anchor says of this seal: values of JSON, hashes and signature in lower-case hex."""
        said = self.statement
        return {
            "log_id": said.log_id,
            "no": said.no,
            "total": said.total,
            "root": said.root.hex(),
            "prev": said.prev_hash.hex(),
            "hash": self.seal_hash.hex(),
            "time": time_text(said.time),
            "key_id": said.key_id,
            "signature": self.signature.hex(),
        }

    def anchor_line(self) -> str:
        """The anchor as one line of JSON in ASCII, with its line feed."""
        return json.dumps(self.anchor(), separators=(",", ":")) + "\n"


ANCHOR_KEYS = frozenset({"log_id", "no", "total", "root", "prev", "hash", "time", "key_id", "signature"})


def anchor_of_line(line: str) -> Mapping[str, Any] | None:
    """What an anchor line says; None of a line that is none, such as others that the worker prints."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.keys() != ANCHOR_KEYS or type(said["no"]) is not int:
        return None
    return said
