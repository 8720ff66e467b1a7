"""NEW_PASSWORD_REQUIRED: a new password, and the attributes that the pool asks for."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cognito_portal import clients
from cognito_portal.cognito.errors import Cause, CognitoError, CognitoRefused
from cognito_portal.cognito.password_policy import Rule, rule_from_message, unmet
from cognito_portal.cognito.types import PoolSettings
from cognito_portal.signin import words
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.attributes import inputs_for
from cognito_portal.signin.forms import NewPassword, read_new_password
from cognito_portal.signin.pages import password_rules
from cognito_portal.signin.steps.form import StepForm
from cognito_portal.signin.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasswordForm(StepForm):
    """`failed` are the rules of the checklist that are known not to be met."""

    title: ClassVar[Words] = _("Choose your password")

    pool: PoolSettings | None = None
    typed: NewPassword = field(default_factory=lambda: NewPassword("", "", ()))
    failed: Collection[Rule] = ()

    @classmethod
    def blank(cls, attempt: Attempt, host: str) -> Self:
        pool = clients.pool_settings()
        typed = NewPassword("", "", inputs_for(attempt.required_attributes, pool))
        return cls(attempt=attempt, host=host, pool=pool, typed=typed)

    @classmethod
    def read(cls, attempt: Attempt, host: str, data: QueryDict) -> Self:
        pool = clients.pool_settings()
        typed = read_new_password(data, inputs_for(attempt.required_attributes, pool))
        if typed.is_valid and attempt.is_temporary_password(typed.password):
            typed = typed.refused(words.SAME_AS_TEMPORARY)
        # What is already certain about the password is marked as well, so that one round mends all.
        failed = _unmet(pool, typed.password) if typed.password and not typed.is_valid else ()
        return cls(attempt=attempt, host=host, pool=pool, typed=typed, failed=failed)

    @property
    def is_valid(self) -> bool:
        return self.typed.is_valid

    def responses(self) -> dict[str, str]:
        return self.typed.responses()

    def refused(self, error: CognitoError) -> tuple[Self, words.Problem | None]:
        meaning, text = error.meaning, gettext(error.meaning.user)
        if meaning.cause is Cause.PASSWORD_POLICY:
            return self._breaking(_failed_rules(error, self.pool, self.typed.password), text), None
        if meaning.cause is Cause.PASSWORD_HISTORY:
            return replace(self, typed=self.typed.refused(text)), None
        if isinstance(error, CognitoRefused) and self.typed.asks_for(error.attribute):
            typed = self.typed.with_attribute_refused(str(error.attribute), text)
            return replace(self, typed=typed), None
        return self, words.Problem(words.NOT_ACCEPTED.title, text)

    def _breaking(self, failed: frozenset[Rule], text: Words) -> Self:
        # With no checklist to mark, the text has to say which rule it was.
        only = next(iter(failed), None) if self.pool is None or self.pool.policy is None else None
        typed = self.typed.refused(words.BROKEN_RULES[only] if only else text)
        return replace(self, typed=typed, failed=failed)

    def context(self) -> dict[str, Any]:
        return {
            "attributes": self.typed.attributes,
            "password_error": self.typed.password_error,
            "rules": password_rules(self.pool.policy if self.pool else None, self.failed),
        }


def _failed_rules(error: CognitoError, pool: PoolSettings | None, password: str) -> frozenset[Rule]:
    """The rules to mark: what Cognito names, and what the pool's policy lets us see beside it."""
    named = rule_from_message(error.message) if isinstance(error, CognitoRefused) else None
    return _unmet(pool, password) | ({named} if named else set())


def _unmet(pool: PoolSettings | None, password: str) -> frozenset[Rule]:
    """The rules of the pool that a password breaks; none where they are not known."""
    return frozenset(unmet(pool.policy, password)) if pool and pool.policy else frozenset()
