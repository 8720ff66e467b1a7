"""Passkeys, made by an authenticator in memory in the browser's place."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.core import mail

from tests.account.conftest import Person
from tests.audit.rows import stored
from tests.demo.authenticator import Authenticator

PAGE, BEGIN = "/account/passkeys/", "/account/passkeys/begin/"
ADD, REMOVE = "/account/passkeys/add/", "/account/passkeys/remove/"
ORIGIN = "http://localhost:8000"
_OPTIONS = re.compile(r'<script id="passkey-options" type="application/json">(.*?)</script>')


def begin(person: Person) -> dict[str, Any]:
    """Open the page that asks the browser; return what it asks it with."""
    person.send(PAGE, BEGIN)
    assert person.tab.path == ADD
    assert person.tab.page is not None
    found = _OPTIONS.search(person.tab.page.content.decode())
    assert found
    options: dict[str, Any] = json.loads(found[1])
    return options


def add(person: Person) -> dict[str, Any]:
    credential = Authenticator().create(begin(person), ORIGIN)
    person.tab.post(ADD, person.form(ADD) | {"credential": json.dumps(credential)})
    return credential


def test_passkey_is_added_listed_and_told(person: Person) -> None:
    add(person)
    assert (person.tab.path, "Your passkey is added" in person.text) == (PAGE, True)
    assert len([form for form in person.forms() if form[0] == REMOVE]) == 1
    assert "A passkey was added" in mail.outbox[0].body


def test_passkey_is_removed(person: Person) -> None:
    add(person)
    person.send(PAGE, REMOVE)
    assert "The passkey is removed" in person.text
    assert not [form for form in person.forms() if form[0] == REMOVE]
    assert person.outcomes("account.passkey_removed") == ["success"]


def test_page_loaded_again_asks_with_the_same_options(person: Person) -> None:
    options = begin(person)
    person.get(ADD)
    assert person.tab.page is not None
    assert json.loads(unescape(_OPTIONS.findall(person.tab.page.content.decode())[0])) == options


def test_passkey_made_elsewhere_is_refused(person: Person) -> None:
    credential = Authenticator().create(begin(person), "https://evil.example")
    person.tab.post(ADD, person.form(ADD) | {"credential": json.dumps(credential)})
    assert person.tab.status == 400
    assert person.outcomes("account.passkey_added") == ["success", "passkey_refused"]


@pytest.mark.parametrize("credential", ["", "[]", "{", "null", "[" * 5000])
def test_what_is_no_credential_is_not_sent(person: Person, credential: str) -> None:
    begin(person)
    person.tab.post(ADD, person.form(ADD) | {"credential": credential})
    assert person.tab.status == 400
    assert person.outcomes("account.input_refused") == ["input_refused"]


def test_page_says_where_passkeys_are_possible(person: Person, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["portal.example"]
    answer = person.tab.client.get(PAGE, headers={"host": "portal.example"})
    assert "only at <strong>localhost</strong>" in answer.content.decode()


def test_nothing_that_makes_a_passkey_stands_in_a_row(person: Person) -> None:
    options = begin(person)
    assert options["challenge"] not in repr(stored()) + repr(person.tab.session())
