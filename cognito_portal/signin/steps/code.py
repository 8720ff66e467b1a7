"""SOFTWARE_TOKEN_MFA, SMS_MFA, EMAIL_OTP and SMS_OTP: one code, in one field."""

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cognito_portal.signin import flow, words
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.session import State
from cognito_portal.signin.steps.form import CLOCK_HELP, StepForm
from cognito_portal.signin.walk import Walk
from cognito_portal.signin.words import Words

APP_CODE = re.compile(r"[0-9]{6}")
# Codes that are sent have had six digits, and eight where they are the first factor.
SENT_CODE = re.compile(r"[0-9]{6,8}")
_WHITE_SPACE = re.compile(r"\s+")
NOT_SIX = _("A code has 6 digits.")
NOT_A_SENT_CODE = _("A code has 6 to 8 digits.")


def typed_code(data: QueryDict) -> str:
    """The code out of a form without the blanks that people and mail programs put into it."""
    return _WHITE_SPACE.sub("", data.get("code", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeForm(StepForm):
    """The code of a message that was sent."""

    title: ClassVar[Words] = _("Enter the code we sent you")
    field_name: ClassVar[str] = "code"
    pattern: ClassVar[re.Pattern[str]] = SENT_CODE
    not_a_code: ClassVar[Words] = NOT_A_SENT_CODE

    code: str = field(default="", repr=False)

    @classmethod
    def read(cls, attempt: Attempt, host: str, data: QueryDict) -> Self:
        form = cls(attempt=attempt, host=host, code=typed_code(data))
        if not form.code:
            return form.with_error("code", words.TYPE_THE_CODE)
        return form if cls.pattern.fullmatch(form.code) else form.with_error("code", cls.not_a_code)

    def responses(self) -> dict[str, str]:
        return {f"{self.attempt.challenge}_CODE": self.code}

    def context(self) -> dict[str, Any]:
        return {"lead": self._lead(), "help": words.NO_CODE_YET}

    def _lead(self) -> Words:
        destination = self.attempt.parameters.get("CODE_DELIVERY_DESTINATION", "")
        by_mail = self.attempt.challenge.startswith("EMAIL")
        if not destination:
            return words.SENT_BY_MAIL if by_mail else words.SENT_BY_SMS
        return _("We sent a code to %(destination)s.") % {"destination": destination}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsMfaForm(CodeForm):
    """SMS_MFA, whose answer AWS names otherwise than the others."""

    def responses(self) -> dict[str, str]:
        return {"SMS_MFA_CODE": self.code}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCodeForm(CodeForm):
    """SOFTWARE_TOKEN_MFA: the code that an authenticator app shows."""

    title: ClassVar[Words] = _("Enter the code of your authenticator app")
    pattern: ClassVar[re.Pattern[str]] = APP_CODE
    not_a_code: ClassVar[Words] = NOT_SIX

    def send(self, walk: Walk) -> State:
        return flow.answer_with_app_code(walk, self.attempt, code=self.code)

    def context(self) -> dict[str, Any]:
        device = self.attempt.parameters.get("FRIENDLY_DEVICE_NAME", "")
        lead = _("Open the authenticator app on %(device)s and type the code it shows.") % {"device": device}
        return {"lead": lead if device else words.OPEN_THE_APP, "help": CLOCK_HELP}
