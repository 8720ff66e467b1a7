"""Passkeys of staff: allauth's ceremonies, with the challenge kept where the portal keeps its state.

The relying party is the host that the browser asked, which Django has held against ALLOWED_HOSTS.
"""

import json
from typing import Any

from allauth.core.context import request_context
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.contrib.auth.models import User
from django.http import HttpRequest
from fido2.webauthn import ResidentKeyRequirement, UserVerificationRequirement

# What a made-up answer of a browser may break on in fido2, beside a wrong challenge, host or signature.
NOT_IT = (ValueError, TypeError, KeyError, AttributeError)


def ask(request: HttpRequest, user: User) -> dict[str, Any] | None:
    """A challenge for the passkeys of this person: `options` for the browser, `state` for `check`; None without one."""
    with request_context(request):
        credentials = auth.get_credentials(user)
        if not credentials:
            return None
        options, state = auth.get_server().authenticate_begin(
            credentials=credentials, user_verification=_verification()
        )
    return {"options": _plain(options), "state": state}


def check(
    request: HttpRequest, user: User, asked: dict[str, Any] | None, answer: dict[str, Any]
) -> Authenticator | None:
    """The passkey that answered this challenge, or None where none of this person's did."""
    if not asked:
        return None
    with request_context(request):
        try:
            used = auth.get_server().authenticate_complete(asked["state"], auth.get_credentials(user), answer)
            return auth.get_authenticator_by_credential_id(user, used.credential_id)
        except NOT_IT:
            return None


def ask_for_new(request: HttpRequest, user: User) -> dict[str, Any]:
    """What a browser makes a passkey with: `options` for it, `state` for `is_new`."""
    with request_context(request):
        options, state = auth.get_server().register_begin(
            user=auth.build_user_payload(user),
            credentials=auth.get_credentials(user),
            resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
            user_verification=_verification(),
        )
    return {"options": _plain(options), "state": state}


def is_new(request: HttpRequest, asked: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether a browser made this passkey for that challenge, at this site."""
    with request_context(request):
        try:
            auth.get_server().register_complete(asked["state"], answer)
        except NOT_IT:
            return False
    return True


def add(user: User, *, name: str, credential: dict[str, Any]) -> None:
    """Keep a passkey for which `is_new` was true."""
    auth.WebAuthn.add(user, name, credential)


def _verification() -> UserVerificationRequirement:
    return UserVerificationRequirement(app_settings.WEBAUTHN_USER_VERIFICATION)


def _plain(options: Any) -> Any:
    """The part of the options that the browser's script reads, as JSON has it."""
    return json.loads(json.dumps(dict(options)["publicKey"]))
