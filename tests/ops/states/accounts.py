"""What Cognito itself says of an account. Each function returns what a person would type as their name."""

import secrets

from tests.account.conftest import Person
from tests.demo.conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller
from tests.ops.states.world import DAY_S, World, set_attributes, set_factor, signs_up

PHONE = "+12025550143"


def fine(world: World) -> str:
    username = world.api.confirm()
    assert world.signs_in(username).path == "/account/"
    return username


def nobody(world: World) -> str:
    return "nobody-at-all"


def disabled(world: World) -> str:
    username = world.api.confirm()
    world.api.signed("AdminDisableUser", Username=username)
    return username


def never_confirmed(world: World) -> str:
    return signs_up(world.api)


def reset(world: World) -> str:
    username = world.api.confirm()
    world.api.signed("AdminResetUserPassword", Username=username)
    return username


def reset_and_without_contact(world: World) -> str:
    username = reset(world)
    set_attributes(world.api, username, email_verified="false")
    return username


def invited(world: World) -> str:
    return world.api.invite(name="Nia Newhire")


def invited_and_opened(world: World) -> str:
    username = invited(world)
    world.signs_in(username, TEMPORARY_PASSWORD)
    return username


def invited_a_week_ago(world: World) -> str:
    with world.portal.cognito.clock.moved(-6.5 * DAY_S):
        return invited(world)


def invited_and_expired(world: World) -> str:
    with world.portal.cognito.clock.moved(-9 * DAY_S):
        return invited(world)


def invited_without_a_name(world: World) -> str:
    return world.api.invite()


def invited_without_a_fixed_attribute(world: World) -> str:
    born = {"Name": "birthdate", "AttributeDataType": "String", "Required": True, "Mutable": False}
    return world.use_pool(Schema=[born]).invite()


def text_messages_and_no_phone(world: World) -> str:
    username = world.api.confirm(phone_number=PHONE, phone_number_verified="true")
    set_factor(world.api, username, "SMSMfaSettings")
    # As an import or another tool leaves it; Cognito's own operation takes the factor off as well.
    set_attributes(world.api, username, phone_number="", phone_number_verified="")
    return username


def second_factor_not_set_up(world: World) -> str:
    return world.use_pool(mfa="ON").confirm()


def address_not_verified(world: World) -> str:
    return world.api.confirm(email_verified="false")


def _changes_address(pool: Caller, name: str) -> None:
    """In a pool without AttributesRequireVerificationBeforeUpdate (users.md calls it O12)."""
    contact = {"attribute": "email"}
    new = f"{secrets.token_hex(6)}@example.com"
    Person(pool, name).sign_in().send("/account/details/", "/account/details/contact/", contact, value=new)


def alias_changed(world: World) -> str:
    pool = world.use_pool(AliasAttributes=["email"])
    username = pool.confirm()
    _changes_address(pool, username)
    return username


def address_changed(world: World) -> str:
    pool = world.use_pool(UsernameAttributes=["email"])
    email = f"{secrets.token_hex(6)}@example.com"
    pairs = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    made = pool.signed("AdminCreateUser", Username=email, UserAttributes=pairs).body["User"]
    pool.signed("AdminSetUserPassword", Username=email, Password=GOOD_PASSWORD, Permanent=True)
    _changes_address(pool, email)
    return str(made["Username"])


def no_verified_contact(world: World) -> str:
    return world.use_pool().confirm(email_verified="false")


def _invited_as(world: World, username: str) -> str:
    pairs = [{"Name": "email", "Value": f"{secrets.token_hex(6)}@example.com"}]
    answer = world.api.signed("AdminCreateUser", Username=username, UserAttributes=pairs)
    assert answer.refusal is None, answer.refusal
    return username


def typed_in_capitals(world: World) -> str:
    """In a pool that tells capitals apart (users.md calls it U8), as is the next."""
    return world.api.confirm().upper()


def typed_without_capitals(world: World) -> str:
    return _invited_as(world, f"Foo.Bar{secrets.randbelow(10**9)}").lower()


def twins_but_for_capitals(world: World) -> str:
    name = f"foo.bar{secrets.randbelow(10**9)}"
    _invited_as(world, name)
    return _invited_as(world, name.title())


def twins_of_one_address(world: World) -> str:
    address = f"{secrets.token_hex(6)}@example.com"
    world.api.confirm(email=address)
    return world.api.confirm(email=address)


def address_that_two_share(world: World) -> str:
    pool = world.use_pool()
    for _ in range(2):
        pool.confirm(email="shared@example.com")
    return "shared@example.com"
