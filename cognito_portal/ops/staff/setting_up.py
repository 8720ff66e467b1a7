"""The secret of an app that is being set up: it travels in the form, sealed, so that looking changes nothing."""

import time
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User

from cognito_portal.encryption import seal, unseal
from cognito_portal.signin.authenticator_app import secret_context

PURPOSE = "portal/staff-app-offer/v1"
LIVES_S = 15 * 60


def offered(user: User, sealed: str) -> str:
    """The secret in a form that `shown` made for this person within 15 minutes; empty where it is none."""
    opened = unseal(sealed, purpose=PURPOSE, bound_to=str(user.pk)) if sealed else None
    if opened is None or not 0 <= time.time() - opened["at"] <= LIVES_S:
        return ""
    return str(opened["secret"])


def shown(secret: str, user: User) -> dict[str, Any]:
    """What a template shows of it, and the form's `offer`."""
    sealed = seal({"secret": secret, "at": time.time()}, purpose=PURPOSE, bound_to=str(user.pk))
    names = secret_context(secret, username=user.get_username(), issuer=settings.SITE_NAME or "Staff")
    return {"offer": sealed} | names
