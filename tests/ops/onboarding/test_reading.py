"""What people upload and paste: every table of rows, good and bad, says what it holds and what is wrong where."""

import time
import tracemalloc

import pytest

from cognito_portal.ops.onboarding.reading import Sheet, read
from cognito_portal.ops.onboarding.text import Unreadable

ATTRIBUTES = (
    "username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "email_verified",
    "custom:cost_centre",
)
UNIQUE = ("username", "email")
GOOD = "username,email,name\nmary,mary@example.com,Mary Major\n"
ANNE = "username;name\r\nanne;Änne"


def reading(given: bytes | str, *, most: int = 100) -> Sheet:
    return read(given, attributes=ATTRIBUTES, unique=UNIQUE, most=most)


def values(given: bytes | str) -> list[dict[str, str]]:
    return [dict(row.values) for row in reading(given).rows]


def problems(given: bytes | str) -> dict[int, str]:
    return {row.number: " ".join(row.problems) for row in reading(given).rows if row.problems}


def refusal(given: bytes | str, *, most: int = 100) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        reading(given, most=most)
    assert caught.value.words
    return caught.value


def test_good_file_has_no_problem() -> None:
    sheet = reading(GOOD)
    assert [(row.number, row.problems) for row in sheet.rows] == [(2, ())]
    assert values(GOOD) == [{"username": "mary", "email": "mary@example.com", "name": "Mary Major"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_are_told_apart(encoding: str) -> None:
    assert values(ANNE.encode(encoding)) == [{"username": "anne", "name": "Änne"}]


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_both_orders_of_utf_16_are_read(order: str) -> None:
    assert values("\ufeff".encode(order) + ANNE.encode(order)) == [{"username": "anne", "name": "Änne"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_found(delimiter: str) -> None:
    assert values(f"email{delimiter}name\na@b.example{delimiter}Ann") == [
        {"email": "a@b.example", "name": "Ann"}
    ]


def test_delimiter_that_a_spreadsheet_names_is_believed() -> None:
    assert values("sep=;\r\nusername;name\r\nmary;Major, Mary") == [
        {"username": "mary", "name": "Major, Mary"}
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_every_way(end: str) -> None:
    assert values(GOOD.replace("\n", end)) == values(GOOD)


@pytest.mark.parametrize(
    ("word", "attribute"),
    [
        ("E-mail", "email"),
        ("e-mail address", "email"),
        ("EMAIL", "email"),
        ("Phone number", "phone_number"),
        ("Phone", "phone_number"),
        ("phone-number", "phone_number"),
        ("First name", "given_name"),
        ("Full name", "name"),
        ("cognito:username", "username"),
        ("User name", "username"),
        ("custom:cost_centre", "custom:cost_centre"),
        ("Cost centre", "custom:cost_centre"),
    ],
)
def test_column_is_known_by_plain_words(word: str, attribute: str) -> None:
    assert values(f"{word}\nx") == [{attribute: "x"}]


def test_header_of_cognitos_own_import_is_read() -> None:
    header = "cognito:username,name,email,email_verified,phone_number,cognito:mfa_enabled,updated_at"
    sheet = reading(f"{header}\nmary,Mary,mary@example.com,TRUE,+442079460018,FALSE,")
    assert sheet.columns == ("username", "name", "email", "email_verified", "phone_number")
    assert sheet.unknown == ("cognito:mfa_enabled", "updated_at")
    assert not sheet.rows[0].problems


def test_unknown_column_is_told_and_not_sent() -> None:
    sheet = reading("username,Shoe size,\nmary,38,")
    assert (sheet.unknown, dict(sheet.rows[0].values)) == (("Shoe size",), {"username": "mary"})


def test_name_of_an_unknown_column_can_be_stored_and_shown() -> None:
    sheet = reading(f"username,Shoe\0size,{'x' * 100}\nmary,38,")
    assert sheet.unknown == ("Shoe\u2400size", "x" * 64)


def test_quoted_cells_hold_anything() -> None:
    assert values('username,name\nmary,"Major, ""M""\nof two lines"') == [
        {"username": "mary", "name": 'Major, "M"\nof two lines'}
    ]


def test_empty_lines_count_and_are_no_rows() -> None:
    assert [row.number for row in reading("\n\nusername,name\n\nmary,Mary\n,,\n \njohn,John\n").rows] == [
        5,
        8,
    ]


def test_blanks_round_a_value_are_none_of_it() -> None:
    assert values("username, name\n mary , Mary ") == [{"username": "mary", "name": "Mary"}]


@pytest.mark.parametrize("lead", ["=", "+", "-", "@", "\uff1d", "\uff20"])
def test_formula_is_told_by_its_row(lead: str) -> None:
    assert "“name” begins like a formula" in problems(f"username,name\nmary,{lead}cmd|' /C calc'!A0")[2]


@pytest.mark.parametrize("number", ["+442079460018", "+44 20 7946 0018", "-5", "'+442079460018"])
def test_number_with_a_sign_is_no_formula(number: str) -> None:
    assert problems(f"username,phone_number\nmary,{number}") == {}


def test_apostrophe_of_our_own_download_is_taken_off_again() -> None:
    assert values("username,phone_number\nmary,'+442079460018")[0]["phone_number"] == "+442079460018"
    assert values("username,name\nmary,'tHooft")[0]["name"] == "'tHooft"


def test_nul_is_told_by_its_row() -> None:
    assert "NUL" in problems("username,name\nmary,Ma\0ry")[2]


@pytest.mark.parametrize(("row", "found"), [("mary", 1), ("mary,Mary,more", 3)])
def test_row_of_another_width_is_told(row: str, found: int) -> None:
    assert problems(f"username,name\n{row}") == {2: f"The row has {found} cells, the header 2."}


def test_empty_cells_too_many_are_nothing() -> None:
    assert problems("username,name\nmary,Mary,,,") == {}


@pytest.mark.parametrize("again", ["mary", "MARY", "ｍary"])
def test_double_is_told_in_every_spelling(again: str) -> None:
    assert problems(f"username,name\nmary,Mary\njohn,John\n{again},Mary") == {
        4: "“username” is the same as in row 2."
    }


def test_address_is_nobody_elses_either() -> None:
    assert problems("username,email\nmary,m@example.com\njohn,M@Example.com") == {
        3: "“email” is the same as in row 2."
    }


BAD: dict[str, tuple[bytes | str, str, str]] = {
    "nothing": ("", "empty", "nothing in it"),
    "blanks alone": (" \n\n", "empty", "nothing in it"),
    "header alone": ("username,name\n", "empty", "no row"),
    "no header": ("mary,mary@example.com\njohn,john@example.com", "no_header", "first row"),
    "another delimiter": ("mary|name\nmary|Mary", "no_header", "first row"),
    "columns without end": ("username" + ",x" * 200, "too_many_columns", "more than 200 columns"),
    "column twice": ("email,e-mail\na,b", "column_twice", "“email”"),
    "Latin-1": ("username,name\njohn,John\nanne,Änne".encode("latin-1"), "encoding", "Line 3"),
    "cut UTF-16": (b"\xff\xfeu\x00s\x00e", "encoding", "UTF-16"),
    "UTF-16 unmarked": ("username,name\nmary,Mary".encode("utf-16-le"), "no_header", "first row"),
    "workbook": (b"PK\x03\x04\x14\x00", "workbook", "workbook"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook", "workbook"),
    "open quote": ('username,name\nmary,"Mary\njohn,John', "quotes", "Row 2"),
    "quote too many": ('username,name\njohn,John\nmary,"Mary"x', "quotes", "Row 3"),
    "one cell of megabytes": ('username,name\nmary,"' + "M" * 200_000, "quotes", "Row 2"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_taken_says_why(name: str) -> None:
    given, code, words = BAD[name]
    refused = refusal(given)
    assert refused.code == code
    assert words in refused.words


def test_as_many_rows_as_there_may_be_are_read_and_not_one_more() -> None:
    rows = "username\n" + "".join(f"user{number}\n" for number in range(101))
    assert len(reading(rows[: rows.rindex("user")]).rows) == 100
    assert refusal(rows).code == "too_many"


def test_million_rows_are_refused_at_once_and_in_little_memory() -> None:
    data = b"username\n" + b"someone\n" * 1_000_000
    tracemalloc.start()
    began = time.perf_counter()
    assert refusal(data, most=10_000).code == "too_many"
    took, (_, peak) = time.perf_counter() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 5
    assert peak < 8 * len(data)
