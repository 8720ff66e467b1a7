import pytest

from cognito_portal.attributes import NEVER_WRITABLE
from cognito_portal.cognito.types import PoolSettings, SchemaAttribute
from cognito_portal.signin.attributes import AttributeInput, inputs_for


def pool(*schema: SchemaAttribute) -> PoolSettings:
    nothing: dict[str, object] = dict.fromkeys(PoolSettings.__slots__)
    return PoolSettings(**{**nothing, "schema": schema})  # type: ignore[arg-type]


def asked(name: str, *schema: SchemaAttribute) -> AttributeInput:
    (item,) = inputs_for((name,), pool(*schema) if schema else None)
    return item


def attribute(
    name: str, kind: str = "String", *, low: int | None = None, high: int | None = None
) -> SchemaAttribute:
    return SchemaAttribute(name, kind, required=True, mutable=True, minimum=low, maximum=high)


@pytest.mark.parametrize(
    ("name", "type_", "autocomplete"),
    [
        ("email", "email", "email"),
        ("phone_number", "tel", "tel"),
        ("birthdate", "date", "bday"),
        ("name", "text", "name"),
    ],
)
def test_a_standard_attribute_has_its_own_input(name: str, type_: str, autocomplete: str) -> None:
    assert (asked(name).type, asked(name).autocomplete) == (type_, autocomplete)


def test_a_custom_attribute_is_labelled_by_its_name() -> None:
    item = asked("custom:staff_number")
    assert (item.label, item.name) == ("Staff number", "userAttributes.custom:staff_number")
    assert item.id == "attribute-custom-staff_number"


@pytest.mark.parametrize("name", sorted(NEVER_WRITABLE))
def test_what_nobody_may_write_is_not_asked_for(name: str) -> None:
    assert inputs_for((name, "name"), None) == inputs_for(("name",), None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "a\0b"),
        ("name", "n" * 2_049),
        ("phone_number", "020 7946 0018"),
        ("phone_number", "+44 20"),
        ("birthdate", "31.12.1990"),
        ("email", "nobody"),
    ],
)
def test_what_cognito_is_certain_to_refuse_is_refused_here(name: str, value: str) -> None:
    assert asked(name).filled(value).error


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "Zoë"),
        ("phone_number", "+442079460018"),
        ("birthdate", "1990-12-31"),
        ("email", "a@b"),
        ("locale", "?"),
    ],
)
def test_everything_else_is_left_to_cognito(name: str, value: str) -> None:
    filled = asked(name).filled(value)
    assert (filled.value, filled.error) == (value, "")


@pytest.mark.parametrize(
    ("value", "is_refused"), [("ab", True), ("abc", False), ("abcde", False), ("abcdef", True)]
)
def test_the_schemas_bounds_are_held(value: str, is_refused: bool) -> None:
    item = asked("custom:code", attribute("custom:code", low=3, high=5))
    assert bool(item.filled(value).error) is is_refused


@pytest.mark.parametrize(("value", "is_refused"), [("12", False), ("-3", False), ("1.5", True), ("x", True)])
def test_a_number_is_a_whole_number(value: str, is_refused: bool) -> None:
    item = asked("custom:age", attribute("custom:age", "Number"))
    assert item.inputmode == "numeric"
    assert bool(item.filled(value).error) is is_refused
