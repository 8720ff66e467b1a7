"""The attributes of a person in words: what each is called, how it is asked for, and what is certainly wrong.

Cognito decides what is right. Only what Cognito is certain to refuse is refused here, and where the schema is
not known any text is taken.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.cognito.types import SchemaAttribute

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


def kind_of(name: str) -> Kind:
    """How this attribute is asked for; a custom one is called what its name says."""
    return STANDARD.get(name) or Kind(name.removeprefix("custom:").replace("_", " ").capitalize())


def fault(name: str, value: str, schema: SchemaAttribute | None) -> Words:
    """What Cognito is certain not to like about this value; empty where there is nothing. `value` is not empty."""
    if "\0" in value or len(value) > LONGEST_CHARS:
        return _("This is too long, or holds characters that cannot be sent.")
    return _fault_by_name(name, value) or _fault_by_schema(value, schema)


def _fault_by_name(name: str, value: str) -> Words:
    if name == "phone_number" and not E164.fullmatch(value):
        return _("Write the number with + and country code, digits only.")
    if name == "birthdate" and not ISO_DATE.fullmatch(value):
        return _("Write the date as year-month-day, for example 1990-12-31.")
    if name == "email" and "@" not in value:
        return _("Write an e-mail address, for example name@example.com.")
    return ""


def _fault_by_schema(value: str, schema: SchemaAttribute | None) -> Words:
    if schema is None:
        return ""
    if schema.data_type == "Number":
        return _fault_of_number(value, schema)
    if schema.data_type == "Boolean":
        return "" if value in ("true", "false") else _("Write true or false.")
    if schema.minimum is not None and len(value) < schema.minimum:
        return _("Write at least %(count)d characters.") % {"count": schema.minimum}
    if schema.maximum is not None and len(value) > schema.maximum:
        return _("Write at most %(count)d characters.") % {"count": schema.maximum}
    return ""


def _fault_of_number(value: str, schema: SchemaAttribute) -> Words:
    if not WHOLE_NUMBER.fullmatch(value):
        return _("Write a whole number.")
    if schema.minimum is not None and int(value) < schema.minimum:
        return _("Write a number of at least %(count)d.") % {"count": schema.minimum}
    if schema.maximum is not None and int(value) > schema.maximum:
        return _("Write a number of at most %(count)d.") % {"count": schema.maximum}
    return ""
