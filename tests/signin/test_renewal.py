"""Renewal for the script of the new-password page: JSON whatever happens, and nothing asked for is forgotten."""

from typing import Any

from tests.signin.browsing import GOOD_PASSWORD, Tab
from tests.signin.stub import StubCognito, Ways

JSON = {"HTTP_ACCEPT": "application/json"}


def renewed(tab: Tab, password: str, **hidden: str) -> Any:
    form = {**tab.hidden, **hidden, "password": password}
    return tab.client.post("/sign-in/renew/", form, **JSON)


def test_renewal_without_a_session_sends_to_the_start_in_json(stub: StubCognito, tab: Tab) -> None:
    user = stub.invite()
    tab.start(user.username, user.password)
    tab.client.cookies.clear()
    answer = renewed(tab, user.password)
    assert answer.status_code == 409
    assert answer.json()["redirect"] == "/sign-in/"


def test_renewal_from_an_older_form_leads_to_the_open_step(stub: StubCognito, tab: Tab) -> None:
    user = stub.invite()
    tab.start(user.username, user.password)
    answer = renewed(tab, user.password, turn="7")
    assert (answer.status_code, answer.json()["redirect"]) == (409, "/sign-in/new-password/")


def test_renewed_step_still_asks_for_what_a_refusal_asked_for(stub: StubCognito, tab: Tab) -> None:
    stub.ways = Ways(required="refusal")
    user = stub.invite(lacks=("name",))
    tab.start(user.username, user.password)
    tab.answer()
    assert tab.asked == ["userAttributes.name"]
    stub.reinvite(user)
    answer = renewed(tab, user.password).json()
    hidden = {"attempt": answer["attempt"], "turn": str(answer["turn"])}
    form = {**hidden, "userAttributes.name": "Nia", "new_password": GOOD_PASSWORD}
    tab.post("/sign-in/new-password/", form)
    assert tab.path == "/sign-in/done/"


def test_without_a_checklist_the_text_names_the_rule(stub: StubCognito, tab: Tab) -> None:
    user = stub.invite()
    tab.start(user.username, user.password)
    assert "The rules are not known here" in tab.text
    tab.answer("short")
    assert "This password is too short. Choose a longer one." in tab.text
