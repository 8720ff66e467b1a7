"""Which accounts are asked for: what of it may stand in the address of a page, and what was typed apart.

Typed text may be a person's name, so no address has it. Nothing here asks the database.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal.audit.record import account_of
from cognito_portal.ops.index.entries import chosen_attributes
from cognito_portal.ops.index.words import STATUSES, TROUBLES

LONGEST = 256
MOST_DAYS = 3650
YES, NO = "yes", "no"
NEVER, DORMANT = "never", "dormant"
Choices = Mapping[str, str | Promise]

YES_NO: Choices = {YES: gettext_lazy("Yes"), NO: gettext_lazy("No")}
CHOICES: Mapping[str, Choices] = {
    "status": STATUSES,
    "enabled": {YES: gettext_lazy("Enabled"), NO: gettext_lazy("Disabled")},
    "email_verified": YES_NO,
    "phone_verified": YES_NO,
    "signed_in": {
        NEVER: gettext_lazy("Never"),
        DORMANT: gettext_lazy("Not for so many days"),
    },
    "invitation": {
        "open": gettext_lazy("Open"),
        "expiring": gettext_lazy("Expires within 24 hours"),
        "expired": gettext_lazy("Expired"),
    },
    "trouble": TROUBLES,
    "how": {"is": gettext_lazy("is"), "has": gettext_lazy("contains")},
    "sort": {
        "name": gettext_lazy("Name, A to Z"),
        "-name": gettext_lazy("Name, Z to A"),
        "-created": gettext_lazy("Newest first"),
        "created": gettext_lazy("Oldest first"),
        "-sign_in": gettext_lazy("Last sign-in, latest first"),
        "sign_in": gettext_lazy("Last sign-in, longest ago first"),
    },
}
LABELS: Choices = {
    "status": gettext_lazy("State"),
    "enabled": gettext_lazy("Enabled"),
    "email_verified": gettext_lazy("E-mail verified"),
    "phone_verified": gettext_lazy("Phone verified"),
    "signed_in": gettext_lazy("Signed in here"),
    "days": gettext_lazy("Days"),
    "invitation": gettext_lazy("Invitation"),
    "trouble": gettext_lazy("Trouble"),
    "attribute": gettext_lazy("Attribute"),
    "how": gettext_lazy("Compared"),
    "sort": gettext_lazy("Order"),
}
"""Every parameter of the address, in the order in which it has them."""
TYPED: Choices = {"text": gettext_lazy("Search"), "value": gettext_lazy("Value")}
"""What is typed, and never stands in an address."""
_DEFAULTS = {"how": "is", "sort": "name"}


class BadFilter(ValueError):
    """What was asked for is no filter. `problems` has a sentence for each field; "" is the filter as a whole."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(", ".join(self.problems))


class _Wrong(ValueError):
    """One value is wrong; the text says why."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a filter in words, and the filter that lacks it."""

    label: str
    value: str
    without: "AccountFilter"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFilter:
    """Accounts that every part which is set agrees with; "" and 0 are not set.

    `days` goes with `signed_in` DORMANT. `attribute` is a chosen one, compared with `value` as `how` says. `text`
    is a part of a username, sub or chosen attribute; in double quotes all of one.
    """

    status: str = ""
    enabled: str = ""
    email_verified: str = ""
    phone_verified: str = ""
    signed_in: str = ""
    days: int = 0
    invitation: str = ""
    trouble: str = ""
    attribute: str = ""
    how: str = "is"
    sort: str = "name"
    text: str = ""
    value: str = ""

    @classmethod
    def parse(cls, params: QueryDict, *, typed: Mapping[str, str], also: Iterable[str] = ()) -> Self:
        """A filter out of an address or a form, and what was typed. Empty ones are not set.

        Raises BadFilter, for a parameter that nobody knows as well.
        """
        known = {*LABELS, *also}
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for name, texts in params.lists():
            if name not in known:
                problems[""] = _("There is no such filter. Start again from all accounts.")
            elif name in LABELS and texts[-1].strip():
                try:
                    values[name] = _read(name, texts[-1].strip())
                except _Wrong as wrong:
                    problems[name] = str(wrong)
        values |= _typed(typed, problems)
        if problems := problems or _contradictions(values):
            raise BadFilter(problems)
        return cls(**values)

    @property
    def folded(self) -> str:
        """`text` as names are compared; without its quotes."""
        return account_of(self.text.strip('"') if self.is_whole else self.text)

    @property
    def is_whole(self) -> bool:
        """Whether `text` has to be all of a name, address, number or sub."""
        return len(self.text) > 2 and self.text[0] == self.text[-1] == '"'

    def query(self, **more: str) -> str:
        """The query string of this filter, which has nothing in it that was typed."""
        return urlencode(self.shown() | {name: text for name, text in more.items() if text})

    def shown(self) -> dict[str, str]:
        """What stands in an address, by its parameter."""
        values = {name: str(getattr(self, name) or "") for name in LABELS}
        if not self.attribute:
            values["how"] = ""
        return {name: text for name, text in values.items() if text and text != _DEFAULTS.get(name)}

    def typed(self) -> dict[str, str]:
        """What was typed, by its field."""
        return {name: text for name in TYPED if (text := getattr(self, name))}

    def chips(self) -> list[Chip]:
        """Each part of this filter in words; the order is none of them."""
        chips = [Chip(_("Search"), self.text, replace(self, text=""))] if self.text else []
        for name in (
            "status",
            "enabled",
            "email_verified",
            "phone_verified",
            "signed_in",
            "invitation",
            "trouble",
        ):
            if text := getattr(self, name):
                days = 0 if name == "signed_in" else self.days
                without = replace(self, days=days, **{name: ""})
                chips.append(Chip(str(LABELS[name]), self._in_words(name, text), without))
        if self.attribute:
            words = f"{CHOICES['how'][self.how]} {self.value}"
            chips.append(Chip(self.attribute, words, replace(self, attribute="", value="", how="is")))
        return chips

    def _in_words(self, name: str, text: str) -> str:
        if text == DORMANT:
            return _("not for %(days)d days") % {"days": self.days}
        return str(CHOICES[name][text])


def _typed(typed: Mapping[str, str], problems: dict[str, str]) -> dict[str, str]:
    found = {name: typed.get(name, "").strip() for name in TYPED}
    for name, text in found.items():
        if len(text) > LONGEST or "\0" in text:
            problems[name] = _("Nothing is so long. Check what you typed.")
    return {name: text for name, text in found.items() if text}


def _contradictions(values: Mapping[str, Any]) -> dict[str, str]:
    if values.get("signed_in") == DORMANT and not values.get("days"):
        return {"days": _("Say for how many days.")}
    if values.get("days") and values.get("signed_in") != DORMANT:
        return {"signed_in": _("Days go with “Not for so many days”.")}
    if values.get("attribute") and not values.get("value"):
        return {"value": _("Type what the attribute is or contains.")}
    if values.get("value") and not values.get("attribute"):
        return {"attribute": _("Choose the attribute that this is about.")}
    return {}


def _read(name: str, text: str) -> Any:
    read: Callable[[str], Any] | None = {"days": _days, "attribute": _attribute}.get(name)
    if read is not None:
        return read(text)
    if text not in CHOICES[name]:
        raise _Wrong(_("Choose one of the list."))
    return text


def _days(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= MOST_DAYS:
        return int(text)
    raise _Wrong(_("Type a number of days from 1 to %(most)d.") % {"most": MOST_DAYS})


def _attribute(text: str) -> str:
    if text not in chosen_attributes():
        raise _Wrong(_("The index does not keep this attribute."))
    return text
