"""What an auditor asks the log for: a filter that stands in the URL, is stored, and reads as chips.

Nothing here asks the database; cognito_portal.audit.search does, and knows what each field means there.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from types import MappingProxyType
from typing import Any, Self

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal.audit.addresses import parsed_address
from cognito_portal.audit.event_names import EVENTS
from cognito_portal.audit.events import Event, Outcome, result_of
from cognito_portal.audit.readings import OUTCOMES
from cognito_portal.audit.storable import storable

ANY_FAILURE = "failure"
"""Stands in `Filter.outcome` for every outcome that is a failure."""
FAILURES = tuple(outcome.value for outcome in Outcome if result_of(outcome) == "failure")
MAX_QUERY = 2000
MAX_TIME = 40

PRESETS: Mapping[str, tuple[timedelta, str | Promise]] = MappingProxyType(
    {
        "1h": (timedelta(hours=1), gettext_lazy("Last hour")),
        "24h": (timedelta(hours=24), gettext_lazy("Last 24 hours")),
        "7d": (timedelta(days=7), gettext_lazy("Last 7 days")),
        "30d": (timedelta(days=30), gettext_lazy("Last 30 days")),
    }
)
LABELS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "preset": gettext_lazy("Time"),
        "since": gettext_lazy("From"),
        "until": gettext_lazy("Before"),
        "person": gettext_lazy("Person"),
        "actor": gettext_lazy("Actor"),
        "event": gettext_lazy("Event"),
        "outcome": gettext_lazy("Outcome"),
        "error_code": gettext_lazy("Cognito error"),
        "address": gettext_lazy("Address"),
        "client_id": gettext_lazy("App client"),
        "attempt_id": gettext_lazy("Attempt"),
        "request_id": gettext_lazy("AWS request id"),
        "begun": gettext_lazy("Rows"),
    }
)
"""Every parameter of a filter, in the order in which a URL and a page have them."""
LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "person": 256,
        "actor": 150,
        "error_code": 128,
        "client_id": 128,
        "attempt_id": 64,
        "request_id": 128,
    }
)
"""The longest that a row can hold of each text, in characters."""


class BadFilter(ValueError):
    """What was asked for is no filter. `problems` has a sentence for each parameter that is wrong.

    `field` is the first of them and `message` its sentence; "" stands for the filter as a whole.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        self.field, self.message = next(iter(self.problems.items()))
        super().__init__(self.message)


class _Wrong(ValueError):
    """One value is wrong; the text says why."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a filter in words, and the query string that lacks it."""

    label: str
    value: str
    query_without: str


@dataclass(frozen=True, slots=True)
class Span:
    """A choice of time in words, the query string of the filter that has it, and whether that is in force."""

    label: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which rows are meant: those that every part which is set agrees with. "" and None are not set.

    `since` and `until` are UTC, `until` exclusive; `preset` (a key of PRESETS) has set `since`. `person` is a
    name or a sub, or a part of one; in double quotes all of one; or a person id. `outcome` may be ANY_FAILURE.
    `address` is an address or a network. `begun` adds the rows that stand before calls.
    """

    since: datetime | None = None
    until: datetime | None = None
    preset: str = ""
    person: str = ""
    actor: str = ""
    event: str = ""
    outcome: str = ""
    error_code: str = ""
    address: str = ""
    client_id: str = ""
    attempt_id: str = ""
    request_id: str = ""
    begun: bool = False

    @classmethod
    def parse(cls, params: QueryDict, *, now: datetime, also: Iterable[str] = ()) -> Self:
        """A filter out of a URL's parameters; empty ones are not set, and `also` names those of other meaning.

        Raises BadFilter, for a parameter that nobody knows as well.
        """
        values, problems = _values_of(params, known={*LABELS, *also})
        problems |= _contradictions(values)
        if problems:
            raise BadFilter(problems)
        if preset := values.get("preset"):
            values["since"] = now.astimezone(UTC) - PRESETS[preset][0]
        made = cls(**values)
        if len(made.query()) > MAX_QUERY:
            raise BadFilter({"": _("This filter is too long altogether.")})
        return made

    @classmethod
    def of_query(cls, text: str, *, now: datetime) -> Self:
        """The inverse of `query`. Raises BadFilter."""
        return cls.parse(QueryDict(text), now=now)

    def query(self, *, without: Iterable[str] = ()) -> str:
        """The one query string of this filter: for a URL, and to be stored."""
        return urlencode({name: text for name, text in self._texts().items() if name not in without})

    def fixed(self, *, now: datetime) -> Self:
        """The same rows for good: times instead of a preset, and an end."""
        return replace(self, preset="", until=self.until or now.astimezone(UTC))

    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that `outcome` stands for."""
        if self.outcome == ANY_FAILURE:
            return FAILURES
        return (self.outcome,) if self.outcome else ()

    def chips(self) -> list[Chip]:
        """Each part of this filter in words, in the order of LABELS."""
        return [
            Chip(str(LABELS[name]), _in_words(name, text), self.query(without=[name]))
            for name, text in self._texts().items()
        ]

    def spans(self) -> list[Span]:
        """Each preset, and the whole log, with all that this filter asks for beside time."""
        whole = replace(self, preset="", since=None, until=None)
        spans = [
            Span(str(label), replace(whole, preset=name).query(), self.preset == name)
            for name, (_length, label) in PRESETS.items()
        ]
        return [*spans, Span(_("Whole log"), whole.query(), self == whole)]

    def _texts(self) -> dict[str, str]:
        values = {name: getattr(self, name) for name in LABELS}
        if self.preset:
            values["since"] = None
        return {name: _text_of(value) for name, value in values.items() if value}


