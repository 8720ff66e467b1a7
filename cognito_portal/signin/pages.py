"""What the templates of the walk are given."""

import time
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cognito_portal.cognito.password_policy import Rule
from cognito_portal.cognito.types import PasswordPolicy, PoolSettings
from cognito_portal.signin.attempt import Attempt, new_attempt_id
from cognito_portal.signin.challenges import STEP_COUNT, STEPS
from cognito_portal.signin.forms import NewPassword
from cognito_portal.signin.words import Problem, Words


def start(
    *,
    username: str = "",
    problem: Problem | None = None,
    field_errors: dict[str, str] | None = None,
    notice: Words = "",
    password_hint: Words = "",
    ways_on: bool = False,
) -> dict[str, Any]:
    """The context of signin/start.html. Every page carries the id of an attempt that may begin with it."""
    return {
        "username": username,
        "attempt_id": new_attempt_id(),
        "problem": problem,
        "field_errors": field_errors or {},
        "notice": notice,
        "password_hint": password_hint,
        "ways_on": ways_on,
    }


def new_password(
    attempt: Attempt,
    *,
    pool: PoolSettings | None,
    form: NewPassword,
    problem: Problem | None = None,
    failed: Collection[Rule] = (),
) -> dict[str, Any]:
    """The context of signin/new_password.html."""
    now = time.time()
    return {
        "username": attempt.username,
        "attempt_id": attempt.attempt_id,
        "turn": attempt.turn,
        "attributes": form.attributes,
        "password_error": form.password_error,
        "problem": problem,
        "rules": _rules(pool.policy if pool else None, failed),
        "remaining_s": attempt.remaining_s(now),
        "expiry_known": attempt.is_expiry_known,
        "step_number": STEPS[attempt.challenge].position,
        "step_count": STEP_COUNT,
    }


def done(*, username: str, password_changed: bool) -> dict[str, Any]:
    """The context of signin/done.html; its steps are shown where there were any."""
    steps = {"step_number": STEP_COUNT, "step_count": STEP_COUNT} if password_changed else {}
    return {"username": username, "password_changed": password_changed} | steps


def _rules(policy: PasswordPolicy | None, failed: Collection[Rule]) -> list[dict[str, Any]]:
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
