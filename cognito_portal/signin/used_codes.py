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


def is_used(digest: str) -> bool:
    """Whether this code signed this user in within the last 90 seconds. Raises django.db.Error."""
    return UsedCode.objects.filter(digest=digest, until__gt=timezone.now()).exists()


def use(digest: str) -> None:
    """Remember a code that was right; codes that no longer matter are dropped. Raises django.db.Error."""
    now = timezone.now()
    UsedCode.objects.filter(until__lte=now).delete()
    UsedCode.objects.update_or_create(digest=digest, defaults={"until": now + LIVES})
