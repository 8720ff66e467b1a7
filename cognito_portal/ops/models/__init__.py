"""What the help desk keeps of its own, beside the log."""

from cognito_portal.ops.models.alerts import Alert
from cognito_portal.ops.models.onboarding import OnboardingItem, OnboardingJob
from cognito_portal.ops.models.verifications import AccountVerification

__all__ = ["AccountVerification", "Alert", "OnboardingItem", "OnboardingJob"]
