import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cognito_portal.audit.storable import account_of, storable

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=400)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zoë Ann", "Zoë Ann"),
        ("a\r\nb", "a␍␊b"),
        ("nul\x00", "nul␀"),
        ("\x1b[2J", "␛[2J"),
        ("\x7f", "␡"),
        ("a\u2028b\u2029", "a\ufffdb\ufffd"),
        ("\ud83d", "\ufffd"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_what_could_break_a_line_is_made_visible(text: str, expected: str) -> None:
    assert storable(text, 256) == expected


@given(ANYTHING)
def test_storable_text_is_short_one_line_and_utf8(text: str) -> None:
    stored = storable(text, 256)
    assert len(stored) == min(len(text), 256)
    assert len(stored.splitlines()) <= 1
    assert "\x00" not in stored
    assert stored.encode("utf-8", "strict") == stored.encode("utf-8", "ignore")


@given(ANYTHING)
@example("ﷺ" * 300)
@example("a" * 255 + " b")
@example("ŉ" * 200)
def test_account_is_its_own_form_and_blind_to_case_and_blanks(typed: str) -> None:
    account = account_of(typed)
    assert account_of(account) == account
    assert account_of(f" \t{typed[:250]}") == account_of(typed[:250])
    assert len(account) <= 256


@pytest.mark.parametrize("typed", ["Straße", "STRASSE", " strasse\n", "ｓtrasse"])
def test_spellings_of_one_account(typed: str) -> None:
    assert account_of(typed) == "strasse"
