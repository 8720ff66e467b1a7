import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from cognito_portal.signin.attributes import inputs_for
from cognito_portal.signin.forms import (
    RenewForm,
    SignInForm,
    posted_attempt_id,
    posted_turn,
    read_new_password,
)

TYPED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=256)


def posted(**fields: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.update(fields)
    return data


@given(TYPED)
def test_a_password_goes_on_character_for_character(password: str) -> None:
    form = SignInForm(posted(username="newhire", password=password))
    assert form.is_valid()
    assert form.cleaned_data["password"] == password


@given(TYPED.filter(lambda text: text == text.strip()))
def test_a_new_password_goes_on_character_for_character(password: str) -> None:
    form = read_new_password(posted(new_password=password), ())
    assert form.is_valid
    assert form.responses() == {"NEW_PASSWORD": password}


@pytest.mark.parametrize(("length", "is_valid"), [(1, True), (127, True), (128, True), (129, False)])
def test_a_username_has_cognitos_limits(length: int, is_valid: bool) -> None:
    assert SignInForm(posted(username="u" * length, password="p")).is_valid() is is_valid


@pytest.mark.parametrize(("length", "is_valid"), [(0, False), (1, True), (256, True), (257, False)])
def test_a_password_has_cognitos_limits(length: int, is_valid: bool) -> None:
    assert SignInForm(posted(username="u", password="p" * length)).is_valid() is is_valid
    assert RenewForm(posted(password="p" * length)).is_valid() is is_valid
    assert read_new_password(posted(new_password="p" * length), ()).is_valid is is_valid


@pytest.mark.parametrize(
    "fields", [{"username": "a\0b", "password": "p"}, {"username": "a", "password": "p\0"}]
)
def test_a_nul_is_refused_beside_its_field(fields: dict[str, str]) -> None:
    form = SignInForm(posted(**fields))
    assert not form.is_valid()
    assert len(form.field_errors()) == 1


def test_blanks_round_a_name_are_dropped_and_its_case_is_left() -> None:
    form = SignInForm(posted(username="  NewHire ", password="p"))
    assert form.is_valid()
    assert form.cleaned_data["username"] == "NewHire"


@pytest.mark.parametrize("password", [" Leading-1", "Trailing-1 ", "\tTab-1-pass", "nul\0-1-pass", ""])
def test_a_new_password_that_cannot_be_one_is_refused(password: str) -> None:
    assert read_new_password(posted(new_password=password), ()).password_error


def test_a_blank_inside_a_new_password_is_its_owners_choice() -> None:
    assert read_new_password(posted(new_password="four words of mine 1"), ()).is_valid


def test_only_what_was_asked_for_is_sent() -> None:
    data = posted(new_password="Good-1-pass", **{"userAttributes.name": "N", "userAttributes.email": "e@e"})
    form = read_new_password(data, inputs_for(("name",), None))
    assert form.responses() == {"NEW_PASSWORD": "Good-1-pass", "userAttributes.name": "N"}


def test_an_error_marks_its_own_attribute_only() -> None:
    form = read_new_password(posted(new_password="Good-1-pass"), inputs_for(("name", "nickname"), None))
    marked = form.with_attribute_refused("nickname", "no")
    assert [item.error == "no" for item in marked.attributes] == [False, True]


@pytest.mark.parametrize("turn", ["", "-1", "1.0", " 1", "٣", "9" * 9, "1e3", "x"])
def test_what_is_no_turn(turn: str) -> None:
    assert posted_turn(posted(turn=turn)) == -1
    assert posted_turn(posted()) == -1
    assert posted_turn(posted(turn="12")) == 12


def test_what_is_no_attempt_id_reads_as_none() -> None:
    assert posted_attempt_id(posted(attempt="x" * 32)) == ""
    assert posted_attempt_id(posted(attempt="a" * 32)) == "a" * 32
