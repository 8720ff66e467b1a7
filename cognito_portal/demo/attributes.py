"""The ``userAttributes.*`` answers of NEW_PASSWORD_REQUIRED, held to the pool's schema.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

import json
import re
from collections.abc import Mapping

from cognito_portal.demo.directory import Client, Pool, User
from cognito_portal.demo.wire import invalid_parameter, not_authorized

PREFIX = "userAttributes."
NEVER_WRITTEN = frozenset({"sub", "email_verified", "phone_number_verified", "identities"})
_HIDDEN = frozenset({"sub", "identities"})
_FORMS = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "Invalid email address format."),
    "phone_number": (re.compile(r"\+[1-9]\d{1,14}"), "Invalid phone number format."),
}


def as_pairs(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """Return attributes as operations take and give them."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def missing(pool: Pool, user: User) -> list[str]:
    """Return the names of attributes that the pool requires and the user lacks."""
    return [name for name in pool.required_attributes if not user.attributes.get(name)]


def challenge_parameters(pool: Pool, user: User) -> dict[str, str]:
    """Return requiredAttributes and userAttributes as JSON strings; only the first prefixes its names."""
    shown = {name: value for name, value in user.attributes.items() if name not in _HIDDEN}
    return {
        "requiredAttributes": json.dumps([PREFIX + name for name in missing(pool, user)]),
        "userAttributes": json.dumps(shown),
    }


def answered(pool: Pool, client: Client, user: User, responses: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes that the answer sets.

    Raises InvalidParameterException for missing, unknown, immutable or malformed ones, NotAuthorizedException
    for ones that are already set or that the client may not write.
    """
    given = {name.removeprefix(PREFIX): value for name, value in responses.items() if name.startswith(PREFIX)}
    for name, value in given.items():
        _check_permitted(client, name)
        if user.attributes.get(name):
            raise not_authorized(f"Cannot modify an already provided {name}")
        _check_mutable(pool, name)
        check_value(pool, name, value)
    for name in missing(pool, user):
        if not given.get(name):
            raise invalid_parameter(f"Invalid attributes given, {name} is missing")
    return given


def check_change(pool: Pool, client: Client, name: str, value: str) -> None:
    """Refuse to change this attribute to this value through this app client; "" stands for deleting it."""
    _check_permitted(client, name)
    _check_mutable(pool, name)
    if not value and name in pool.required_attributes:
        raise invalid_parameter(f"user.{name}: Attribute is required.")
    check_value(pool, name, value)


def _check_permitted(client: Client, name: str) -> None:
    writable = client.settings.get("WriteAttributes")
    if name in NEVER_WRITTEN or (writable and name not in writable):
        raise not_authorized("A client attempted to write unauthorized attribute")


def _check_mutable(pool: Pool, name: str) -> None:
    attribute = pool.schema.get(name)
    if attribute is None:
        raise invalid_parameter(
            f"Attributes did not conform to the schema: {name}: Attribute does not exist in the schema."
        )
    if not attribute.get("Mutable", True):
        raise invalid_parameter(f"user.{name}: Attribute cannot be updated.")


def check_value(pool: Pool, name: str, value: str) -> None:
    form = _FORMS.get(name)
    if value and form and not form[0].fullmatch(value):
        raise invalid_parameter(form[1])
    limits = pool.schema[name].get("StringAttributeConstraints") or {}
    if len(value) > int(limits.get("MaxLength") or 2048):
        raise invalid_parameter(
            f"Attributes did not conform to the schema: {name}: String must be no longer than "
            f"{limits['MaxLength']} characters"
        )
    if value and len(value) < int(limits.get("MinLength") or 0):
        raise invalid_parameter(
            f"Attributes did not conform to the schema: {name}: String must be at least "
            f"{limits['MinLength']} characters"
        )
