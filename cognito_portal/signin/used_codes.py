"""No code of an authenticator app signs in twice, whatever Cognito would say (CVE-2025-55000, ASVS 6.5.1)."""

from datetime import timedelta

from django.utils import timezone

from cognito_portal.encryption import keyed_digest
from cognito_portal.signin.models import UsedCode

PURPOSE = "portal/used-code/v1"
# Cognito takes the code of the half minute before and after as well.
LIVES = timedelta(seconds=90)


def digest_of(*, pool_id: str, username: str, code: str) -> str:
    """What a user's code is remembered by; neither can be read from it."""
    return keyed_digest(f"{pool_id}|{username}|{code}", purpose=PURPOSE)


def reserve(digest: str) -> bool:
    """Take a code before it is sent; False where it signed this user in, or is being tried, within 90 seconds.

    Raises django.db.Error.
    """
    now = timezone.now()
    UsedCode.objects.filter(until__lte=now).delete()
    _, is_new = UsedCode.objects.get_or_create(digest=digest, defaults={"until": now + LIVES})
    return is_new


def release(digest: str) -> None:
    """Give back a code that was not taken by Cognito. Raises django.db.Error."""
    UsedCode.objects.filter(digest=digest).delete()
