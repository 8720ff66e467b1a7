"""SELECT_MFA_TYPE and SELECT_CHALLENGE: which way a person wants to prove who they are."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cognito_portal import clients
from cognito_portal.cognito.types import ChallengeName
from cognito_portal.signin import flow, words
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.automatic import named_list
from cognito_portal.signin.forms import PASSWORD_CHARS
from cognito_portal.signin.hosts import is_passkey_host
from cognito_portal.signin.session import State
from cognito_portal.signin.steps.form import StepForm
from cognito_portal.signin.walk import Walk
from cognito_portal.signin.words import Words

PASSWORDS = frozenset({ChallengeName.PASSWORD.value, ChallengeName.PASSWORD_SRP.value})
USUAL_FACTORS = (
    ChallengeName.SOFTWARE_TOKEN_MFA.value,
    ChallengeName.SMS_MFA.value,
    ChallengeName.EMAIL_OTP.value,
)
WAYS: dict[str, tuple[Words, Words]] = {
    ChallengeName.SOFTWARE_TOKEN_MFA: (_("Authenticator app"), _("Type the code that the app shows.")),
    ChallengeName.SMS_MFA: (_("Text message"), _("We send a code to your phone.")),
    ChallengeName.SMS_OTP: (_("Text message"), _("We send a code to your phone.")),
    ChallengeName.EMAIL_OTP: (_("E-mail"), _("We send a code to your e-mail address.")),
    ChallengeName.WEB_AUTHN: (
        _("Passkey"),
        _("Confirm with your finger, your face or the PIN of your device."),
    ),
}


def choices_of(names: tuple[str, ...]) -> list[dict[str, Words]]:
    """Names of factors as a template shows them. One that is not known keeps its name."""
    known = [(name, *WAYS.get(name, (name, ""))) for name in names]
    return [{"value": name, "label": label, "help": text} for name, label, text in known]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectMfaForm(StepForm):
    """SELECT_MFA_TYPE."""

    title: ClassVar[Words] = _("Choose your second step")
    field_name: ClassVar[str] = "answer"

    answer: str = ""

    @classmethod
    def read(cls, attempt: Attempt, host: str, data: QueryDict) -> Self:
        form = cls(attempt=attempt, host=host, answer=data.get("answer", ""))
        return form if form.answer in form._offered() else form.with_error("answer", words.CHOOSE_ONE)

    def _offered(self) -> tuple[str, ...]:
        return named_list(self.attempt.parameters.get("MFAS_CAN_CHOOSE")) or USUAL_FACTORS

    def responses(self) -> dict[str, str]:
        return {"ANSWER": self.answer}

    def context(self) -> dict[str, Any]:
        return {"choices": choices_of(self._offered()), "chosen": self.answer}


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectChallengeForm(StepForm):
    """SELECT_CHALLENGE: a password, or one of the ways without it."""

    title: ClassVar[Words] = _("How do you want to sign in?")
    field_name: ClassVar[str] = "answer"

    answer: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def read(cls, attempt: Attempt, host: str, data: QueryDict) -> Self:
        form = cls(
            attempt=attempt, host=host, answer=data.get("answer", ""), password=data.get("password", "")
        )
        if form.answer == ChallengeName.PASSWORD and form._password_offered():
            fault = password_fault(form.password)
            return form.with_error("password", fault) if fault else form
        return form if form.answer in form._offered() else form.with_error("answer", words.CHOOSE_ONE)

    def _password_offered(self) -> bool:
        available = self.attempt.available_challenges
        return not available or bool(PASSWORDS.intersection(available))

    def _offered(self) -> tuple[str, ...]:
        """The ways without a password that this site has a page for; a passkey only where it can work."""
        return tuple(
            name
            for name in self.attempt.available_challenges
            if name in WAYS and (name != ChallengeName.WEB_AUTHN or self._takes_passkeys())
        )

    def _takes_passkeys(self) -> bool:
        known = clients.mfa_config()
        return known is None or is_passkey_host(self.host, known.relying_party_id)

    def responses(self) -> dict[str, str]:
        return {"ANSWER": self.answer}

    def send(self, walk: Walk) -> State:
        if self.answer == ChallengeName.PASSWORD:
            return flow.answer_by_password(walk, self.attempt, password=self.password)
        return flow.answer(walk, self.attempt, self.responses())

    def context(self) -> dict[str, Any]:
        return {"choices": choices_of(self._offered()), "password_offered": self._password_offered()}


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordForm(StepForm):
    """PASSWORD and PASSWORD_SRP."""

    title: ClassVar[Words] = _("Type your password")
    field_name: ClassVar[str] = "password"

    password: str = field(default="", repr=False)

    @classmethod
    def read(cls, attempt: Attempt, host: str, data: QueryDict) -> Self:
        form = cls(attempt=attempt, host=host, password=data.get("password", ""))
        fault = password_fault(form.password)
        return form.with_error("password", fault) if fault else form

    def send(self, walk: Walk) -> State:
        return flow.answer_by_password(walk, self.attempt, password=self.password)


def password_fault(password: str) -> Words:
    """What is certainly wrong about a password that was typed, or an empty text."""
    if not password:
        return _("Type your password.")
    return _("A password has at most 256 characters.") if len(password) > PASSWORD_CHARS else ""
