"""Setting passwords: policy, history, and the record of when a temporary one was set."""

from cognito_portal.demo import policy
from cognito_portal.demo.accounts import Account
from cognito_portal.demo.clock import Clock
from cognito_portal.demo.directory import Pool
from cognito_portal.demo.wire import CognitoError, not_authorized

DAY_S = 86400


def check_new(pool: Pool, account: Account, password: str, *, admin: bool = False) -> None:
    """Raise InvalidPasswordException or PasswordHistoryPolicyViolationException where it is not allowed."""
    policy.check(pool.password_policy, password, admin=admin)
    last = int(pool.password_policy.get("PasswordHistorySize") or 0)
    if account.has_used(password, last=last):
        raise CognitoError("PasswordHistoryPolicyViolationException", "Password has previously been used")


def check_not_expired(pool: Pool, account: Account, clock: Clock) -> None:
    """Refuse a temporary password that is older than TemporaryPasswordValidityDays."""
    age_s = clock.now() - account.temporary_since
    if age_s >= policy.temporary_days(pool.password_policy) * DAY_S:
        raise not_authorized("Temporary password has expired and must be reset by an administrator.")
