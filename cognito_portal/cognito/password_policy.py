"""A pool's password rules, checked before Cognito checks them, and read back from its refusals."""

import re
from enum import StrEnum

from cognito_portal.cognito.types import PasswordPolicy

# https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ")
MAXIMUM_LENGTH = 256


class Rule(StrEnum):
    """One line of the checklist beside a new password."""

    LENGTH = "length"
    UPPERCASE = "uppercase"
    LOWERCASE = "lowercase"
    NUMBERS = "numbers"
    SYMBOLS = "symbols"


# Cognito names one unmet rule a reply, and words the beginning differently for each operation.
_MESSAGE_TAILS = (
    (re.compile(r"not long enough|length greater than", re.IGNORECASE), Rule.LENGTH),
    (re.compile(r"uppercase characters?\W*$", re.IGNORECASE), Rule.UPPERCASE),
    (re.compile(r"lowercase characters?\W*$", re.IGNORECASE), Rule.LOWERCASE),
    (re.compile(r"numeric(al)? characters?\W*$", re.IGNORECASE), Rule.NUMBERS),
    (re.compile(r"symbol characters?\W*$", re.IGNORECASE), Rule.SYMBOLS),
)


def unmet(policy: PasswordPolicy, password: str) -> tuple[Rule, ...]:
    """Return the rules that `password` breaks, in the order of `Rule`. Length counts characters.

    Only Basic Latin letters and digits count. A space is a symbol, save at either end.
    """
    inner = password.strip(" ")
    met = {
        Rule.LENGTH: policy.minimum_length <= len(password) <= MAXIMUM_LENGTH,
        Rule.UPPERCASE: not policy.require_uppercase or any("A" <= char <= "Z" for char in password),
        Rule.LOWERCASE: not policy.require_lowercase or any("a" <= char <= "z" for char in password),
        Rule.NUMBERS: not policy.require_numbers or any("0" <= char <= "9" for char in password),
        Rule.SYMBOLS: not policy.require_symbols or not SYMBOLS.isdisjoint(inner),
    }
    return tuple(rule for rule in Rule if not met[rule])


def rule_from_message(message: str) -> Rule | None:
    """Return the rule an InvalidPasswordException names, or None where its words are not known."""
    return next((rule for tail, rule in _MESSAGE_TAILS if tail.search(message)), None)
