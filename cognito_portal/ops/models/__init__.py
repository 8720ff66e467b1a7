"""What the ops desk keeps of its own."""

from cognito_portal.ops.models.onboarding import OnboardingItem, OnboardingJob

__all__ = ["OnboardingItem", "OnboardingJob"]
