"""The server's half of a remembered device's proof: SRP-6a over SHA-256, with HKDF for the key.

The device group's key stands where a pool's name stands for people, the device's key where the username does.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-device-tracking.html
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

# RFC 3526, group 15: 3072 bits.
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
LONGEST_PROOF_S = 300.0
_HEX = re.compile(r"[0-9a-fA-F]{1,1024}")
_TIMESTAMP = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([1-9]\d?) (\d{2}):(\d{2}):(\d{2}) UTC (\d{4})")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


@dataclass(frozen=True)
class DeviceRound:
    """One round of proof: what was sent to the device, and the key that only it can find."""

    srp_b: str
    secret_block: str
    key: bytes = field(repr=False)

    @classmethod
    def begin(cls, verifier: int, srp_a: str) -> Self | None:
        """Begin a round for this verifier; None where SRP_A is no number that may be used."""
        a = int(srp_a, 16) if _HEX.fullmatch(srp_a) else 0
        if a % N == 0:
            return None
        secret_b = secrets.randbelow(N - 1) + 1
        b = (_number(_padded(N) + _padded(G)) * verifier + pow(G, secret_b, N)) % N
        u = _number(_padded(a) + _padded(b))
        shared = pow(a * pow(verifier, u, N), secret_b, N)
        block = base64.b64encode(secrets.token_bytes(64)).decode()
        return cls(f"{b:x}", block, _derived(shared, u))

    def is_proved(self, *, names: str, signature: str, timestamp: str, now: float) -> bool:
        """Tell whether the claim is right and fresh. ``names`` is the group's key and the device's in one."""
        at = seconds_of(timestamp)
        if at is None or abs(now - at) > LONGEST_PROOF_S:
            return False
        message = names.encode() + base64.b64decode(self.secret_block) + timestamp.encode()
        expected = base64.b64encode(hmac.digest(self.key, message, "sha256"))
        return hmac.compare_digest(expected, signature.encode())


def seconds_of(timestamp: str) -> float | None:
    """Return the epoch seconds of ``Mon Nov 2 08:05:09 UTC 2026``; None for any other form."""
    found = _TIMESTAMP.fullmatch(timestamp)
    if found is None or found[1] not in _MONTHS:
        return None
    day, hour, minute, second, year = (int(part) for part in found.groups()[1:])
    try:
        at = datetime(year, _MONTHS.index(found[1]) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return at.timestamp() if timestamp.startswith(_DAYS[at.weekday()]) else None


def _padded(number: int) -> bytes:
    """Return the number's bytes, with a zero before a first bit that is set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _number(content: bytes) -> int:
    return int.from_bytes(hashlib.sha256(content).digest(), "big")


def _derived(shared: int, u: int) -> bytes:
    extracted = hmac.digest(_padded(u), _padded(shared), "sha256")
    return hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]
