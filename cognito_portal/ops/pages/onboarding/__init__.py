"""The pages of onboarding lists."""
