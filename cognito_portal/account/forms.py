"""Is what was typed on an account page of the right form? Nothing here knows of Cognito's answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from cognito_portal.account import words
from cognito_portal.cognito.password_policy import Rule, unmet
from cognito_portal.cognito.types import PasswordPolicy
from cognito_portal.signin.forms import PASSWORD_CHARS, read_new_password
from cognito_portal.signin.steps.code import APP_CODE, NOT_SIX, typed_code
from cognito_portal.signin.steps.passkey import is_credential, read_object
from cognito_portal.signin.words import BROKEN_RULES, TYPE_THE_CODE, Words

CODE_CHARS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChange:
    """The present password and a new one. `errors` are by the id of the input they stand at."""

    present: str | None = field(repr=False)
    new: str = field(repr=False)
    errors: Mapping[str, Words]
    failed: frozenset[Rule]


def read_password_change(
    data: QueryDict, policy: PasswordPolicy | None, *, may_lack_present: bool
) -> PasswordChange:
    """Read the form of the password page. Both go on byte for byte.

    `may_lack_present`: the pool signs people in without a password too, so that some never had one.
    """
    present, new = data.get("password", ""), read_new_password(data, ())
    errors: dict[str, Words] = {}
    if not present and not may_lack_present:
        errors["password"] = words.TYPE_PRESENT_PASSWORD
    if len(present) > PASSWORD_CHARS:
        errors["password"] = words.PRESENT_PASSWORD_TOO_LONG
    failed = frozenset(unmet(policy, new.password)) if policy and new.password else frozenset[Rule]()
    fault = new.password_error
    if not fault and new.password == present:
        fault = words.SAME_PASSWORD
    if not fault and failed:
        fault = BROKEN_RULES[next(rule for rule in Rule if rule in failed)]
    if fault:
        errors["new-password"] = fault
    return PasswordChange(present=present or None, new=new.password, errors=errors, failed=failed)


def read_code(data: QueryDict, *, of_app: bool = False) -> tuple[str, Words]:
    """A code without the blanks that people and mail programs put into it, and what is wrong about it."""
    code = typed_code(data)
    if not code:
        return code, TYPE_THE_CODE
    if of_app and not APP_CODE.fullmatch(code):
        return code, NOT_SIX
    return code, words.CODE_TOO_LONG if len(code) > CODE_CHARS else ""


def read_credential(data: QueryDict) -> dict[str, Any] | None:
    """What the browser made of a passkey (RegistrationResponseJSON), or None where it is no such object."""
    text = data.get("credential", "")
    return read_object(text) if is_credential(text) else None
