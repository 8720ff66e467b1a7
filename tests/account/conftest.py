"""A person at their account on the embedded Cognito, with a browser that sends the forms it is shown."""

import re
import time
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse

from cognito_portal.audit.queries import Row
from tests.audit.rows import shown
from tests.conftest import Portal
from tests.demo.conftest import GOOD_PASSWORD, Caller
from tests.signin.browsing import Tab, new_client
from tests.signin.conftest import aws_keys, stub, stub_server, tab

__all__ = ["aws_keys", "stub", "stub_server", "tab"]

_FORM = re.compile(r'<form method="post" action="([^"]*)".*?</form>', re.DOTALL)
_INPUT = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class Clock:
    """The portal's own time, moved on by a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.offset_s, real = 0.0, time.time
        monkeypatch.setattr(time, "time", lambda: real() + self.offset_s)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@dataclass
class Person:
    """Somebody who is signed in, in one browser. More browsers of theirs come from `elsewhere`."""

    api: Caller
    username: str
    password: str = GOOD_PASSWORD
    tab: Tab = field(default_factory=Tab)

    def sign_in(self) -> "Person":
        self.tab.start(self.username, self.password)
        assert self.tab.path == "/account/", (self.tab.path, self.tab.text)
        return self

    def elsewhere(self, address: str = "198.51.100.7") -> "Person":
        """The same person, or whoever else knows the password, in another browser."""
        other = Person(self.api, self.username, self.password, Tab(new_client(address)))
        return other.sign_in()

    def get(self, path: str) -> HttpResponse:
        return self.tab.get(path)

    def forms(self) -> list[tuple[str, dict[str, str]]]:
        """(action, hidden inputs) of each form of the page that is shown."""
        content = self.tab.page.content.decode() if self.tab.page else ""
        return [
            (form[1], {name: unescape(value) for name, value in _INPUT.findall(form[0])})
            for form in _FORM.finditer(content)
        ]

    def form(self, action: str, **hidden: str) -> dict[str, str]:
        """The hidden inputs of the form for this address, of the one with these values where there are more."""
        for address, inputs in self.forms():
            if address == action and hidden.items() <= inputs.items():
                return inputs
        raise AssertionError(f"no form for {action} with {hidden} on {self.tab.path}: {self.forms()}")

    def send(self, page: str, action: str, which: dict[str, str] | None = None, **typed: str) -> HttpResponse:
        """Open a page, fill in one of its forms, send it, and follow to the page after it."""
        self.get(page)
        return self.tab.post(action, self.form(action, **(which or {})) | typed)

    @property
    def text(self) -> str:
        return self.tab.text

    def rows(self, event: str) -> list[Row]:
        return [row for row in shown() if row.event == event]

    def outcomes(self, event: str) -> list[str]:
        """How the calls of this event ended."""
        return [row.outcome for row in self.rows(event) if row.phase != "begin"]

    def user(self) -> dict[str, Any]:
        """What Cognito itself has of this person."""
        return self.api.signed("AdminGetUser", Username=self.username).body

    def attribute(self, name: str) -> str:
        pairs = {item["Name"]: item["Value"] for item in self.user()["UserAttributes"]}
        return str(pairs.get(name, ""))


@pytest.fixture
def person(portal: Portal) -> Person:
    return Person(portal.api, portal.api.confirm()).sign_in()
