"""CUSTOM_CHALLENGE: a question of the pool's own, and one answer."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cognito_portal.signin import words
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.steps.form import StepForm
from cognito_portal.signin.words import Words

ANSWER_CHARS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomForm(StepForm):
    """The answer goes on as it was typed. Only parameters on the allow-list are shown."""

    title: ClassVar[Words] = _("One more question")
    field_name: ClassVar[str] = "answer"

    answer: str = field(default="", repr=False)

    @classmethod
    def read(cls, attempt: Attempt, host: str, data: QueryDict) -> Self:
        form = cls(attempt=attempt, host=host, answer=data.get("answer", ""))
        if not form.answer.strip():
            return form.with_error("answer", words.TYPE_THE_ANSWER)
        is_fine = len(form.answer) <= ANSWER_CHARS and "\0" not in form.answer
        return form if is_fine else form.with_error("answer", words.CANNOT_BE_SENT)

    def responses(self) -> dict[str, str]:
        return {"ANSWER": self.answer}

    def context(self) -> dict[str, Any]:
        parameters = self.attempt.parameters
        lines = [parameters[name] for name in settings.CUSTOM_CHALLENGE_PARAMETERS if parameters.get(name)]
        return {"lines": lines or [words.ANSWER_THE_QUESTION]}
