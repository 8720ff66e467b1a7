"""Reading pages as a browser does: inputs, elements, and nothing by regular expression."""

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client


class Browser(Client):
    """A browser without JavaScript that speaks TLS, at an address of its own."""

    def __init__(self, address: str = "192.0.2.1", **more: Any) -> None:
        more.setdefault("headers", {"host": "localhost"})
        super().__init__(REMOTE_ADDR=address, **more)

    def generic(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().generic(*args, **{**kwargs, "secure": True})
        return response


class Page(HTMLParser):
    """A page that was read: `elements` are (tag, attributes) in their order, `texts` what stands between."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """The page without what stands in it: tags and the names of their attributes."""
        return [(tag, tuple(attributes)) for tag, attributes in self.elements]

    @property
    def text(self) -> str:
        return "".join(self.texts)


def hidden_inputs(html: str) -> dict[str, str]:
    """The hidden inputs of a page, those of the CSRF check included."""
    return {
        attributes["name"]: attributes.get("value", "")
        for tag, attributes in Page(html).elements
        if tag == "input" and attributes.get("type") == "hidden"
    }
