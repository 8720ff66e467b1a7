"""Which invitations are asked for: what of it may stand in the address of a page, and the text that was typed apart.

Nothing here asks the database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal.ops.index.filters import LONGEST, BadFilter

ELSEWHERE = "elsewhere"
LONGEST_ACTOR = 150
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
Choices = Mapping[str, str | Promise]

STATES: Choices = {
    "sent": gettext_lazy("Sent, never opened"),
    "opened": gettext_lazy("Opened, no password set"),
    "expiring": gettext_lazy("Expires within 24 hours"),
    "expired": gettext_lazy("Expired"),
    "undelivered": gettext_lazy("Could not be delivered"),
    "password": gettext_lazy("Password set"),
    "verified": gettext_lazy("Verified"),
}
SORTS: Choices = {
    "-sent": gettext_lazy("Sent last first"),
    "sent": gettext_lazy("Sent first, so what ends first"),
    "-moved": gettext_lazy("Latest step first"),
}
LABELS: Choices = {
    "state": gettext_lazy("State"),
    "sender": gettext_lazy("Sent by"),
    "since": gettext_lazy("Sent from"),
    "until": gettext_lazy("Sent up to"),
    "sort": gettext_lazy("Order"),
}
"""Every parameter of the address, in the order in which it has them."""


class _Wrong(ValueError):
    """One value is wrong; the text says why."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a filter in words, and the filter that lacks it."""

    name: str
    value: str
    without: "LedgerFilter"

    @property
    def label(self) -> str | Promise:
        """What the part is about."""
        return LABELS.get(self.name, _("Search"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """Invitations that every part which is set agrees with; "" and None are not set.

    `sender` is an actor of the log, or ELSEWHERE for what this portal did not send. `since` and `until` are days in
    UTC, both of which belong to it. `text` is searched for as in the list of accounts.
    """

    state: str = ""
    sender: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "-sent"
    text: str = ""

    @classmethod
    def parse(cls, params: QueryDict, *, text: str = "", also: Iterable[str] = ()) -> Self:
        """A filter out of an address or a form. Raises BadFilter, for a parameter that nobody knows as well."""
        known, problems = {*LABELS, *also}, {}
        values: dict[str, Any] = {}
        for name, texts in params.lists():
            if name not in known:
                problems[""] = _("There is no such filter. Start again from all invitations.")
            elif name in LABELS and texts[-1].strip():
                try:
                    values[name] = _read(name, texts[-1].strip())
                except _Wrong as wrong:
                    problems[name] = str(wrong)
        text = text.strip()
        if len(text) > LONGEST or "\0" in text:
            problems["text"] = _("Nothing is so long. Check what you typed.")
        since, until = values.get("since"), values.get("until")
        if since and until and since > until:
            problems["until"] = _("This is before the first day.")
        if problems:
            raise BadFilter(problems)
        return cls(text=text, **values)

    @property
    def begins(self) -> datetime | None:
        """The first moment of it."""
        return _midnight(self.since) if self.since else None

    @property
    def ends(self) -> datetime | None:
        """The first moment after it."""
        return _midnight(self.until) + timedelta(days=1) if self.until else None

    def shown(self) -> dict[str, str]:
        """What stands in an address, by its parameter."""
        values = {name: str(getattr(self, name) or "") for name in LABELS}
        return {name: text for name, text in values.items() if text and (name, text) != ("sort", "-sent")}

    def query(self, **more: str) -> str:
        """The query string of this filter, which has nothing in it that was typed."""
        return urlencode(self.shown() | {name: text for name, text in more.items() if text})

    def chips(self, senders: Mapping[str, str]) -> list[Chip]:
        """Each part of this filter in words; the order is none of them. `senders` are names by their actor."""
        chips = [Chip("text", self.text, replace(self, text=""))] if self.text else []
        if self.state:
            chips.append(Chip("state", str(STATES[self.state]), replace(self, state="")))
        if self.sender:
            name = senders.get(self.sender, self.sender)
            chips.append(Chip("sender", name, replace(self, sender="")))
        if self.since:
            chips.append(Chip("since", str(self.since), replace(self, since=None)))
        if self.until:
            chips.append(Chip("until", str(self.until), replace(self, until=None)))
        return chips


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _read(name: str, text: str) -> Any:
    if name in ("since", "until"):
        return _day(text)
    if name == "sender":
        if len(text) > LONGEST_ACTOR or not text.isprintable():
            raise _Wrong(_("Choose one of the list."))
        return text
    if text not in (STATES if name == "state" else SORTS):
        raise _Wrong(_("Choose one of the list."))
    return text


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _Wrong(_("Type a day as 2026-03-02.")) from None
    if not EARLIEST <= day <= LATEST:
        raise _Wrong(_("Type a day as 2026-03-02."))
    return day
