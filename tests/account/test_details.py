"""A person's details: what they may write, and the codes that verify an address."""

import pytest
from django.core import mail

from cognito_portal.account.details import details_of, with_values
from cognito_portal.cognito.types import ClientSettings, PoolSettings, SchemaAttribute, UserProfile
from tests.account.conftest import Clock, Person
from tests.signin.browsing import Tab
from tests.signin.stub import StubCognito

PAGE, CONTACT = "/account/details/", "/account/details/contact/"
VERIFY, SEND = "/account/details/verify/", "/account/details/code/"


def save(person: Person, **values: str) -> None:
    person.send(PAGE, PAGE, **{f"userAttributes.{name}": value for name, value in values.items()})


def change(person: Person, attribute: str, value: str) -> None:
    person.send(PAGE, CONTACT, {"attribute": attribute}, value=value)


def verify(person: Person, attribute: str, code: str) -> None:
    person.send(PAGE, VERIFY, {"attribute": attribute}, code=code)


def test_details_are_saved(person: Person) -> None:
    save(person, name="Nora New", given_name="Nora")
    assert "Your details are saved." in person.text
    assert (person.attribute("name"), person.attribute("given_name")) == ("Nora New", "Nora")
    assert person.outcomes("account.attributes_changed") == ["success"]


def test_empty_field_takes_the_attribute_away(person: Person) -> None:
    save(person, name="Nora New", nickname="No")
    save(person, name="Nora New", nickname="")
    assert person.attribute("nickname") == ""


def test_nothing_changed_is_no_call(person: Person) -> None:
    save(person, name="Cora Confirmed")
    assert person.rows("account.attributes_changed") == []


def test_required_field_cannot_be_emptied_and_the_others_are_kept(person: Person) -> None:
    save(person, name="", nickname="No")
    assert person.tab.status == 400
    assert 'value="No"' in person.text
    assert person.outcomes("account.input_refused") == ["input_refused"]


def test_what_nobody_may_write_is_left_out_of_what_is_sent(person: Person) -> None:
    save(person, name="Nora New", sub="another", email_verified="false", email="x@example.com")
    assert person.attribute("email") == f"{person.username}@example.com"
    assert person.attribute("email_verified") == "true"


def test_new_email_waits_for_its_code_and_the_old_one_stays(person: Person) -> None:
    new = f"new-{person.username}@example.com"
    change(person, "email", new)
    assert "waits for its code" in person.text
    assert person.attribute("email") == f"{person.username}@example.com"
    assert mail.outbox[0].to == [f"{person.username}@example.com"]
    verify(person, "email", person.api.code(person.username))
    assert "This address is confirmed" in person.text
    assert (person.attribute("email"), person.attribute("email_verified")) == (new, "true")
    assert "waits for its code" not in person.text


def test_phone_number_is_changed_and_verified(person: Person) -> None:
    change(person, "phone_number", "+15550100123")
    person.send(PAGE, SEND, {"attribute": "phone_number"})
    assert "A code is on its way" in person.text
    verify(person, "phone_number", " ".join(person.api.code(person.username)))
    assert person.attribute("phone_number_verified") == "true"


def test_wrong_code_is_said_at_its_field_and_counts(person: Person) -> None:
    change(person, "email", f"new-{person.username}@example.com")
    verify(person, "email", "000000")
    assert person.tab.status == 400
    assert 'id="code-email-error"' in person.text
    assert person.outcomes("account.attribute_verified") == ["code_mismatch"]


@pytest.mark.parametrize(("attribute", "value"), [("email", "no address"), ("phone_number", "0123")])
def test_address_that_cannot_be_right_is_kept_and_not_sent(
    person: Person, attribute: str, value: str
) -> None:
    change(person, attribute, value)
    assert person.tab.status == 400
    assert f'value="{value}"' in person.text
    assert person.rows("account.contact_changed") == []


def test_codes_are_not_sent_without_limit(person: Person) -> None:
    change(person, "phone_number", "+15550100123")
    for _ in range(5):
        person.send(PAGE, SEND, {"attribute": "phone_number"})
    assert person.tab.status == 200
    person.send(PAGE, SEND, {"attribute": "phone_number"})
    assert (person.tab.status, "Too many tries" in person.text) == (429, True)
    assert len(person.outcomes("account.code_sent")) == 5


