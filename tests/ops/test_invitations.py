"""What a new account needs, out of the pool's schema; and the call that makes it, with its rows."""

import secrets
from typing import Any

import pytest

from cognito_portal import clients
from cognito_portal.audit.record import AlreadyTaken, By
from cognito_portal.cognito.errors import CognitoUnavailable, error_for
from cognito_portal.cognito.types import PoolSettings, SchemaAttribute
from cognito_portal.ops.invitations.checking import arguments, check
from cognito_portal.ops.invitations.existing import existing
from cognito_portal.ops.invitations.fields import Field, fields
from cognito_portal.ops.invitations.inviting import Invited, Status, invite
from tests.audit.rows import stored
from tests.conftest import Portal

BY = By(actor="ops:staff-ops", address="192.0.2.1", user_agent="test")
REASON = "INC-4711"


def attribute(name: str, **more: Any) -> SchemaAttribute:
    given = {"data_type": "String", "required": False, "mutable": True, "minimum": None, "maximum": None}
    return SchemaAttribute(name=name, **{**given, **more})


SCHEMA = (
    attribute("sub", required=True, mutable=False),
    attribute("name", required=True),
    attribute("email", required=True),
    attribute("email_verified", data_type="Boolean"),
    attribute("phone_number"),
    attribute("gender", maximum=10),
    attribute("custom:badge", required=True, mutable=False, minimum=3),
    attribute("custom:level", data_type="Number", minimum=1, maximum=9),
    attribute("dev:custom:internal"),
)


def pool(*, username_attributes: tuple[str, ...] = (), aliases: tuple[str, ...] = ()) -> PoolSettings:
    nothing: dict[str, Any] = dict.fromkeys(PoolSettings.__slots__)
    given = {"schema": SCHEMA, "username_attributes": username_attributes, "alias_attributes": aliases}
    return PoolSettings(**{**nothing, **given})


def names(found: tuple[Field, ...]) -> list[str]:
    return [each.name for each in found]


def problems(pool_settings: PoolSettings | None = None, **given: str) -> set[str]:
    values = {name.replace("__", ":"): value for name, value in given.items()}
    good = {"username": "anna", "email": "anna@example.com", "custom:badge": "B-17"}
    return set(check({**good, **values}, fields(pool_settings or pool())))


def test_what_must_be_given_comes_first_then_what_the_pool_asks_for_later() -> None:
    assert names(fields(pool())) == [
        *("username", "custom:badge", "name", "email", "phone_number", "gender", "custom:level"),
        *("email_verified", "phone_number_verified", "medium"),
    ]


def test_pool_that_takes_the_address_for_the_name_asks_for_no_username() -> None:
    found = fields(pool(username_attributes=("email",)))
    assert names(found)[:2] == ["email", "custom:badge"]
    assert [each.name for each in found if each.names_account] == ["email"]


def test_without_the_pools_settings_the_usual_is_asked_for() -> None:
    assert names(fields(None))[:3] == ["username", "email", "phone_number"]
    assert check({"username": "anna", "email": "anna@example.com"}, fields(None)) == {}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, set()),
        ({"username": ""}, {"username"}),
        ({"username": "   "}, {"username"}),
        ({"username": "an na"}, {"username"}),
        ({"username": "a\0b"}, {"username"}),
        ({"username": "x" * 129}, {"username"}),
        ({"custom__badge": ""}, {"custom:badge"}),
        ({"custom__badge": "B1"}, {"custom:badge"}),
        ({"email": "no address"}, {"email"}),
        ({"email": ""}, {"email"}),
        ({"email": "", "phone_number": "+12025550100"}, set()),
        ({"phone_number": "0202"}, {"phone_number"}),
        ({"medium": "SMS"}, {"phone_number"}),
        ({"medium": "pigeon"}, {"medium"}),
        ({"medium": "email"}, set()),
        ({"gender": "x" * 11}, {"gender"}),
        ({"custom__level": "0"}, {"custom:level"}),
        ({"custom__level": "nine"}, {"custom:level"}),
        ({"custom__level": "9"}, set()),
        ({"email_verified": "yes"}, {"email_verified"}),
        ({"email_verified": "TRUE"}, set()),
        ({"shoe_size": "44"}, {"shoe_size"}),
        ({"sub": "1"}, {"sub"}),
    ],
)
def test_what_cognito_would_refuse_is_told_by_its_field(given: dict[str, str], wrong: set[str]) -> None:
    assert problems(**given) == wrong


@pytest.mark.parametrize(("alias", "name"), [("email", "a@example.com"), ("phone_number", "+12025550100")])
def test_username_looks_like_no_alias_of_the_pool(alias: str, name: str) -> None:
    assert problems(pool(aliases=(alias,)), username=name) == {"username"}
    assert problems(pool(), username=name) == set()


