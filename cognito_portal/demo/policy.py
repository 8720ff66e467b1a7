"""The pool's password policy, its history, and passwords that satisfy it.

https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
"""

import secrets
import string
from collections.abc import Mapping
from typing import Any

from cognito_portal.demo.wire import CognitoError

SYMBOLS = frozenset("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ")
# Symbols that survive a shell, a table and a double click.
PLAIN_SYMBOLS = "-_."
LONGEST = 256
DEFAULT_TEMPORARY_DAYS = 7

_CLASSES = (
    ("RequireLowercase", frozenset(string.ascii_lowercase), "Password must have lowercase characters"),
    ("RequireUppercase", frozenset(string.ascii_uppercase), "Password must have uppercase characters"),
    ("RequireNumbers", frozenset(string.digits), "Password must have numeric characters"),
    ("RequireSymbols", SYMBOLS, "Password must have symbol characters"),
)


def check(policy: Mapping[str, Any], password: str, *, admin: bool = False) -> None:
    """Raise InvalidPasswordException with the first rule the password breaks.

    ``policy`` is DescribeUserPool's PasswordPolicy. AdminCreateUser words its refusal a little otherwise.
    """
    violation = _first_violation(policy, password)
    if violation is None:
        return
    name = "password policy" if admin else "policy"
    raise CognitoError("InvalidPasswordException", f"Password did not conform with {name}: {violation}")


def _first_violation(policy: Mapping[str, Any], password: str) -> str | None:
    if len(password) < policy.get("MinimumLength", 8):
        return "Password not long enough"
    if len(password) > LONGEST:
        return "Password too long"
    if password != password.strip():
        return "Password must not have leading or trailing spaces"
    used = set(password)
    for setting, letters, violation in _CLASSES:
        if policy.get(setting, False) and not used & letters:
            return violation
    return None


def temporary_days(policy: Mapping[str, Any]) -> int:
    """Return the days a temporary password lasts; 0 and absent mean the default."""
    return int(policy.get("TemporaryPasswordValidityDays") or DEFAULT_TEMPORARY_DAYS)


def new_password(length: int = 14) -> str:
    """Return a random password with all four classes and nothing that a shell or a table would mangle."""
    letters = string.ascii_letters + string.digits
    required = [
        secrets.choice(string.ascii_lowercase),
        secrets.choice(string.ascii_uppercase),
        secrets.choice(string.digits),
        secrets.choice(PLAIN_SYMBOLS),
    ]
    rest = [secrets.choice(letters) for _ in range(max(length, 8) - len(required))]
    middle = required[2:] + rest
    secrets.SystemRandom().shuffle(middle)
    # A letter first and last: a trailing full stop is lost when people copy a sentence.
    return "".join([required[0], *middle, required[1]])
