"""How often one user may try an operation within an hour.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html (quotas per user and hour)
"""

from cognito_portal.demo.accounts import Account
from cognito_portal.demo.clock import Clock
from cognito_portal.demo.wire import CognitoError

HOUR_S = 3600.0
PER_HOUR = {
    "ChangePassword": 5,
    "ConfirmForgotPassword": 20,
    "ConfirmSignUp": 15,
    "ForgotPassword": 20,
    "GetUserAttributeVerificationCode": 5,
    "ResendConfirmationCode": 5,
    "VerifyUserAttribute": 15,
}


class Quotas:
    """Counts calls by operation and user. ``enabled=False`` lets everything pass."""

    def __init__(self, clock: Clock, *, enabled: bool) -> None:
        self._clock = clock
        self._enabled = enabled

    def spend(self, operation: str, account: Account) -> None:
        """Count one call of the operation, or raise LimitExceededException when the hour's are spent."""
        if not self._enabled:
            return
        now = self._clock.now()
        with account.lock:
            recent = [at for at in account.spent.get(operation, []) if now - at < HOUR_S]
            account.spent[operation] = recent
            if len(recent) >= PER_HOUR[operation]:
                raise CognitoError(
                    "LimitExceededException", "Attempt limit exceeded, please try after some time."
                )
            recent.append(now)
