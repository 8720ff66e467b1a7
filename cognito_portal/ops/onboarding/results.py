"""What each answer of Cognito's means for a row of a list, and for the list."""

from cognito_portal.cognito.errors import (
    CodeDeliveryFailureError,
    CognitoError,
    LimitExceededError,
    UsernameExistsError,
)
from cognito_portal.ops.jobs.answers import DONE, NO_MORE_MAIL, Result, Then, Why, by_cause
from cognito_portal.ops.models import OnboardingItem

__all__ = ["Result", "Then", "Why", "result_of"]

_Item = OnboardingItem.State


def result_of(error: CognitoError | None) -> Result:
    """The result of AdminCreateUser. Without an error the account was made and its invitation sent."""
    if error is None:
        return DONE
    if isinstance(error, UsernameExistsError):
        return Result(item=_Item.EXISTS)
    if isinstance(error, CodeDeliveryFailureError):
        return Result(item=_Item.MAIL_FAILED)
    if isinstance(error, LimitExceededError):
        return NO_MORE_MAIL
    return by_cause(error)
