"""Whether what was filled in makes an account, and what it makes AdminCreateUser's arguments of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from cognito_portal.attributes import E164, Words, fault
from cognito_portal.ops.invitations.fields import CONTACTS, MEDIUM, MEDIUMS, TRUE, USERNAME, Field

LONGEST_USERNAME = 128
# AWS's own pattern is a list of all that is not blank and no control character.
_NO_USERNAME = re.compile(r"[\s\x00-\x1f\x7f]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_FALSE = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """AdminCreateUser's arguments. `mediums` are EMAIL or SMS."""

    username: str = field(repr=False)
    attributes: Mapping[str, str] = field(repr=False)
    mediums: tuple[str, ...]


def cleaned(values: Mapping[str, str]) -> dict[str, str]:
    """What was given, without the blanks around it and without what is empty."""
    return {name: stripped for name, value in values.items() if (stripped := value.strip())}


def check(values: Mapping[str, str], fields: Sequence[Field]) -> dict[str, Words]:
    """What is wrong, by the name of its field; empty where Cognito can be asked.

    Only what Cognito is certain to refuse, and an invitation that would reach nobody, is wrong.
    """
    given, known = cleaned(values), {each.name for each in fields}
    problems: dict[str, Words] = {name: _("The pool has no such attribute.") for name in given.keys() - known}
    for each in fields:
        if problem := _problem(each, given.get(each.name, "")):
            problems[each.name] = problem
    for name, problem in _unreachable(given, known).items():
        problems.setdefault(name, problem)
    return problems


def arguments(values: Mapping[str, str], fields: Sequence[Field]) -> Arguments:
    """AdminCreateUser's arguments out of values in which `check` found nothing wrong."""
    given = cleaned(values)
    naming = (given[each.name] for each in fields if each.names_account and each.name in given)
    flags = {each.name for each in fields if each.is_flag}
    attributes = {
        name: TRUE if name in flags else value
        for name, value in given.items()
        if name not in (USERNAME, MEDIUM) and not (name in flags and _says_nothing(name, given))
    }
    return Arguments(username=next(naming), attributes=attributes, mediums=(_medium(given),))


def _says_nothing(flag: str, given: Mapping[str, str]) -> bool:
    return given[flag].lower() != TRUE or flag.removesuffix("_verified") not in given


def _medium(given: Mapping[str, str]) -> str:
    return given.get(MEDIUM, "").upper() or ("EMAIL" if "email" in given else "SMS")


def _problem(each: Field, value: str) -> Words:
    if not value:
        return _("Fill in this field.") if each.required else ""
    if each.name == USERNAME:
        return _of_username(each, value)
    if each.choices:
        return "" if value.upper() in dict(each.choices) else _("Write EMAIL or SMS.")
    if each.is_flag:
        return "" if value.lower() in (TRUE, _FALSE) else _("Write true or false.")
    return fault(each.name, value, each.schema)


def _of_username(each: Field, value: str) -> Words:
    if len(value) > LONGEST_USERNAME:
        return _("A username has at most %(count)d characters.") % {"count": LONGEST_USERNAME}
    if _NO_USERNAME.search(value):
        return _("A username has no blanks in it.")
    if "email" in each.not_like and _EMAIL.fullmatch(value):
        return _("People sign in with their e-mail address as well here, so no username may look like one.")
    if "phone_number" in each.not_like and E164.fullmatch(value):
        return _("People sign in with their phone number as well here, so no username may look like one.")
    return ""


def _unreachable(given: Mapping[str, str], known: set[str]) -> dict[str, Words]:
    """The address that the invitation would have to be sent to, where there is none."""
    needed = MEDIUMS.get(given.get(MEDIUM, "").upper(), "")
    if needed:
        return {} if needed in given else {needed: _("The invitation is sent there: fill in this field.")}
    if given.keys() & set(CONTACTS):
        return {}
    first = next((name for name in CONTACTS if name in known), CONTACTS[0])
    return {first: _("Give an e-mail address or a phone number: the invitation is sent there.")}
