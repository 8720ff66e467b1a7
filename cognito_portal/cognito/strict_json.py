"""JSON as this room accepts it: one object, no two readings of it, and nothing that breaks further in."""

import json
from typing import Any, NoReturn

DEPTH_CAP = 20


def loads(body: bytes) -> dict[str, Any]:
    """Return the object in `body`, which must be UTF-8 without a BOM.

    Raises ValueError for anything else: duplicate keys, NaN or Infinity, nesting deeper than 20, NUL or lone
    surrogates in strings (ASVS 1.5.3).
    """
    text = body.decode("utf-8")
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(value, dict):
        raise ValueError("not an object")
    # Neither depth nor a bad character can arise without these, and nearly all answers have neither.
    if text.count("{") + text.count("[") > DEPTH_CAP or "\\u" in text:
        _check(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("not a JSON number")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _check(root: Any) -> None:
    level = [root]
    for _ in range(DEPTH_CAP):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.keys())
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, str):
                _check_text(value)
        if not below:
            return
        level = below
    if any(isinstance(value, dict | list) for value in level):
        raise ValueError("nested too deep")
    for value in level:
        if isinstance(value, str):
            _check_text(value)


def _check_text(text: str) -> None:
    text.encode("utf-8")
    if "\0" in text:
        raise ValueError("NUL in a string")