def time_text(moment: datetime) -> str:
    """A moment in UTC, as a filter's URL has it; with a fraction only where there is one."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _text_of(value: Any) -> str:
    if isinstance(value, datetime):
        return time_text(value)
    return "1" if value is True else str(value)


def _values_of(params: QueryDict, *, known: set[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """(what is set, by its parameter; what is wrong, by its parameter)."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, texts in params.lists():
        if name not in known:
            problems[""] = _("There is no filter named “%(name)s”.") % {"name": storable(name, 40)}
            continue
        text = texts[-1].strip()
        if len(texts) > 1:
            problems[name] = _("This was given twice. Give it once.")
        elif name in LABELS and text:
            try:
                values[name] = _READ[name](text)
            except _Wrong as wrong:
                problems[name] = str(wrong)
    return values, problems


def _contradictions(values: Mapping[str, Any]) -> dict[str, str]:
    since, until = values.get("since"), values.get("until")
    if values.get("preset") and (since or until):
        return {"preset": _("Choose one of these, or give your own times, not both.")}
    if since and until and since >= until:
        return {"until": _("The end must be later than the beginning.")}
    return {}


def _time(text: str) -> datetime:
    if len(text) > MAX_TIME:
        raise _Wrong(_("This is too long for a time."))
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise _Wrong(
            _("There is no such time. Write it in UTC, such as 2026-03-02T09:30, or with its zone.")
        ) from None


def _preset(text: str) -> str:
    if text not in PRESETS:
        raise _Wrong(_("Choose one of: %(names)s.") % {"names": ", ".join(PRESETS)})
    return text


def _limited(name: str) -> Callable[[str], str]:
    limit = LIMITS[name]

    def read(text: str) -> str:
        if len(text) > limit:
            raise _Wrong(_("This is too long: at most %(limit)d characters.") % {"limit": limit})
        if storable(text, limit) != text:
            raise _Wrong(_("There is a character in this that no row can hold."))
        return text

    return read


def _person(text: str) -> str:
    if text.strip('"').strip() == "":
        raise _Wrong(_("Type a name or a part of one."))
    return _limited("person")(text)


def _event(text: str) -> str:
    if text not in set(Event):
        raise _Wrong(_("There is no such event. Choose one of the list."))
    return text


def _outcome(text: str) -> str:
    if text != ANY_FAILURE and text not in set(Outcome):
        raise _Wrong(_("There is no such outcome. Choose one of the list."))
    return text


def _address(text: str) -> str:
    address, slash, length = text.partition("/")
    parsed = parsed_address(address) if len(text) <= 64 and "%" not in text else None
    if parsed is None:
        raise _Wrong(_("This is no IP address and no network, such as 192.0.2.7 or 192.0.2.0/24."))
    if not slash:
        return str(parsed)
    try:
        # A length counts in the form that was typed, so that is the form it is read in.
        return str(ip_network(text if length.isascii() and length.isdigit() else "", strict=False))
    except ValueError:
        raise _Wrong(_("The length after the slash does not go with this address.")) from None


def _begun(text: str) -> bool:
    if text not in ("0", "1"):
        raise _Wrong(_("This is 1 or nothing."))
    return text == "1"


_READ: Mapping[str, Callable[[str], Any]] = (
    {
        "since": _time,
        "until": _time,
        "preset": _preset,
        "event": _event,
        "outcome": _outcome,
        "address": _address,
        "begun": _begun,
    }
    | {name: _limited(name) for name in LIMITS}
    | {"person": _person}
)


def _in_words(name: str, text: str) -> str:
    if name == "preset":
        return str(PRESETS[text][1])
    if name == "event":
        return str(EVENTS[Event(text)].label)
    if name == "outcome":
        return str(_("Any failure") if text == ANY_FAILURE else OUTCOMES[Outcome(text)].label)
    if name == "begun":
        return _("with what was begun")
    if name in ("since", "until"):
        return text.replace("T", " ").removesuffix("Z") + " UTC"
    return text
