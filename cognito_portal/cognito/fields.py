"""Fields of a reply, each of the type AWS gives it: whatever else is found there is a `Misfit`."""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Protocol, TypeVar

from cognito_portal.cognito.errors import CognitoUnavailable

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# The end of the year 9999, after which no calendar here can show a date.
LAST_SECOND = 253_402_300_800


class Misfit(Exception):
    """A field is missing or of the wrong type."""


class Reader(Protocol[T_co]):
    """Turns a reply's payload into a type. Raises `CognitoUnavailable` where it does not fit."""

    def __call__(self, payload: Mapping[str, Any], *, operation: str, request_id: str | None) -> T_co: ...


def reader(build: Callable[[Mapping[str, Any], str | None], T]) -> Reader[T]:
    """Make a reader of `build`, which is given payload and request id and raises `Misfit`."""

    @wraps(build)
    def read(payload: Mapping[str, Any], *, operation: str, request_id: str | None) -> T:
        try:
            return build(payload, request_id)
        except Misfit:
            pass
        # Raised here, outside the handler: the frames of the cause hold the reply.
        raise CognitoUnavailable("garbage", operation=operation, request_id=request_id)

    return read


def required(source: Mapping[str, Any], key: str, kind: type[T]) -> T:
    """Return the value of `key`. Raises `Misfit` where it is missing, null or of another type."""
    value = optional(source, key, kind)
    if value is None:
        raise Misfit
    return value


def optional(source: Mapping[str, Any], key: str, kind: type[T]) -> T | None:
    """Return the value of `key`, None where it is missing or null. Raises `Misfit` for another type."""
    value = source.get(key)
    # bool is an int to isinstance, and never what a number field means.
    if value is None or (isinstance(value, kind) and not (kind is int and isinstance(value, bool))):
        return value
    raise Misfit


def flag(source: Mapping[str, Any], key: str, *, default: bool = False) -> bool:
    """Return a boolean that AWS leaves out where it is `default`."""
    value = optional(source, key, bool)
    return default if value is None else value


def names(source: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    """Return a list of strings, None where it is missing."""
    values = optional(source, key, list)
    if values is None:
        return None
    if not all(isinstance(value, str) for value in values):
        raise Misfit
    return tuple(values)


def dicts(source: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return a list of objects, empty where it is missing."""
    values = optional(source, key, list) or []
    if not all(isinstance(value, dict) for value in values):
        raise Misfit
    return values


def strings(source: Mapping[str, Any]) -> Mapping[str, str]:
    """Return an object that holds strings only."""
    if not all(isinstance(value, str) for value in source.values()):
        raise Misfit
    return dict(source)


def bound(value: object) -> int | None:
    """Return a bound of the pool's schema, which AWS writes as a string of digits."""
    if value is None:
        return None
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    raise Misfit


def seconds(source: Mapping[str, Any], key: str) -> float | None:
    """Return a date as epoch seconds, possibly fractional, None where it is missing."""
    value = source.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < LAST_SECOND:
        return float(value)
    raise Misfit


def pairs(source: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return a list of {Name, Value} as a mapping; AWS leaves the value of an empty one out."""
    return {required(each, "Name", str): optional(each, "Value", str) or "" for each in dicts(source, key)}
