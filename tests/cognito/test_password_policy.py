import pytest

from cognito_portal.cognito.password_policy import Rule, rule_from_message, unmet
from cognito_portal.cognito.types import PasswordPolicy

STRICT = PasswordPolicy(
    minimum_length=8,
    require_uppercase=True,
    require_lowercase=True,
    require_numbers=True,
    require_symbols=True,
    history_size=0,
    temporary_password_validity_days=7,
)
LAX = PasswordPolicy(
    minimum_length=6,
    require_uppercase=False,
    require_lowercase=False,
    require_numbers=False,
    require_symbols=False,
    history_size=0,
    temporary_password_validity_days=7,
)


@pytest.mark.parametrize(
    "password, broken",
    [
        ("Abcdef1!", ()),
        ("Abcde1!", (Rule.LENGTH,)),
        ("abcdef1!", (Rule.UPPERCASE,)),
        ("ABCDEF1!", (Rule.LOWERCASE,)),
        ("Abcdefg!", (Rule.NUMBERS,)),
        ("Abcdefg1", (Rule.SYMBOLS,)),
        ("Äbcdefg1!", (Rule.UPPERCASE,)),
        ("Abcdefg٣!", (Rule.NUMBERS,)),
        ("Abcdefg1€", (Rule.SYMBOLS,)),
        ("Abc efg1", ()),
        ("Abcdefg1 ", (Rule.SYMBOLS,)),
        ("", tuple(Rule)),
        ("Aa1!" * 65, (Rule.LENGTH,)),
        ("Aa1!" * 64, ()),
    ],
)
def test_strict_policy(password: str, broken: tuple[Rule, ...]) -> None:
    assert unmet(STRICT, password) == broken


@pytest.mark.parametrize("symbol", list("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"))
def test_each_of_cognitos_symbols_counts(symbol: str) -> None:
    assert unmet(STRICT, f"Abcdefg1{symbol}") == ()


def test_rule_that_is_off_is_not_held() -> None:
    assert unmet(LAX, "ÄÄÄÄÄÄ") == ()


@pytest.mark.parametrize(
    "start", ["Password did not conform with policy: ", "did not conform with password policy: "]
)
@pytest.mark.parametrize(
    "tail, rule",
    [
        ("Password not long enough", Rule.LENGTH),
        ("Password must have uppercase characters", Rule.UPPERCASE),
        ("Password must have lowercase characters", Rule.LOWERCASE),
        ("Password must have numeric characters", Rule.NUMBERS),
        ("Password must have symbol characters", Rule.SYMBOLS),
    ],
)
def test_refusal_names_its_rule(start: str, tail: str, rule: Rule) -> None:
    assert rule_from_message(start + tail) is rule


def test_reworded_refusal_names_no_rule() -> None:
    assert rule_from_message("Your password was found wanting") is None
