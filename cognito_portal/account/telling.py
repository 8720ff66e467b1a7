"""Telling a person by mail what was changed in their account (decision D14)."""

from cognito_portal import mail
from cognito_portal.account.profile import find_profile, is_verified
from cognito_portal.account.visit import Visit
from cognito_portal.mail import What


def verified_email(visit: Visit) -> str:
    """Where the person is told of a change, or empty: read before it, since it may be of this very address."""
    profile = find_profile(visit)
    return profile.attributes.get("email", "") if profile and is_verified(profile, "email") else ""


def tell(visit: Visit, address: str, what: What) -> None:
    """Send the mail. Raises nothing: what became of it stands in the audit log."""
    mail.notify(
        address,
        what=what,
        by=visit.by,
        person=visit.person,
        client_id=visit.user.client_id,
        attempt_id=visit.user.attempt_id,
    )