def test_arguments_hold_what_was_given_and_nothing_else() -> None:
    given = {
        **{"username": " anna ", "email": "anna@example.com", "name": "", "custom:badge": "B-17"},
        **{"email_verified": "true", "phone_number_verified": "true", "medium": ""},
    }
    made = arguments(given, fields(pool()))
    assert (made.username, made.mediums) == ("anna", ("EMAIL",))
    assert made.attributes == {
        "email": "anna@example.com",
        "custom:badge": "B-17",
        "email_verified": "true",
    }


def test_phone_alone_sends_the_invitation_by_text_message() -> None:
    given = {"phone_number": "+12025550100", "custom:badge": "B-17"}
    both = fields(pool(username_attributes=("email", "phone_number")))
    assert check(given, both) == {}
    made = arguments(given, both)
    assert (made.username, made.mediums) == ("+12025550100", ("SMS",))


def of_pool() -> tuple[Field, ...]:
    return fields(clients.pool_settings())


def person(**more: str) -> dict[str, str]:
    username = "i" + secrets.token_hex(6)
    return {"username": username, "email": f"{username}@example.com", "name": "Ina Invited", **more}


def invited(values: dict[str, str], form_id: str = "") -> Invited:
    assert check(values, of_pool()) == {}
    return invite(values, of_pool(), reason=REASON, form_id=form_id or secrets.token_hex(16), by=BY)


def rows() -> list[tuple[str, str, str]]:
    found = [row for row in stored() if row["event"] == "ops.user_invited"]
    return [(row["phase"], row["outcome"], row["step"]) for row in found]


def test_person_is_invited_by_mail_and_both_rows_carry_the_reason(portal: Portal) -> None:
    values = person(email_verified="true")
    made = invited(values)
    assert made.status is Status.INVITED
    assert made.account is not None
    found = portal.api.signed("AdminGetUser", Username=values["username"]).body
    assert found["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert {"Name": "email_verified", "Value": "true"} in found["UserAttributes"]
    assert [each["to"] for each in portal.api.outbox(values["username"])] == [values["email"]]
    assert rows() == [("begin", "", REASON), ("end", "success", REASON)]


def test_same_form_invites_once(portal: Portal) -> None:
    form_id = secrets.token_hex(16)
    invited(person(), form_id)
    with pytest.raises(AlreadyTaken):
        invited(person(), form_id)
    assert len(rows()) == 2


def test_name_that_is_taken_is_told(portal: Portal) -> None:
    values = person(username=portal.api.confirm())
    made = invited(values)
    assert (made.status, made.account) == (Status.EXISTS, None)
    assert rows()[-1] == ("end", "wrong_user_state", REASON)


def refused(code: str) -> Exception:
    return error_for(code, "", status=400, operation="AdminCreateUser", request_id=None)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (refused("CodeDeliveryFailureException"), Status.UNDELIVERED),
        (refused("InvalidParameterException"), Status.REFUSED),
        (refused("AccessDeniedException"), Status.REFUSED),
        (refused("TooManyRequestsException"), Status.NOT_NOW),
        (CognitoUnavailable("not_sent", operation="AdminCreateUser"), Status.NOT_NOW),
        (CognitoUnavailable("unknown", operation="AdminCreateUser"), Status.UNKNOWN),
    ],
)
def test_each_answer_has_its_word(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, error: Exception, status: Status
) -> None:
    def fails(**given: Any) -> Any:
        raise error

    monkeypatch.setattr(clients.cognito(), "admin_create_user", fails)
    assert invited(person()).status is status


def test_account_whose_mail_failed_is_known_by_its_sub(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = clients.cognito().admin_create_user

    def fails(**given: Any) -> Any:
        really(**given)
        raise refused("CodeDeliveryFailureException")

    monkeypatch.setattr(clients.cognito(), "admin_create_user", fails)
    made = invited(person())
    assert made.account is not None
    assert made.account.sub


def test_account_of_the_name_or_of_nearly_the_name_is_found_first(portal: Portal) -> None:
    username = portal.api.confirm()
    settings = clients.pool_settings()
    same = existing(arguments(person(username=username), of_pool()), settings)
    assert same.same is not None
    assert same.same.username == username
    other = existing(arguments(person(username=username.upper()), of_pool()), settings)
    assert (other.same, [each.username for each in other.like]) == (None, [username])


def test_account_of_the_address_is_found_first(portal: Portal) -> None:
    username = portal.api.confirm()
    values = person(email=f"{username}@example.com")
    found = existing(arguments(values, of_pool()), clients.pool_settings())
    assert (found.same, [each.username for each in found.like]) == (None, [username])


def test_nobody_is_found_where_there_is_nobody(portal: Portal) -> None:
    found = existing(arguments(person(), of_pool()), clients.pool_settings())
    assert (found.same, found.like, found.is_known) == (None, (), True)
