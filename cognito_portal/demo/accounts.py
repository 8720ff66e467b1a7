"""What the front knows of a user beside the emulator's record, keyed by pool and sub."""

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field

from cognito_portal.demo.clock import Clock
from cognito_portal.demo.lockout import Lockout

HISTORY_KEPT = 24
_ROUNDS = 1000


@dataclass
class Code:
    """A code that was sent, until it is used or expires (epoch seconds)."""

    value: str
    expires_at: float


@dataclass
class Account:
    """One user's password history, temporary password's age, factors, codes and locks."""

    created_at: float
    temporary_since: float
    lock: threading.RLock = field(default_factory=threading.RLock)
    password_serial: int = 0
    password_lockout: Lockout = field(default_factory=Lockout)
    code_lockout: Lockout = field(default_factory=Lockout)
    codes: dict[str, Code] = field(default_factory=dict)
    totp_secret: str | None = None
    totp_pending: str | None = None
    totp_last_step: int = -1
    factors: list[str] = field(default_factory=list)
    preferred_factor: str | None = None
    _past: list[tuple[bytes, bytes]] = field(default_factory=list)

    def password_was_set(self, password: str, *, temporary: bool, now: float) -> None:
        """Remember a password that has just become the current one."""
        salt = secrets.token_bytes(16)
        self._past = [*self._past, (salt, _digest(salt, password))][-HISTORY_KEPT - 1 :]
        self.password_serial += 1
        if temporary:
            self.temporary_since = now

    def has_used(self, password: str, *, last: int) -> bool:
        """Tell whether the password is the current one or among the ``last`` ones."""
        recent = self._past[-last:] if last else []
        return any(hmac.compare_digest(_digest(salt, password), digest) for salt, digest in recent)


def _digest(salt: bytes, password: str) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)


class AccountStore:
    """Accounts of all pools; one comes into being when it is first asked for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accounts: dict[tuple[str, str], Account] = {}
        self._lock = threading.Lock()

    def of(self, pool_id: str, sub: str) -> Account:
        with self._lock:
            account = self._accounts.get((pool_id, sub))
            if account is None:
                now = self._clock.now()
                account = self._accounts[pool_id, sub] = Account(created_at=now, temporary_since=now)
            return account

    def forget(self, pool_id: str, sub: str) -> None:
        with self._lock:
            self._accounts.pop((pool_id, sub), None)
