"""Is what was typed of the right form? Nothing here knows of Cognito's answers."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cognito_portal.cognito.password_policy import Rule, unmet
from cognito_portal.cognito.types import PasswordPolicy
from cognito_portal.signin.forms import UsernameForm, read_new_password
from cognito_portal.signin.words import BROKEN_RULES, Words

CODE_CHARS = 2048
# No pool of Cognito's takes a shorter one, and it refuses it like a request that makes no sense.
SHORTEST_PASSWORD = 6


class CodeField(forms.CharField):
    """A code as it is sent: people type or paste it with blanks between its digits, which are dropped."""

    def to_python(self, value: Any) -> str:
        return "".join(str(super().to_python(value)).split())


class CodeForm(UsernameForm):
    """A username and the code that was sent to its owner."""

    code = CodeField(
        max_length=CODE_CHARS,
        error_messages={
            "required": _("Type the code."),
            "max_length": _("This code is too long."),
        },
    )


@dataclass(frozen=True, slots=True)
class PasswordFault:
    """What is wrong about a new password: the words beside it, and the rules to mark."""

    error: Words = ""
    failed: frozenset[Rule] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """A code and the password to set with it. `errors` are by the name of the input that they stand at."""

    username: str
    code: str = field(repr=False)
    password: str = field(repr=False)
    errors: dict[str, str]
    fault: PasswordFault

    @property
    def is_valid(self) -> bool:
        return not self.errors and not self.fault.error


def read_reset(data: QueryDict, policy: PasswordPolicy | None) -> Reset:
    """Read the form of the reset page. The password goes on byte for byte."""
    form, new = CodeForm(data), read_new_password(data, ())
    errors = form.field_errors()
    return Reset(
        username=form.cleaned_data.get("username", ""),
        code=form.cleaned_data.get("code", ""),
        password=new.password,
        errors=errors,
        fault=_fault(new.password, policy, shape=new.password_error),
    )


def _fault(password: str, policy: PasswordPolicy | None, *, shape: Words) -> PasswordFault:
    """What can be seen of a password before it is sent; its rules only where the pool's are known."""
    if policy is None:
        too_short = BROKEN_RULES[Rule.LENGTH] if len(password) < SHORTEST_PASSWORD else ""
        return PasswordFault(shape or too_short)
    failed = unmet(policy, password) if password else ()
    return PasswordFault(shape or (BROKEN_RULES[failed[0]] if failed else ""), frozenset(failed))
