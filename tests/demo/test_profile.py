"""A user's own attributes: what may be written, and how a new address is verified."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from .conftest import GOOD_PASSWORD, Answer, Caller

EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
WRONG = ("CodeMismatchException", "Invalid verification code provided, please try again.")
UNAUTHORIZED = ("NotAuthorizedException", "A client attempted to write unauthorized attribute")
SCHEMA = [
    {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True},
    {"Name": "department", "AttributeDataType": "String", "Mutable": True},
    {"Name": "employee_id", "AttributeDataType": "String", "Mutable": False},
]
POOL: dict[str, Any] = {"Schema": SCHEMA, "AliasAttributes": ["email"], "AutoVerifiedAttributes": ["email"]}


class Person:
    """A signed-in user."""

    def __init__(self, pool: Caller, **attributes: str) -> None:
        self.pool = pool
        self.username = pool.confirm(**attributes)
        self.token = pool.sign_in(self.username, GOOD_PASSWORD).tokens["AccessToken"]

    def call(self, operation: str, **body: Any) -> Answer:
        return self.pool.call(operation, AccessToken=self.token, **body)

    def update(self, **attributes: str) -> Answer:
        pairs = [{"Name": name.replace("__", ":"), "Value": value} for name, value in attributes.items()]
        return self.call("UpdateUserAttributes", UserAttributes=pairs)

    def verify(self, code: str, name: str = "email") -> Answer:
        return self.call("VerifyUserAttribute", AttributeName=name, Code=code)

    def attributes(self) -> dict[str, str]:
        return {each["Name"]: each["Value"] for each in self.call("GetUser").body["UserAttributes"]}

    def code(self) -> str:
        return self.pool.code(self.username)


def new_address() -> str:
    return f"new-{secrets.token_hex(6)}@example.com"


@pytest.fixture(scope="module")
def careful_pool(make_pool: Callable[..., Caller]) -> Caller:
    """A pool in which the old address counts until the new one is verified."""
    settings = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    return make_pool(**POOL, UserAttributeUpdateSettings=settings)


@pytest.fixture(scope="module")
def plain_pool(make_pool: Callable[..., Caller]) -> Caller:
    return make_pool(**POOL)


@pytest.fixture
def careful(careful_pool: Caller) -> Person:
    return Person(careful_pool)


@pytest.fixture
def plain(plain_pool: Caller) -> Person:
    return Person(plain_pool)


def test_attribute_is_changed(plain: Person) -> None:
    assert plain.update(name="Nora New", custom__department="Docks").body == {"CodeDeliveryDetailsList": []}
    assert (plain.attributes()["name"], plain.attributes()["custom:department"]) == ("Nora New", "Docks")


@pytest.mark.parametrize("name", ["sub", "email_verified", "phone_number_verified", "identities"])
def test_what_nobody_may_write_is_refused(plain: Person, name: str) -> None:
    assert plain.update(**{name: "true"}).refusal == UNAUTHORIZED


def test_what_the_client_may_not_write_is_refused(plain_pool: Caller) -> None:
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    settings = {"ClientName": "reader", "ExplicitAuthFlows": flows, "WriteAttributes": ["name"]}
    made = plain_pool.signed("CreateUserPoolClient", **settings).body["UserPoolClient"]
    person = Person(Caller(plain_pool.cognito, plain_pool.pool_id, made["ClientId"]))
    assert person.update(name="Nora New").refusal is None
    assert person.update(custom__department="Docks").refusal == UNAUTHORIZED
    deleted = person.call("DeleteUserAttributes", UserAttributeNames=["custom:department"])
    assert deleted.refusal == UNAUTHORIZED


@pytest.mark.parametrize(
    "attributes",
    [{"custom__employee_id": "7"}, {"custom__unknown": "7"}, {"email": "nonsense"}, {"email": ""}],
)
def test_what_the_schema_forbids_is_refused(plain: Person, attributes: dict[str, str]) -> None:
    before = plain.attributes()
    assert plain.update(name="Nora New", **attributes).body["__type"] == "InvalidParameterException"
    assert plain.attributes() == before


def test_old_address_counts_until_the_new_one_is_verified(careful: Person) -> None:
    before, address = careful.attributes(), new_address()
    (delivery,) = careful.update(email=address).body["CodeDeliveryDetailsList"]
    assert delivery == {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert careful.attributes() == before
    assert careful.pool.outbox(careful.username)[0]["to"] == address
    assert careful.pool.sign_in(before["email"], GOOD_PASSWORD).refusal is None


def test_verified_address_takes_the_old_ones_place(careful: Person) -> None:
    before, address = careful.attributes(), new_address()
    careful.update(email=address)
    assert careful.verify(careful.code()).body == {}
    assert (careful.attributes()["email"], careful.attributes()["email_verified"]) == (address, "true")
    assert careful.pool.sign_in(address, GOOD_PASSWORD).refusal is None
    assert careful.pool.sign_in(before["email"], GOOD_PASSWORD).refusal is not None


def test_same_address_needs_no_code(careful: Person) -> None:
    before = careful.attributes()
    assert careful.update(email=before["email"]).body == {"CodeDeliveryDetailsList": []}
    assert careful.attributes() == before


def test_new_address_counts_at_once_where_the_pool_says_so(plain: Person) -> None:
    address = new_address()
    (delivery,) = plain.update(email=address).body["CodeDeliveryDetailsList"]
    assert delivery["AttributeName"] == "email"
    assert (plain.attributes()["email"], plain.attributes()["email_verified"]) == (address, "false")
    assert plain.verify(plain.code()).refusal is None
    assert plain.attributes()["email_verified"] == "true"


def test_address_that_is_not_verified_by_itself_is_sent_no_code(plain: Person) -> None:
    assert plain.update(phone_number="+15550100").body == {"CodeDeliveryDetailsList": []}
    assert plain.attributes()["phone_number_verified"] == "false"


def test_asked_for_code_verifies_a_phone_number(plain: Person) -> None:
    plain.update(phone_number="+15550100")
    delivery = plain.call("GetUserAttributeVerificationCode", AttributeName="phone_number").body
    assert delivery["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
    assert plain.verify(plain.code(), "phone_number").refusal is None
    assert plain.attributes()["phone_number_verified"] == "true"


def test_asked_for_code_goes_to_the_new_address(careful: Person) -> None:
    address = new_address()
    careful.update(email=address)
    careful.call("GetUserAttributeVerificationCode", AttributeName="email")
    assert [message["to"] for message in careful.pool.outbox(careful.username)[:2]] == [address, address]


@pytest.mark.parametrize("name", ["phone_number", "name", "sub"])
def test_no_code_for_what_has_no_address(plain: Person, name: str) -> None:
    answer = plain.call("GetUserAttributeVerificationCode", AttributeName=name)
    assert answer.body["__type"] == "InvalidParameterException"


def test_wrong_code_verifies_nothing(careful: Person) -> None:
    before = careful.attributes()
    careful.update(email=new_address())
    assert careful.verify("nonsense").refusal == WRONG
    assert careful.attributes() == before


def test_code_is_used_once(careful: Person) -> None:
    careful.update(email=new_address())
    code = careful.code()
    assert [careful.verify(code).refusal, careful.verify(code).refusal] == [None, EXPIRED]


def test_code_lasts_an_hour(careful: Person) -> None:
    careful.update(email=new_address())
    code = careful.code()
    with careful.pool.cognito.clock.moved(3600):
        assert careful.verify(code).refusal == EXPIRED
    with careful.pool.cognito.clock.moved(3599):
        assert careful.verify(code).refusal is None


def test_code_for_the_old_address_does_not_verify_the_new_one(careful: Person) -> None:
    careful.call("GetUserAttributeVerificationCode", AttributeName="email")
    code, before = careful.code(), careful.attributes()
    careful.update(email=new_address())
    assert careful.verify(code).refusal == WRONG
    assert careful.attributes() == before


def test_code_for_the_old_number_does_not_verify_the_new_one(plain: Person) -> None:
    plain.update(phone_number="+15550100")
    plain.call("GetUserAttributeVerificationCode", AttributeName="phone_number")
    code = plain.code()
    plain.update(phone_number="+15550199")
    assert plain.verify(code, "phone_number").refusal == EXPIRED
    assert plain.attributes()["phone_number_verified"] == "false"


def test_code_of_one_attribute_does_not_verify_another(plain: Person) -> None:
    plain.update(email=new_address(), phone_number="+15550100")
    assert plain.verify(plain.code(), "phone_number").refusal == EXPIRED


def test_code_of_somebody_else_verifies_nothing(careful: Person, careful_pool: Caller) -> None:
    other = Person(careful_pool)
    careful.update(email=new_address())
    other.update(email=new_address())
    assert other.verify(careful.code()).refusal == WRONG


@pytest.mark.parametrize("person", ["careful", "plain"])
def test_address_of_somebody_else_is_refused(request: pytest.FixtureRequest, person: str) -> None:
    mine: Person = request.getfixturevalue(person)
    taken = Person(mine.pool).attributes()["email"]
    refused = ("AliasExistsException", "An account with the email already exists.")
    assert mine.update(email=taken).refusal == refused


def test_first_to_verify_an_address_has_it(careful: Person, careful_pool: Caller) -> None:
    people, address = [careful, Person(careful_pool)], new_address()
    codes = []
    for person in people:
        person.update(email=address)
        codes.append(person.code())
    answers = [person.verify(code) for person, code in zip(people, codes, strict=True)]
    assert answers[0].refusal is None
    assert answers[1].body["__type"] == "AliasExistsException"


def test_deleted_attribute_is_gone(plain: Person) -> None:
    plain.update(custom__department="Docks")
    assert plain.call("DeleteUserAttributes", UserAttributeNames=["custom:department"]).body == {}
    assert "custom:department" not in plain.attributes()
    shown = plain.pool.signed("AdminGetUser", Username=plain.username).body["UserAttributes"]
    assert "custom:department" not in [each["Name"] for each in shown]


def test_blank_value_deletes(plain: Person) -> None:
    plain.update(custom__department="Docks")
    plain.update(custom__department="")
    assert "custom:department" not in plain.attributes()


def test_deleted_attribute_is_in_no_list(plain: Person) -> None:
    plain.update(custom__department="")
    found = plain.pool.signed("ListUsers", Filter=f'username = "{plain.username}"').body["Users"]
    assert "custom:department" not in [each["Name"] for each in found[0]["Attributes"]]


@pytest.mark.parametrize("name", ["email", "sub", "custom:employee_id"])
def test_what_must_stay_is_not_deleted(plain: Person, name: str) -> None:
    before = plain.attributes()
    assert plain.call("DeleteUserAttributes", UserAttributeNames=[name]).refusal is not None
    assert plain.attributes() == before


def test_second_factor_goes_with_its_address(plain: Person) -> None:
    plain.update(phone_number="+15550100")
    plain.call("SetUserMFAPreference", SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    plain.call("DeleteUserAttributes", UserAttributeNames=["phone_number"])
    assert plain.call("GetUser").body["UserMFASettingList"] == []
    assert "phone_number_verified" not in plain.attributes()


def test_ops_delete_an_attribute(plain: Person) -> None:
    plain.update(custom__department="Docks")
    names = {"UserAttributeNames": ["custom:department"]}
    assert plain.pool.signed("AdminDeleteUserAttributes", Username=plain.username, **names).body == {}
    assert "custom:department" not in plain.attributes()


def test_code_is_used_once_of_eight_at_a_time(careful: Person) -> None:
    careful.update(email=new_address())
    code = careful.code()
    with ThreadPoolExecutor(8) as threads:
        refusals = [answer.refusal for answer in threads.map(lambda _: careful.verify(code), range(8))]
    assert refusals.count(None) == 1


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("UpdateUserAttributes", {"UserAttributes": [{"Name": "name", "Value": "x"}]}),
        ("DeleteUserAttributes", {"UserAttributeNames": ["name"]}),
        ("GetUserAttributeVerificationCode", {"AttributeName": "email"}),
        ("VerifyUserAttribute", {"AttributeName": "email", "Code": "123456"}),
    ],
)
def test_attributes_need_a_token(plain_pool: Caller, operation: str, body: dict[str, Any]) -> None:
    answer = plain_pool.call(operation, AccessToken="a.b.c", **body)
    assert answer.body["__type"] == "NotAuthorizedException"
