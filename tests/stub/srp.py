"""The server's half of the secure remote password protocol, for passwords and for devices."""

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

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
_TIMESTAMP = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" ([1-9]|[12]\d|3[01]) \d\d:\d\d:\d\d UTC \d{4}"
)
_CLOCK_SKEW_S = 300
# RFC 5054 asks for no more, and many sequences are played.
B_BITS = 256


def padded(number: int) -> bytes:
    """Big-endian, with a zero byte in front where the highest bit is set."""
    return number.to_bytes(number.bit_length() // 8 + 1)


def _hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest())


K = _hash(padded(N), padded(G))


def verifier_of(salt: int, identity: str, password: str) -> int:
    """g^x of what the person, or the device, knows."""
    inner = hashlib.sha256(f"{identity}:{password}".encode()).digest()
    return pow(G, _hash(padded(salt), inner), N)


@dataclass
class Round:
    """One exchange: `identity` is the pool's name and the user's id, or group key and device key."""

    identity: str
    salt: int
    verifier: int = field(repr=False)
    a: int
    b: int = field(default_factory=lambda: secrets.randbits(B_BITS), repr=False)
    block: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(48)).decode())

    @property
    def parameters(self) -> dict[str, str]:
        return {"SRP_B": f"{self._b_public:x}", "SALT": f"{self.salt:x}", "SECRET_BLOCK": self.block}

    @cached_property
    def _b_public(self) -> int:
        return (K * self.verifier + pow(G, self.b, N)) % N

    def is_proved_by(self, given: dict[str, str]) -> bool:
        """Whether PASSWORD_CLAIM_* and TIMESTAMP prove knowledge of the password."""
        stamp = given.get("TIMESTAMP", "")
        if given.get("PASSWORD_CLAIM_SECRET_BLOCK") != self.block or not _is_present(stamp):
            return False
        message = self.identity.encode() + base64.b64decode(self.block) + stamp.encode()
        signature = base64.b64encode(hmac.new(self._key(), message, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(signature, given.get("PASSWORD_CLAIM_SIGNATURE", ""))

    def _key(self) -> bytes:
        u = _hash(padded(self.a), padded(self._b_public))
        shared = pow(self.a * pow(self.verifier, u, N), self.b, N)
        prk = hmac.new(padded(u), padded(shared), hashlib.sha256).digest()
        return hmac.new(prk, b"Caldera Derived Key\x01", hashlib.sha256).digest()[:16]


def read_a(text: str) -> int | None:
    """SRP_A as a number, or None where it is not lower-case hex or breaks the protocol."""
    if not re.fullmatch(r"[0-9a-f]+", text) or int(text, 16) % N == 0:
        return None
    return int(text, 16)


def _is_present(stamp: str) -> bool:
    if not _TIMESTAMP.fullmatch(stamp):
        return False
    at = datetime.strptime(stamp, "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=UTC).timestamp()
    # Tests move time.time(); whoever signs may go by either clock.
    return any(abs(now - at) < _CLOCK_SKEW_S for now in (time.time(), datetime.now(UTC).timestamp()))
