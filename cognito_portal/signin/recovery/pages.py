"""What the templates of the ways out are given."""

from collections.abc import Mapping
from typing import Any

from cognito_portal.cognito.types import PasswordPolicy
from cognito_portal.signin.attempt import new_attempt_id
from cognito_portal.signin.pages import password_rules
from cognito_portal.signin.recovery.forms import PasswordFault
from cognito_portal.signin.words import Problem, Words


def page(
    *,
    username: str = "",
    notice: Words = "",
    problem: Problem | None = None,
    errors: Mapping[str, Words] | None = None,
) -> dict[str, Any]:
    """The context of each page: `errors` by the id of the input, and the id of an attempt of its own."""
    return {
        "username": username,
        "attempt_id": new_attempt_id(),
        "notice": notice,
        "problem": problem,
        "errors": errors or {},
    }


def reset_page(
    policy: PasswordPolicy | None,
    *,
    username: str,
    notice: Words = "",
    problem: Problem | None = None,
    errors: Mapping[str, Words] | None = None,
    fault: PasswordFault | None = None,
) -> dict[str, Any]:
    """The context of signin/recovery/reset_password.html."""
    fault = fault or PasswordFault()
    marked = {**(errors or {}), **({"new-password": fault.error} if fault.error else {})}
    shown = page(username=username, notice=notice, problem=problem, errors=marked)
    return shown | {"password_error": fault.error, "rules": password_rules(policy, fault.failed)}