def test_contacts_are_not_changed_without_limit_and_what_was_typed_is_kept(person: Person) -> None:
    for number in range(5):
        change(person, "email", f"new-{number}-{person.username}@example.com")
    change(person, "email", "sixth@example.com")
    assert (person.tab.status, 'value="sixth@example.com"' in person.text) == (429, True)
    assert len(person.outcomes("account.contact_changed")) == 5


def test_saved_details_are_unlimited_and_fill_no_counter(person: Person) -> None:
    for number in range(6):
        save(person, name=f"Nora {number}")
    assert person.outcomes("account.attributes_changed") == ["success"] * 6
    change(person, "email", f"new-{person.username}@example.com")
    assert "waits for its code" in person.text


def test_field_that_is_not_in_the_form_is_left_alone(person: Person) -> None:
    save(person, name="Nora New", nickname="No")
    person.get(PAGE)
    turn = person.form(PAGE)["turn"]
    person.tab.post(PAGE, {"turn": turn, "userAttributes.name": "Nora Newer"})
    assert (person.attribute("name"), person.attribute("nickname")) == ("Nora Newer", "No")


def test_name_to_sign_in_with_needs_a_fresh_sign_in(stub: StubCognito, tab: Tab, later: Clock) -> None:
    user = stub.confirm(attributes={"preferred_username": "ada", "name": "Ada"})
    tab.start(user.username, user.password)
    later.offset_s = 16 * 60
    tab.get(PAGE)
    assert "Sign in again to change it" in tab.text
    form = {**tab.hidden, "userAttributes.preferred_username": "eve", "userAttributes.name": "Ada"}
    answer = tab.client.post(PAGE, form)
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/sign-in/?again=details")
    assert stub.count("UpdateUserAttributes") == 0
    later.offset_s = 0
    tab.post(PAGE, form)
    assert user.attributes["preferred_username"] == "eve"


@pytest.mark.parametrize("path", [CONTACT, VERIFY, SEND])
def test_attribute_that_is_no_contact_is_refused(person: Person, path: str) -> None:
    person.get(PAGE)
    turn = person.form(PAGE)["turn"]
    person.tab.post(path, {"turn": turn, "attribute": "name", "value": "x", "code": "123456"})
    assert person.tab.status == 400
    assert person.attribute("name") == "Cora Confirmed"


def attribute(name: str, *, mutable: bool = True, required: bool = False) -> SchemaAttribute:
    return SchemaAttribute(name, "String", required, mutable, None, None)


PROFILE = UserProfile("ada", {"name": "Ada", "custom:team": "Blue", "sub": "s"}, (), None, None)


def pool(*schema: SchemaAttribute) -> PoolSettings:
    known = dict.fromkeys(PoolSettings.__slots__)
    return PoolSettings(**{**known, "schema": schema})


def client(*writable: str) -> ClientSettings:
    known = dict.fromkeys(ClientSettings.__slots__)
    return ClientSettings(**{**known, "write_attributes": writable})


def test_only_what_is_writable_and_mutable_can_be_edited() -> None:
    schema = pool(attribute("name"), attribute("custom:team", mutable=False), attribute("nickname"))
    details = details_of(PROFILE, pool=schema, client=client("name", "custom:team", "nickname"), waiting={})
    assert [item.attribute for item in details.inputs] == ["name", "nickname"]
    assert [(str(item.label), item.value) for item in details.facts] == [("Team", "Blue")]


def test_without_settings_everything_that_has_a_value_can_be_tried() -> None:
    details = details_of(PROFILE, pool=None, client=None, waiting={})
    assert [item.attribute for item in details.inputs] == ["name", "custom:team"]


def test_only_what_differs_is_sent() -> None:
    details = details_of(PROFILE, pool=None, client=None, waiting={})
    typed = with_values(details, {"userAttributes.name": "Ada", "userAttributes.custom:team": "Red"})
    assert typed.changed(PROFILE) == {"custom:team": "Red"}
