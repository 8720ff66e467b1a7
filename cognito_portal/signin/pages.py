"""What the templates of the walk are given."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cognito_portal.cognito.password_policy import Rule
from cognito_portal.cognito.types import PasswordPolicy
from cognito_portal.signin.attempt import new_attempt_id
from cognito_portal.signin.words import Problem, Words

STEP_COUNT = 3


def start(
    *,
    username: str = "",
    problem: Problem | None = None,
    field_errors: dict[str, str] | None = None,
    notice: Words = "",
    password_hint: Words = "",
    ways_on: bool = False,
    password_field: str = "required",
    other_ways: bool = False,
    remember: bool | None = None,
    again: str = "",
) -> dict[str, Any]:
    """The context of signin/start.html. Every page carries the id of an attempt that may begin with it.

    `password_field`: "required", "optional" or "" where the flow asks for it later, if at all. `other_ways`:
    whether a person may choose how to sign in. `remember`: the state of its box, None where there is none.
    `again`: the account page that asked for a fresh sign-in.
    """
    return {
        "username": username,
        "attempt_id": new_attempt_id(),
        "problem": problem,
        "field_errors": field_errors or {},
        "notice": notice,
        "password_hint": password_hint,
        "ways_on": ways_on,
        "password_field": password_field,
        "other_ways": other_ways,
        "remember": remember,
        "again": again,
    }


def done(*, username: str, password_changed: bool, factor_enrolled: bool) -> dict[str, Any]:
    """The context of signin/done.html; its steps are shown where there were any."""
    had_steps = password_changed or factor_enrolled
    steps = {"step_number": STEP_COUNT, "step_count": STEP_COUNT} if had_steps else {}
    what = {"password_changed": password_changed, "factor_enrolled": factor_enrolled}
    return {"username": username} | what | steps


def password_rules(policy: PasswordPolicy | None, failed: Collection[Rule]) -> list[dict[str, Any]]:
    """The pool's rules for the checklist; empty where they are not known."""
    if policy is None:
        return []
    length = ngettext("At least %(count)d character", "At least %(count)d characters", policy.minimum_length)
    asked: list[tuple[Rule, bool, Words]] = [
        (Rule.LENGTH, True, length % {"count": policy.minimum_length}),
        (Rule.UPPERCASE, policy.require_uppercase, _("A capital letter (A–Z)")),
        (Rule.LOWERCASE, policy.require_lowercase, _("A small letter (a–z)")),
        (Rule.NUMBERS, policy.require_numbers, _("A digit (0–9)")),
        (Rule.SYMBOLS, policy.require_symbols, _("A special character, such as ! ? - or a blank inside")),
    ]
    return [
        {
            "key": rule.value,
            "label": label,
            "minimum": policy.minimum_length if rule is Rule.LENGTH else None,
            "failed": rule in failed,
        }
        for rule, is_asked, label in asked
        if is_asked
    ]
