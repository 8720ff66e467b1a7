"""Time-based one-time codes: RFC 6238 over RFC 4226, SHA-1, 6 digits, steps of 30 seconds."""

import base64
import hashlib
import hmac
import secrets

STEP_S = 30
DIGITS = 6
# Cognito accepts a code one step early or late.
DRIFT_STEPS = 1


def new_secret() -> str:
    """Return a base32 secret of 160 bits, without padding."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at_step(secret: str, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of one 30 second step since the epoch (RFC 4226 section 5.3)."""
    key = base64.b32decode(secret, casefold=True)
    mac = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: str, code: str, *, now: float) -> int | None:
    """Return the step near ``now`` (epoch seconds) whose code this is, or None."""
    current = int(now // STEP_S)
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at_step(secret, step).encode(), code.encode()):
            return step
    return None
