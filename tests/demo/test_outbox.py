"""The outbox: what would have been sent, as a page and as JSON, read only."""

import pytest
import requests

from cognito_portal.demo.outbox import Message
from cognito_portal.demo.outbox_pages import page

from .conftest import Caller


def test_messages_are_newest_first(api: Caller) -> None:
    first, second = api.invite(), api.invite()
    messages = requests.get(api.cognito.outbox_url + "/messages.json", timeout=20).json()
    assert [message["username"] for message in messages[:2]] == [second, first]


def test_message_has_its_fields(api: Caller) -> None:
    message = api.outbox(api.invite())[0]
    assert set(message) == {"to", "medium", "subject", "body", "at", "kind", "username"}


def test_page_shows_the_messages(api: Caller) -> None:
    user = api.invite()
    answer = requests.get(api.cognito.outbox_url + "/", timeout=20)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert f"{user}@example.com" in answer.text


def test_codes_stand_on_a_page_without_invitations(api: Caller) -> None:
    user = api.invite()
    invited = api.confirm()
    api.call("ForgotPassword", ClientId=api.client_id, Username=invited)
    text = requests.get(api.cognito.outbox_url + "/codes", timeout=20).text
    assert f"Your password reset code is {api.code(invited)}" in text
    assert f"{user}@example.com" not in text


def test_page_escapes_what_it_shows() -> None:
    hostile = Message("<a>", "EMAIL", "<b>", "<script>alert(1)</script>", "now", "<k>", "<u>")
    assert "<script>" not in page([hostile])


def test_empty_outbox_says_so() -> None:
    assert "Nothing has been sent yet." in page([])


@pytest.mark.parametrize("path", ["/", "/messages.json"])
def test_foreign_host_reads_nothing(api: Caller, path: str) -> None:
    answer = requests.get(api.cognito.outbox_url + path, headers={"Host": "evil.example"}, timeout=20)
    assert answer.status_code == 403
    assert "password" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_outbox_is_read_only(api: Caller, method: str) -> None:
    assert requests.request(method, api.cognito.outbox_url + "/", timeout=20).status_code == 501


def test_unknown_page_is_not_found(api: Caller) -> None:
    assert requests.get(api.cognito.outbox_url + "/x", timeout=20).status_code == 404
