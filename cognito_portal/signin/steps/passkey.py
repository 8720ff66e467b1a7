"""WEB_AUTHN: a passkey. The browser makes the answer; it is checked by Cognito alone.

https://www.w3.org/TR/webauthn-2/#sctn-getAssertion
"""

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cognito_portal.signin import words
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.hosts import is_passkey_host
from cognito_portal.signin.steps.form import StepForm
from cognito_portal.signin.words import Words

CREDENTIAL_CHARS = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyForm(StepForm):
    """The AuthenticationResponseJSON that the browser made, passed on as it is."""

    title: ClassVar[Words] = _("Use your passkey")
    field_name: ClassVar[str] = "credential"

    credential: str = field(default="", repr=False)

    @classmethod
    def read(cls, attempt: Attempt, host: str, data: QueryDict) -> Self:
        form = cls(attempt=attempt, host=host, credential=data.get("credential", ""))
        if is_credential(form.credential):
            return form
        return form.with_error("credential", words.NO_PASSKEY_USED)

    def responses(self) -> dict[str, str]:
        return {"CREDENTIAL": self.credential}

    def context(self) -> dict[str, Any]:
        options = read_object(self.attempt.parameters.get("CREDENTIAL_REQUEST_OPTIONS", ""))
        relying_party_id = str(options.get("rpId") or "")
        return {
            "options": options,
            "possible": bool(options) and is_passkey_host(self.host, relying_party_id),
            "passkey_host": relying_party_id,
        }


def is_credential(text: str) -> bool:
    """Whether a text has the form of a credential: a JSON object with an id, of bounded size."""
    return len(text) <= CREDENTIAL_CHARS and isinstance(read_object(text).get("id"), str)


def read_object(text: str) -> dict[str, Any]:
    """A JSON object out of a text; an empty one where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
