"""The inputs for the attributes that a challenge asks for, typed by the pool's schema.

Cognito decides what is right. An input refuses only what Cognito is certain to refuse, and where the schema
is not known it takes any text.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.cognito.types import PoolSettings, SchemaAttribute

PREFIX = "userAttributes."
LONGEST_CHARS = 2048
E164 = re.compile(r"\+[0-9]{6,15}")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")

# Cognito sets these itself and takes them from no client; whoever asks a person for one asks in vain.
NEVER_WRITABLE = frozenset({"sub", "email_verified", "phone_number_verified"})

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Kind:
    """How a standard attribute is asked for: label, and the input's type, autocomplete token and help."""

    label: Words
    type: str = "text"
    autocomplete: str = ""
    help: Words = ""
    inputmode: str = ""


# The standard attributes of OpenID Connect Core 1.0 section 5.1, as Cognito names them.
STANDARD: dict[str, Kind] = {
    "name": Kind(_("Full name"), autocomplete="name"),
    "given_name": Kind(_("First name"), autocomplete="given-name"),
    "family_name": Kind(_("Last name"), autocomplete="family-name"),
    "middle_name": Kind(_("Middle name"), autocomplete="additional-name"),
    "nickname": Kind(_("Nickname"), autocomplete="nickname"),
    "preferred_username": Kind(_("Preferred username")),
    "email": Kind(_("E-mail address"), type="email", autocomplete="email"),
    "phone_number": Kind(
        _("Phone number"),
        type="tel",
        autocomplete="tel",
        help=_("With country code, digits only, for example +442079460018"),
    ),
    "birthdate": Kind(_("Date of birth"), type="date", autocomplete="bday"),
    "gender": Kind(_("Gender"), autocomplete="sex"),
    "address": Kind(_("Postal address"), autocomplete="street-address"),
    "website": Kind(_("Website"), type="url", autocomplete="url"),
    "profile": Kind(_("Profile page"), type="url"),
    "picture": Kind(_("Picture address"), type="url", autocomplete="photo"),
    "locale": Kind(_("Language"), help=_("For example en-GB"), autocomplete="language"),
    "zoneinfo": Kind(_("Time zone"), help=_("For example Europe/London")),
    "updated_at": Kind(_("Updated at"), inputmode="numeric"),
}


@dataclass(frozen=True, slots=True)
class AttributeInput:
    """One input of the form. `name` and `id` are the HTML ones, `attribute` is Cognito's."""

    attribute: str
    kind: Kind
    schema: SchemaAttribute | None
    value: str = ""
    error: Words = ""

    @property
    def name(self) -> str:
        return PREFIX + self.attribute

    @property
    def id(self) -> str:
        return "attribute-" + re.sub(r"[^A-Za-z0-9_-]", "-", self.attribute)

    @property
    def label(self) -> Words:
        return self.kind.label

    @property
    def type(self) -> str:
        return self.kind.type

    @property
    def autocomplete(self) -> str:
        return self.kind.autocomplete

    @property
    def inputmode(self) -> str:
        is_number = self.schema is not None and self.schema.data_type == "Number"
        return self.kind.inputmode or ("numeric" if is_number else "")

    @property
    def help(self) -> Words:
        return self.kind.help

    def filled(self, value: str) -> "AttributeInput":
        """This input with what the person typed, and with what is certainly wrong about it."""
        return AttributeInput(self.attribute, self.kind, self.schema, value, self._fault(value))

    def failed(self, error: Words) -> "AttributeInput":
        """This input with what Cognito did not like about it."""
        return AttributeInput(self.attribute, self.kind, self.schema, self.value, error)

    def _fault(self, value: str) -> Words:
        if not value.strip():
            return _("Fill in this field.")
        if "\0" in value or len(value) > LONGEST_CHARS:
            return _("This is too long, or holds characters that cannot be sent.")
        return self._fault_by_name(value) or self._fault_by_schema(value)

    def _fault_by_name(self, value: str) -> Words:
        if self.attribute == "phone_number" and not E164.fullmatch(value):
            return _("Write the number with + and country code, digits only.")
        if self.attribute == "birthdate" and not ISO_DATE.fullmatch(value):
            return _("Write the date as year-month-day, for example 1990-12-31.")
        if self.attribute == "email" and "@" not in value:
            return _("Write an e-mail address, for example name@example.com.")
        return ""

    def _fault_by_schema(self, value: str) -> Words:
        schema = self.schema
        if schema is None:
            return ""
        if schema.data_type == "Number":
            return "" if WHOLE_NUMBER.fullmatch(value) else _("Write a whole number.")
        if schema.minimum is not None and len(value) < schema.minimum:
            return _("Write at least %(count)d characters.") % {"count": schema.minimum}
        if schema.maximum is not None and len(value) > schema.maximum:
            return _("Write at most %(count)d characters.") % {"count": schema.maximum}
        return ""


def inputs_for(names: tuple[str, ...], pool: PoolSettings | None) -> tuple[AttributeInput, ...]:
    """One empty input for each attribute that a person can give, in the order that Cognito asked for them."""
    schema = {attribute.name: attribute for attribute in pool.schema} if pool else {}
    return tuple(
        AttributeInput(name, _kind_of(name), schema.get(name)) for name in names if name not in NEVER_WRITABLE
    )


def _kind_of(name: str) -> Kind:
    return STANDARD.get(name) or Kind(name.removeprefix("custom:").replace("_", " ").capitalize())
