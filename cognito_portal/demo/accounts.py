"""What the front knows of a user beside the emulator's record, keyed by pool and sub."""

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

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
class Passkey:
    """A registered passkey: ``credential`` is its id and public key as the authenticator gave them."""

    credential: bytes
    credential_id: str
    sign_count: int
    relying_party_id: str
    attachment: str | None
    transports: tuple[str, ...]
    created_at: float


@dataclass(frozen=True)
class PasskeyRegistration:
    """A registration that was started: through which app client, and what its answer is checked with."""

    client_id: str
    state: dict[str, Any] = field(repr=False)
    expires_at: float


@dataclass
class Device:
    """A device that was offered a key. Until it is confirmed there is nothing to prove it by."""

    key: str
    group_key: str
    created_at: float
    name: str = ""
    confirmed: bool = False
    remembered: bool = False
    verifier: int = field(default=0, repr=False)
    salt: int = field(default=0, repr=False)
    last_authenticated_at: float = 0.0
    sign_ins: set[str] = field(default_factory=set)

    def signed_in(self, sign_in: str, *, now: float) -> None:
        """Take note of a sign-in from this device."""
        self.sign_ins.add(sign_in)
        self.last_authenticated_at = now


@dataclass
class Account:
    """One user's password and its history, temporary password's age, factors, codes, locks and quotas."""

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
    must_set_up_mfa: bool = False
    spent: dict[str, list[float]] = field(default_factory=dict)
    # New addresses that do not count until their code has come back.
    pending_attributes: dict[str, str] = field(default_factory=dict)
    passkeys: list[Passkey] = field(default_factory=list)
    passkey_registration: PasskeyRegistration | None = None
    devices: dict[str, Device] = field(default_factory=dict)
    forgotten_sign_ins: set[str] = field(default_factory=set)
    # The emulator gives tokens for a password only; who signs in without one still needs tokens.
    password: str = field(default="", repr=False)
    _past: list[tuple[bytes, bytes]] = field(default_factory=list)

    def password_was_set(self, password: str, *, temporary: bool, now: float) -> None:
        """Remember a password that has just become the current one."""
        salt = secrets.token_bytes(16)
        self._past = [*self._past, (salt, _digest(salt, password))][-HISTORY_KEPT - 1 :]
        self.password_serial += 1
        self.password = password
        if temporary:
            self.temporary_since = now

    def enable_factor(self, factor: str, *, preferred: bool) -> None:
        """Ask for this second factor from now on; at most one is preferred."""
        if factor not in self.factors:
            self.factors.append(factor)
        if preferred:
            self.preferred_factor = factor
        elif self.preferred_factor == factor:
            self.preferred_factor = None

    def disable_factor(self, factor: str) -> None:
        """Ask for this second factor no more."""
        if factor in self.factors:
            self.factors.remove(factor)
        if self.preferred_factor == factor:
            self.preferred_factor = None

    def is_current(self, password: str) -> bool:
        """Tell whether this is the password, temporary or not."""
        return self.has_used(password, last=1)

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
