"""A person's account as Cognito has it."""

from cognito_portal.account.tokens import read
from cognito_portal.account.visit import Visit
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.cognito.types import UserProfile

CONTACTS = ("email", "phone_number")


def profile_of(visit: Visit) -> UserProfile:
    """The person's account as Cognito has it. Raises what `tokens.read` raises."""
    return read(visit, lambda token: visit.client.get_user(access_token=token))


def find_profile(visit: Visit) -> UserProfile | None:
    """The same, or None where Cognito does not tell now."""
    try:
        return profile_of(visit)
    except CognitoError:
        return None


def is_verified(profile: UserProfile, attribute: str) -> bool:
    """Whether Cognito calls this e-mail address or phone number verified."""
    return profile.attributes.get(f"{attribute}_verified") == "true"
