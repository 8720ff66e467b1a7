"""What the tests of the auditors' pages read pages and rows with."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from tests.audit.rows import stored
from tests.audit.visitors import URL

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SEARCHES = f"{URL}searches/"
NASTY = '"><script>alert(1)</script>\u2028\r\n\x1b[31m'


class _Markup(HTMLParser):
    """What of a page a browser would run or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.inline_scripts = 0
        self.handlers: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.inline_scripts += tag == "script" and "src" not in named
        self.handlers += [name for name in named if name.startswith("on") or name == "style"]
        self.links += [named["href"] or ""] if tag == "a" and "href" in named else []


def markup_of(page: Any) -> _Markup:
    markup = _Markup()
    markup.feed(page.content.decode())
    return markup


def assert_harmless(page: Any) -> None:
    markup = markup_of(page)
    assert (markup.inline_scripts, markup.handlers) == (0, [])
    assert all(link.startswith(("/", "?", "#", "mailto:")) for link in markup.links)


def row_url(row_id: int) -> str:
    return f"{URL}rows/{row_id}/"


def last_row() -> dict[str, Any]:
    return stored()[-1]
