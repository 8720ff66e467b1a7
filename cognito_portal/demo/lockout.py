"""The lock after wrong passwords or codes.

After the fifth failure one second, doubling with each further one, at most 15 minutes. A try during the lock
does not lengthen it; a success or 15 quiet minutes clear it.
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html (lockout behavior)
"""

from dataclasses import dataclass

from cognito_portal.demo.wire import not_authorized

FREE_FAILURES = 5
LONGEST_LOCK_S = 900.0
QUIET_S = 900.0


@dataclass
class Lockout:
    """Failures of one user, for passwords or for codes."""

    failures: int = 0
    last_failure_at: float = 0.0
    locked_until: float = 0.0

    def check(self, now: float) -> None:
        """Raise NotAuthorizedException while locked."""
        if now < self.locked_until:
            raise not_authorized("Password attempts exceeded")
        if self.failures and now - self.last_failure_at >= QUIET_S:
            self.clear()

    def fail(self, now: float) -> None:
        """Count one wrong answer."""
        self.failures += 1
        self.last_failure_at = now
        if self.failures >= FREE_FAILURES:
            self.locked_until = now + min(2.0 ** (self.failures - FREE_FAILURES), LONGEST_LOCK_S)

    def clear(self) -> None:
        self.failures = 0
        self.locked_until = 0.0
