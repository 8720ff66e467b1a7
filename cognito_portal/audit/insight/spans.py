"""Stretches of time in UTC, and the whole hours, days and months in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Grain(StrEnum):
    """How long a bar of a chart is."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


HOURS_UP_TO = timedelta(days=7)
DAYS_UP_TO = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` up to `until`, which is not part of it."""

    since: datetime
    until: datetime

    @property
    def grain(self) -> Grain:
        """The length of bars that makes a chart of this span readable."""
        length = self.until - self.since
        if length <= HOURS_UP_TO:
            return Grain.HOUR
        return Grain.DAY if length <= DAYS_UP_TO else Grain.MONTH

    def pieces(self, grain: Grain) -> Iterator["Span"]:
        """The bars of this span; the first and the last end where it ends."""
        start = floor(self.since, grain)
        while start < self.until:
            end = following(start, grain)
            yield Span(max(start, self.since), min(end, self.until))
            start = end


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A span in whole days, whole hours beside them, and what is left at its edges."""

    days: tuple[Span, ...]
    hours: tuple[Span, ...]
    edges: tuple[Span, ...]

    @property
    def whole(self) -> Span | None:
        """The whole hours and days together, which are one span."""
        inner = sorted([*self.days, *self.hours], key=lambda span: span.since)
        return Span(inner[0].since, inner[-1].until) if inner else None


def split(span: Span, *, by_hour: bool) -> Split:
    """Cut a span up; `by_hour` leaves days in hours."""
    first, last = _ceiling(span.since, Grain.HOUR), floor(span.until, Grain.HOUR)
    if first >= last:
        return Split(days=(), hours=(), edges=(span,))
    edges = _spans((span.since, first), (last, span.until))
    first_day, last_day = _ceiling(first, Grain.DAY), floor(last, Grain.DAY)
    if by_hour or first_day >= last_day:
        return Split(days=(), hours=(Span(first, last),), edges=edges)
    return Split(
        days=(Span(first_day, last_day),), hours=_spans((first, first_day), (last_day, last)), edges=edges
    )


def _spans(*ends: tuple[datetime, datetime]) -> tuple[Span, ...]:
    return tuple(Span(since, until) for since, until in ends if since < until)


def floor(moment: datetime, grain: Grain) -> datetime:
    """The beginning of the hour, day or month."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    if grain is Grain.HOUR:
        return hour
    day = hour.replace(hour=0)
    return day if grain is Grain.DAY else day.replace(day=1)


def following(start: datetime, grain: Grain) -> datetime:
    """The beginning of the next hour, day or month."""
    match grain:
        case Grain.HOUR:
            return start + HOUR
        case Grain.DAY:
            return start + DAY
    return (start + timedelta(days=32)).replace(day=1)


def _ceiling(moment: datetime, grain: Grain) -> datetime:
    start = floor(moment, grain)
    return start if start == moment else following(start, grain)
