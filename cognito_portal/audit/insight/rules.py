"""What raises a flag: every threshold, and the sentence that explains it to an auditor, in one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Subject = Literal["address", "person", "pool"]
Severity = Literal["high", "medium", "low"]


class Kind(StrEnum):
    """The kinds of flags. Never rename one: stored flags keep the old name."""

    SPRAYING = "spraying"
    STUFFING = "stuffing"
    BURST = "burst"
    SUCCESS_AFTER_FAILURES = "success_after_failures"
    FIRST_ADDRESS = "first_address"
    EXPIRED_INVITATIONS = "expired_invitations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of flag: of whom it speaks, and what must come together within `window`.

    `failures` counts tries, those that a summary row of the throttle stands for as well. `accounts` are distinct
    people that failed, `unknown` distinct names that Cognito said do not exist. 0 asks for nothing.
    """

    label: str | Promise
    explanation: str | Promise
    severity: Severity
    subject: Subject
    window: timedelta
    failures: int = 0
    accounts: int = 0
    unknown: int = 0

    @property
    def sentence(self) -> str:
        """The explanation with the thresholds in it."""
        minutes = round(self.window.total_seconds() / 60)
        return str(self.explanation) % {
            "failures": self.failures,
            "accounts": self.accounts,
            "unknown": self.unknown,
            "minutes": minutes,
            "hours": minutes // 60,
            "days": minutes // 1440,
        }


RULES: Mapping[Kind, Rule] = MappingProxyType(
    {
        Kind.SPRAYING: Rule(
            label=_("Password spraying"),
            explanation=_(
                "From one address at least %(accounts)d different accounts failed to sign in within %(minutes)d"
                " minutes. Somebody may be trying a few common passwords on many people. An office or a school"
                " behind one address can look like this too."
            ),
            severity="high",
            subject="address",
            window=timedelta(minutes=10),
            accounts=10,
        ),
        Kind.STUFFING: Rule(
            label=_("Credential stuffing"),
            explanation=_(
                "From one address at least %(failures)d tries failed within %(minutes)d minutes, over at least"
                " %(unknown)d names that do not exist. Lists of names and passwords stolen elsewhere look like"
                " this."
            ),
            severity="high",
            subject="address",
            window=timedelta(minutes=10),
            failures=30,
            unknown=20,
        ),
        Kind.BURST: Rule(
            label=_("Burst on one account"),
            explanation=_(
                "One account had at least %(failures)d failed tries within %(minutes)d minutes, those that the"
                " throttle turned away among them. Somebody may be guessing a password, or a program may be using"
                " an old one."
            ),
            severity="medium",
            subject="person",
            window=timedelta(minutes=10),
            failures=10,
        ),
        Kind.SUCCESS_AFTER_FAILURES: Rule(
            label=_("Success after failures"),
            explanation=_(
                "An account was signed in to after at least %(failures)d failed tries within %(minutes)d minutes."
                " Either its owner remembered the password, or somebody found it."
            ),
            severity="high",
            subject="person",
            window=timedelta(minutes=30),
            failures=5,
        ),
        Kind.FIRST_ADDRESS: Rule(
            label=_("First sign-in from an address"),
            explanation=_(
                "A person who had signed in before did so from an address that the log has not seen them at within"
                " %(days)d days. Most often that is a journey or a new line; beside another flag it counts."
            ),
            severity="low",
            subject="person",
            window=timedelta(days=90),
        ),
        Kind.EXPIRED_INVITATIONS: Rule(
            label=_("Expired invitations"),
            explanation=_(
                "At least %(accounts)d accounts of one pool came with an expired temporary password within"
                " %(hours)d hours. No attack: a batch of invitations has run out and wants sending again."
            ),
            severity="low",
            subject="pool",
            window=timedelta(hours=24),
            accounts=5,
        ),
    }
)
