"""RFC 6238 with SHA-1, 6 digits and 30 seconds."""

import base64
import hashlib
import hmac

STEP_S = 30


def step_of(now: float) -> int:
    return int(now // STEP_S)


def code_at(secret: str, step: int) -> str:
    """The code of a base32 secret in one step."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, step.to_bytes(8), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF
    return f"{number % 10**6:06d}"
