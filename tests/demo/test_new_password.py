"""NEW_PASSWORD_REQUIRED: who is asked, which attributes, which passwords."""

import json
from collections.abc import Callable

import pytest

from .conftest import GOOD_PASSWORD, OTHER_PASSWORD, TEMPORARY_PASSWORD, Answer, Caller


def attribute(name: str, **more: object) -> dict[str, object]:
    return {"Name": name, "AttributeDataType": "String", "Mutable": True, **more}


def challenged(api: Caller, **attributes: str) -> tuple[str, Answer]:
    user = api.invite(**attributes)
    return user, api.sign_in(user, TEMPORARY_PASSWORD)


def attributes_of(api: Caller, user: str) -> dict[str, str]:
    pairs = api.signed("AdminGetUser", Username=user).body["UserAttributes"]
    return {each["Name"]: each["Value"] for each in pairs}


def test_only_temporary_passwords_are_challenged(api: Caller) -> None:
    assert "ChallengeName" not in api.sign_in(api.confirm(), GOOD_PASSWORD).body


def test_challenge_names_what_the_user_lacks(api: Caller) -> None:
    user, answer = challenged(api)
    assert answer.body["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert answer.body["ChallengeParameters"] == {
        "USER_ID_FOR_SRP": user,
        "requiredAttributes": '["userAttributes.name"]',
        "userAttributes": json.dumps({"email": f"{user}@example.com", "email_verified": "true"}),
    }


def test_challenge_asks_for_nothing_when_nothing_lacks(api: Caller) -> None:
    _, answer = challenged(api, name="Full Name")
    assert answer.body["ChallengeParameters"]["requiredAttributes"] == "[]"


def test_answered_attribute_is_stored(api: Caller) -> None:
    user, answer = challenged(api)
    assert api.set_password(answer.session, user, **{"userAttributes.name": "New Name"}).refusal is None
    assert attributes_of(api, user)["name"] == "New Name"


def test_optional_custom_attribute_is_stored(api: Caller) -> None:
    user, answer = challenged(api, name="Full Name")
    api.set_password(answer.session, user, **{"userAttributes.custom:department": "Lab"})
    assert attributes_of(api, user)["custom:department"] == "Lab"


def test_user_is_confirmed_afterwards(api: Caller) -> None:
    user, answer = challenged(api, name="Full Name")
    api.set_password(answer.session, user)
    assert api.signed("AdminGetUser", Username=user).body["UserStatus"] == "CONFIRMED"
    assert api.sign_in(user, GOOD_PASSWORD).tokens


def test_temporary_password_is_gone_afterwards(api: Caller) -> None:
    user, answer = challenged(api, name="Full Name")
    api.set_password(answer.session, user)
    assert api.sign_in(user, TEMPORARY_PASSWORD).body["message"] == "Incorrect username or password."


@pytest.mark.parametrize("given", [{}, {"userAttributes.name": ""}])
def test_missing_attribute_is_named(api: Caller, given: dict[str, str]) -> None:
    user, answer = challenged(api)
    refused = api.set_password(answer.session, user, **given)
    assert refused.refusal == ("InvalidParameterException", "Invalid attributes given, name is missing")


def test_attribute_already_set_is_refused(api: Caller) -> None:
    user, answer = challenged(api, name="Full Name")
    refused = api.set_password(answer.session, user, **{"userAttributes.email": "new@example.com"})
    assert refused.refusal == ("NotAuthorizedException", "Cannot modify an already provided email")


@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified", "sub"])
def test_attribute_that_is_never_written_is_refused(api: Caller, name: str) -> None:
    user, answer = challenged(api, name="Full Name")
    refused = api.set_password(answer.session, user, **{f"userAttributes.{name}": "true"})
    assert refused.refusal == (
        "NotAuthorizedException",
        "A client attempted to write unauthorized attribute",
    )


def test_attribute_that_the_client_may_not_write_is_refused(make_client: Callable[..., Caller]) -> None:
    client = make_client(WriteAttributes=["email", "name"])
    user, answer = challenged(client, name="Full Name")
    refused = client.set_password(answer.session, user, **{"userAttributes.custom:department": "Lab"})
    assert refused.refusal == (
        "NotAuthorizedException",
        "A client attempted to write unauthorized attribute",
    )


def test_immutable_attribute_is_refused(api: Caller) -> None:
    user, answer = challenged(api, name="Full Name")
    refused = api.set_password(answer.session, user, **{"userAttributes.custom:employee_id": "7"})
    assert refused.refusal == (
        "InvalidParameterException",
        "user.custom:employee_id: Attribute cannot be updated.",
    )


