"""What allauth's second factors ask of a site: secrets encrypted at rest, and its names."""

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext

from cognito_portal.encryption import seal, unseal

PURPOSE = "portal/staff-factor/v1"
BOUND_TO = "mfa_authenticator"


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth's adapter, with what is secret sealed by SECRET_KEY (or opened by one of its fallbacks)."""

    def encrypt(self, text: str) -> str:
        return seal({"text": text}, purpose=PURPOSE, bound_to=BOUND_TO)

    def decrypt(self, encrypted_text: str) -> str:
        opened = unseal(encrypted_text, purpose=PURPOSE, bound_to=BOUND_TO)
        if opened is None:
            raise ImproperlyConfigured("the key that sealed this factor is neither SECRET_KEY nor a fallback")
        return str(opened["text"])

    def _get_site_name(self) -> str:
        return settings.SITE_NAME or gettext("Sign-in")

    def _get_user_identifier(self, user: User) -> str:
        return user.get_username()

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return gettext("Passkey")
