"""What staff typed to search for, kept in their session under a key that tells nothing.

It may be somebody's name, and the address of a page stands in the logs of every proxy.
"""

import re
import secrets
from collections.abc import Mapping

from django.http import HttpRequest

SESSION_KEY = "desk_typed"
KEPT = 20
_KEY = re.compile(r"[0-9a-f]{16}")


class NotKept(LookupError):
    """Nothing is kept under this key: it is another session's, or newer ones took its place."""


def keep(request: HttpRequest, typed: Mapping[str, str]) -> str:
    """The key under which this is kept; empty where nothing was typed."""
    if not typed:
        return ""
    kept: dict[str, dict[str, str]] = request.session.get(SESSION_KEY, {})
    for key, earlier in kept.items():
        if earlier == dict(typed):
            return key
    key = secrets.token_hex(8)
    newest = list(kept.items())[-(KEPT - 1) :]
    request.session[SESSION_KEY] = dict([*newest, (key, dict(typed))])
    return key


def recall(request: HttpRequest, key: str) -> dict[str, str]:
    """What is kept under a key; nothing under none. Raises NotKept."""
    if not key:
        return {}
    kept: dict[str, dict[str, str]] = request.session.get(SESSION_KEY, {})
    if not _KEY.fullmatch(key) or key not in kept:
        raise NotKept
    return kept[key]