def test_attribute_outside_the_schema_is_refused(api: Caller) -> None:
    user, answer = challenged(api, name="Full Name")
    refused = api.set_password(answer.session, user, **{"userAttributes.custom:nothing": "x"})
    assert refused.body["message"].endswith("custom:nothing: Attribute does not exist in the schema.")


def test_refused_attribute_sets_no_password(api: Caller) -> None:
    user, answer = challenged(api)
    api.set_password(answer.session, user)
    assert api.signed("AdminGetUser", Username=user).body["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert api.set_password(answer.session, user, **{"userAttributes.name": "Now Given"}).refusal is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("phone_number", "0049 30", "Invalid phone number format."),
        ("birthdate", "1990", "String must be at least 10 characters"),
        ("birthdate", "1990-01-01x", "String must be no longer than 10 characters"),
    ],
)
def test_malformed_attribute_is_refused(api: Caller, name: str, value: str, message: str) -> None:
    user, answer = challenged(api, name="Full Name")
    refused = api.set_password(answer.session, user, **{f"userAttributes.{name}": value})
    assert refused.body["__type"] == "InvalidParameterException"
    assert refused.body["message"].endswith(message)


def test_several_required_attributes_are_asked_for(make_pool: Callable[..., Caller]) -> None:
    schema = [attribute("birthdate", Required=True), attribute("zoneinfo", Required=True)]
    pool = make_pool(Schema=schema)
    user, answer = challenged(pool)
    names = json.loads(answer.body["ChallengeParameters"]["requiredAttributes"])
    assert set(names) == {"userAttributes.birthdate", "userAttributes.zoneinfo"}
    given = {"userAttributes.birthdate": "1990-01-01", "userAttributes.zoneinfo": "Europe/Berlin"}
    assert pool.set_password(answer.session, user, **given).refusal is None


@pytest.mark.parametrize(
    ("password", "violation"),
    [
        ("Ab1-", "Password not long enough"),
        ("UPPER-CASE-1", "Password must have lowercase characters"),
        ("lower-case-1", "Password must have uppercase characters"),
        ("No-Numbers-Here", "Password must have numeric characters"),
        ("NoSymbols1234", "Password must have symbol characters"),
        ("short", "Password not long enough"),
    ],
)
def test_password_breaks_one_rule_at_a_time(api: Caller, password: str, violation: str) -> None:
    user, answer = challenged(api, name="Full Name")
    refused = api.set_password(answer.session, user, password)
    assert refused.refusal == (
        "InvalidPasswordException",
        f"Password did not conform with policy: {violation}",
    )


@pytest.mark.parametrize("symbol", "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ")
def test_every_symbol_counts(api: Caller, symbol: str) -> None:
    user, answer = challenged(api, name="Full Name")
    assert api.set_password(answer.session, user, f"Aa1{symbol}aaaaa").refusal is None


@pytest.mark.parametrize(
    ("password", "lacks"), [("Ünicode-1ß", "uppercase"), ("ABCDÜ-1ß", "lowercase"), ("Aa1§aaaaa", "symbol")]
)
def test_characters_beyond_basic_latin_count_for_no_class(api: Caller, password: str, lacks: str) -> None:
    user, answer = challenged(api, name="Full Name")
    refused = api.set_password(answer.session, user, password)
    assert refused.body["message"].endswith(f"Password must have {lacks} characters")


def test_missing_new_password_is_refused(api: Caller) -> None:
    user, answer = challenged(api, name="Full Name")
    refused = api.respond("NEW_PASSWORD_REQUIRED", answer.session, USERNAME=user)
    assert refused.refusal == ("InvalidParameterException", "Missing required parameter NEW_PASSWORD")


def test_history_refuses_the_temporary_password(api: Caller) -> None:
    user, answer = challenged(api, name="Full Name")
    refused = api.set_password(answer.session, user, TEMPORARY_PASSWORD)
    assert refused.refusal == (
        "PasswordHistoryPolicyViolationException",
        "Password has previously been used",
    )


def test_without_history_the_temporary_password_may_stay(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool()
    user, answer = challenged(pool)
    assert pool.set_password(answer.session, user, TEMPORARY_PASSWORD).refusal is None


def test_history_forgets_after_its_size(api: Caller) -> None:
    user = api.confirm()
    passwords = [OTHER_PASSWORD, "Third-3-password", "Fourth-4-password"]
    for password in passwords:
        api.signed("AdminSetUserPassword", Username=user, Password=password, Permanent=True)
    again = {"Username": user, "Permanent": True}
    assert api.signed("AdminSetUserPassword", Password=OTHER_PASSWORD, **again).refusal == (
        "PasswordHistoryPolicyViolationException",
        "Password has previously been used",
    )
    assert api.signed("AdminSetUserPassword", Password=GOOD_PASSWORD, **again).refusal is None
