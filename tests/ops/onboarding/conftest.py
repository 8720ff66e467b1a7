import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def no_limits(settings: Settings) -> None:
    """Lists are sent as fast as they can be; tests of limits set their own."""
    settings.ONBOARDING_PER_SECOND = 0.0
    settings.ONBOARDING_MAILS_PER_DAY = 0
