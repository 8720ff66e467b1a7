"""Lists in pages: where a page ends, a token says where the next one begins."""

from collections.abc import Sequence
from typing import TypeVar

from cognito_portal.demo.wire import invalid_parameter

Item = TypeVar("Item")


def page(items: Sequence[Item], *, size: int, token: str | None) -> tuple[Sequence[Item], str | None]:
    """Return one page and the token of the next, None after the last; refuse a token that is none of ours."""
    if token is not None and not (token.isascii() and token.isdigit()):
        raise invalid_parameter("Invalid pagination token.")
    start = int(token or 0)
    end = start + size
    return items[start:end], str(end) if end < len(items) else None
