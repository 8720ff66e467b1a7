"""What the form of every challenge has in common."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cognito_portal.cognito.errors import Cause, CognitoError
from cognito_portal.signin import flow, words
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.pages import STEP_COUNT
from cognito_portal.signin.session import State
from cognito_portal.signin.walk import Walk
from cognito_portal.signin.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForm:
    """One challenge's form: what its page shows, what a person put into it, and what is wrong about that.

    `host` is the site's own, without port. A subclass says which `field` a refusal of Cognito's belongs to.
    """

    title: ClassVar[Words] = ""
    field_name: ClassVar[str] = ""

    attempt: Attempt
    host: str = ""
    errors: Mapping[str, Words] = field(default_factory=dict)

    @classmethod
    def blank(cls, attempt: Attempt, host: str) -> Self:
        """The form before anybody typed anything."""
        return cls(attempt=attempt, host=host)

    @classmethod
    def read(cls, attempt: Attempt, host: str, data: QueryDict) -> Self:
        """The form as it was sent, checked as far as Cognito is certain to refuse it."""
        raise NotImplementedError

    @property
    def is_valid(self) -> bool:
        return not self.errors

    @property
    def needs_more(self) -> bool:
        """Whether the form is right so far and the person is asked for more of it before anything is sent."""
        return False

    @property
    def refused_field(self) -> str:
        """The field that a refusal of Cognito's belongs to, or an empty text."""
        return self.field_name

    def responses(self) -> dict[str, str]:
        """AWS's ChallengeResponses, without USERNAME and SECRET_HASH."""
        raise NotImplementedError

    def send(self, walk: Walk) -> State:
        """Answer the challenge. Raises what `flow.answer` raises."""
        return flow.answer(walk, self.attempt, self.responses())

    def with_error(self, name: str, text: Words) -> Self:
        """This form with what is wrong about one field."""
        return replace(self, errors={**self.errors, name: text})

    def refused(self, error: CognitoError) -> tuple[Self, words.Problem | None]:
        """This form as shown after Cognito refused it, and what stands above it where no field is to blame."""
        text = gettext(error.meaning.user)
        name = self.refused_field
        if name and error.meaning.cause in _OF_THE_FIELD:
            return self.with_error(name, text), None
        return self, words.Problem(words.NOT_ACCEPTED.title, text)

    def context(self) -> dict[str, Any]:
        """What the template of this challenge is given beside what all are given."""
        return {}

    def page(self, problem: words.Problem | None) -> dict[str, Any]:
        """The whole context of the template."""
        attempt = self.attempt
        start = f"{reverse('signin:start')}?{urlencode({'username': attempt.username})}"
        return {
            "title": self.title,
            "attempt_id": attempt.attempt_id,
            "turn": attempt.turn,
            "username": attempt.username,
            "problem": problem,
            "errors": self.errors,
            "remaining_s": attempt.remaining_s(time.time()),
            "expiry_known": attempt.is_expiry_known,
            "step_number": 2,
            "step_count": STEP_COUNT,
            "start_again": start,
            **self.context(),
        }


_OF_THE_FIELD = frozenset(
    {
        Cause.CODE_MISMATCH,
        Cause.CODE_EXPIRED,
        Cause.CODE_REUSED,
        Cause.INVALID_INPUT,
        Cause.ALIAS_EXISTS,
        Cause.PASSKEY_REFUSED,
    }
)

CLOCK_HELP = _(
    "The code changes every 30 seconds. If it is not accepted, check that your phone's clock is right."
)
