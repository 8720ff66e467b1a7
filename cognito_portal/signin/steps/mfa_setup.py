"""MFA_SETUP: a second factor is set up in the middle of the sign-in.

The secret of an authenticator app is asked for once and stands in the encrypted attempt, so that a reload
shows the same one. https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html
"""

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cognito_portal.attributes import E164
from cognito_portal.cognito.errors import Cause, CognitoError
from cognito_portal.cognito.types import ChallengeName
from cognito_portal.signin import flow, words
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.authenticator_app import secret_context
from cognito_portal.signin.automatic import factors_to_set_up
from cognito_portal.signin.session import State
from cognito_portal.signin.steps.choice import choices_of
from cognito_portal.signin.steps.code import APP_CODE, NOT_SIX, typed_code
from cognito_portal.signin.steps.form import CLOCK_HELP, StepForm
from cognito_portal.signin.walk import Walk
from cognito_portal.signin.words import Words

APP = ChallengeName.SOFTWARE_TOKEN_MFA.value
# What a contact is answered with; the reply is the challenge that proves it.
CONTACT_NAMES = {"EMAIL_OTP": "EMAIL", "EMAIL_MFA": "EMAIL", "SMS_MFA": "PHONE_NUMBER"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
CONTACT_CHARS = 2048
DEVICE_NAME_CHARS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaSetupForm(StepForm):
    """Four stages: choose a factor; prove the app by its first code; give an address; finish.

    `factor` is the one that was chosen, or that there is no choice about.
    """

    title: ClassVar[Words] = _("Set up a second step")

    factor: str = ""
    contact: str = ""
    device_name: str = ""
    code: str = field(default="", repr=False)

    @classmethod
    def blank(cls, attempt: Attempt, host: str) -> Self:
        offered = factors_to_set_up(attempt)
        return cls(attempt=attempt, host=host, factor=offered[0] if len(offered) == 1 else "")

    @classmethod
    def read(cls, attempt: Attempt, host: str, data: QueryDict) -> Self:
        form = cls(
            attempt=attempt,
            host=host,
            factor=data.get("factor", "") or cls.blank(attempt, host).factor,
            contact=data.get("contact", "").strip(),
            device_name=data.get("device_name", "").strip()[:DEVICE_NAME_CHARS],
            code=typed_code(data),
        )
        name, fault = form._fault("contact" in data)
        return form.with_error(name, fault) if fault else form

    @property
    def stage(self) -> str:
        if self.attempt.is_app_verified:
            return "finish"
        if self.attempt.secret_code:
            return "app"
        return "contact" if self.factor in CONTACT_NAMES else "choose"

    @property
    def refused_field(self) -> str:
        return {"app": "code", "contact": "contact"}.get(self.stage, "factor")

    def _fault(self, has_contact: bool) -> tuple[str, Words]:
        if self.stage == "finish":
            return "", ""
        if self.stage == "app":
            if not self.code:
                return "code", words.TYPE_THE_CODE
            return "code", "" if APP_CODE.fullmatch(self.code) else NOT_SIX
        if self.factor not in factors_to_set_up(self.attempt):
            return "factor", words.CHOOSE_ONE
        return "contact", self._contact_fault() if has_contact else ""

    def _contact_fault(self) -> Words:
        if self.factor == ChallengeName.SMS_MFA:
            return "" if E164.fullmatch(self.contact) else words.WRITE_A_PHONE_NUMBER
        is_address = _EMAIL.fullmatch(self.contact) and len(self.contact) <= CONTACT_CHARS
        return "" if is_address else words.WRITE_AN_ADDRESS

    @property
    def needs_more(self) -> bool:
        return self.is_valid and self.stage == "contact" and not self.contact

    def refused(self, error: CognitoError) -> tuple[Self, words.Problem | None]:
        if self.stage == "contact" and error.meaning.cause is Cause.INVALID_INPUT:
            # Not every pool takes an address here; AWS describes it for none but the app.
            return self, words.CONTACT_NOT_TAKEN
        # Not super(): a dataclass with slots is made anew, and super() would look for the first one.
        return StepForm.refused(self, error)

    def send(self, walk: Walk) -> State:
        if self.stage == "finish":
            return flow.answer(walk, self.attempt, {})
        if self.stage == "app":
            return flow.verify_app(walk, self.attempt, code=self.code, device_name=self.device_name)
        if self.factor == APP:
            return flow.set_up_app(walk, self.attempt)
        return flow.answer(walk, self.attempt, {CONTACT_NAMES[self.factor]: self.contact})

    def context(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "stage": self.stage,
            "factor": self.factor,
            "contact": self.contact,
            "device_name": self.device_name,
            "help": CLOCK_HELP,
            "choices": choices_of(factors_to_set_up(self.attempt)),
            "chosen": self.factor,
        }
        if self.stage == "app":
            shown |= secret_context(
                self.attempt.secret_code, username=self.attempt.username, issuer=settings.SITE_NAME
            )
        return shown
