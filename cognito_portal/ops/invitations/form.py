"""The fields of a new account as the inputs of a form."""

from collections.abc import Mapping, Sequence
from functools import partial

from django.utils.translation import gettext as _

from cognito_portal.attributes import Words
from cognito_portal.ops.asks import Ask
from cognito_portal.ops.invitations.fields import CONTACTS, MEDIUM, USERNAME, Field


def asks_of(fields: Sequence[Field]) -> tuple[Ask, ...]:
    """One input for each field; whether an address is theirs is asked below the address."""
    return tuple(_ask(each) for each in sorted(fields, key=partial(_place, [each.name for each in fields])))


def prefilled(asks: Sequence[Ask], name: str) -> tuple[Ask, ...]:
    """The inputs with a name that was looked for, where it belongs."""
    shape = "email" if "@" in name else "phone_number" if name.startswith("+") else USERNAME
    return tuple(each.answered({shape: name}) if each.name == shape else each for each in asks)


def with_problems(asks: Sequence[Ask], problems: Mapping[str, Words]) -> tuple[Ask, ...]:
    """The inputs, each with what is wrong about it."""
    return tuple(each.failed(each.error or problems.get(each.name, "")) for each in asks)


def _place(names: Sequence[str], each: Field) -> int:
    above = each.name.removesuffix("_verified") if each.is_flag else each.name
    return 2 * names.index(above) + each.is_flag


def _ask(each: Field) -> Ask:
    is_number = each.schema is not None and each.schema.data_type == "Number"
    kind = each.kind
    return Ask(
        name=each.name,
        label=each.label,
        type="radio" if each.choices else kind.type,
        choices=each.choices,
        note="" if each.required or each.name in CONTACTS else _("(not required)"),
        help=_help(each),
        inputmode=kind.inputmode or ("numeric" if is_number else ""),
        required=each.required,
        is_further=_is_further(each),
        value="EMAIL" if each.name == MEDIUM else "",
    )


def _help(each: Field) -> Words:
    if each.asked_later and each.name not in CONTACTS:
        return _("Where you leave it empty, Cognito asks them for it at the first sign-in.")
    if each.is_fixed:
        return _("Nobody can change it once the account is there.")
    return each.kind.help


def _is_further(each: Field) -> bool:
    is_always_there = each.name in (USERNAME, MEDIUM, *CONTACTS) or each.is_flag
    return not (each.required or each.asked_later or is_always_there)
