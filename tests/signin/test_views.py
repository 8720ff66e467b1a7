"""What each page answers: status, words and headers."""

import secrets
import time

import pytest
from pytest_django import Settings

from tests.audit.rows import stored
from tests.signin.browsing import GOOD_PASSWORD, Tab, new_client
from tests.signin.stub import StubCognito

FORM = "/sign-in/new-password/"


def on_the_form(stub: StubCognito, tab: Tab) -> str:
    user = stub.invite()
    tab.start(user.username, user.password)
    return user.username


def test_the_sign_in_page_can_be_filled_in_by_its_address(stub: StubCognito, tab: Tab) -> None:
    tab.get("/sign-in/?username=newhire&password=Secret-1-pass")
    assert 'value="newhire"' in tab.text
    assert "Secret-1-pass" not in tab.text


@pytest.mark.parametrize(
    ("username", "password", "text"),
    [("", "p", "Type your username."), ("u", "", "Type your password."), ("u" * 129, "p", "at most 128")],
)
def test_what_is_missing_is_said_beside_its_field(
    stub: StubCognito, tab: Tab, username: str, password: str, text: str
) -> None:
    tab.start(username, password)
    assert tab.status == 400
    assert text in tab.text
    assert stub.calls == []
    assert stored()[-1]["event"] == "signin.input_refused"


def test_every_refusal_is_the_same_page(stub: StubCognito) -> None:
    pages, refusals = [], ("User is disabled.", "User does not exist.", "Password attempts exceeded", "")
    for message in refusals:
        tab = Tab(new_client())
        body = b'{"__type":"NotAuthorizedException","message":"' + message.encode() + b'"}'
        stub.faults.append(lambda body=body: (400, body))
        tab.start("somebody", "Wrong-1-password")
        pages.append((tab.status, tab.text.replace(tab.hidden["attempt"], "")))
    assert len({(status, _without_token(text)) for status, text in pages}) == 1
    assert pages[0][0] == 403
    assert len({row["outcome"] for row in stored() if row["phase"] == "end"}) == 3


def _without_token(text: str) -> str:
    start, _, rest = text.partition('name="csrfmiddlewaretoken" value="')
    return start + rest[64:]


@pytest.mark.parametrize(
    ("password", "hint"), [(" Pasted-1-pass", "begins or ends with a blank"), ("Pasted-1-pass.", "full stop")]
)
def test_what_a_paste_picked_up_is_pointed_out_and_sent_all_the_same(
    stub: StubCognito, tab: Tab, password: str, hint: str
) -> None:
    tab.start("somebody", password)
    assert hint in tab.text.split('id="password-hint"')[1]
    assert stub.calls[0].body["AuthParameters"]["PASSWORD"] == password


def test_a_full_counter_says_when_to_come_back(stub: StubCognito, tab: Tab, settings: Settings) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = 1
    tab.start("somebody", "Wrong-1-password")
    tab.start("somebody", "Wrong-1-password")
    assert tab.status == 429
    assert tab.page is not None and 1 <= int(tab.page["Retry-After"]) <= 15 * 60
    assert 'value="somebody"' in tab.text
    assert stub.count("InitiateAuth") == 1


def test_what_was_typed_is_kept_but_for_the_password(stub: StubCognito, tab: Tab) -> None:
    on_the_form(stub, tab)
    tab.answer("short", "Zoë Newton")
    assert 'value="Zoë Newton"' in tab.text
    assert "short" not in tab.text.replace("too short", "")


def test_an_expired_step_starts_again_with_the_name(
    stub: StubCognito, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, now = on_the_form(stub, tab), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 15 * 60 + 1)
    tab.answer()
    assert tab.path == "/sign-in/"
    assert "The time for this step was over" in tab.text
    assert f'value="{name}"' in tab.text
    assert stub.count("RespondToAuthChallenge") == 0
    assert stored()[-1]["event"] == "signin.expired"


def test_renewing_gives_a_new_session_for_the_same_form(stub: StubCognito, tab: Tab) -> None:
    on_the_form(stub, tab)
    form = {**tab.hidden, "userAttributes.name": "N", "new_password": GOOD_PASSWORD}
    renewed = tab.renew("Temporary-1-pass").json()
    assert renewed.keys() == {"attempt", "turn", "remaining_s", "expiry_known", "csrf_token"}
    tab.post(FORM, {**form, "turn": renewed["turn"]})
    assert tab.path == "/sign-in/done/"
    assert stub.calls[-1].body["Session"] == stub.calls[1].session


def test_renewing_takes_the_name_from_the_attempt(stub: StubCognito, tab: Tab) -> None:
    name = on_the_form(stub, tab)
    fields = {**tab.hidden, "username": "somebody-else", "password": "Temporary-1-pass"}
    tab.client.post("/sign-in/renew/", fields)
    assert stub.calls[-1].body["AuthParameters"]["USERNAME"] == name


@pytest.mark.parametrize(("password", "status"), [("Wrong-1-password", 403), ("", 400)])
def test_a_renewal_that_fails_says_so_and_can_be_tried_again(
    stub: StubCognito, tab: Tab, password: str, status: int
) -> None:
    on_the_form(stub, tab)
    answer = tab.renew(password)
    assert answer.status_code == status
    again = {**tab.hidden, "turn": answer.json()["turn"], "password": "Temporary-1-pass"}
    assert tab.client.post("/sign-in/renew/", again).status_code == 200


def test_renewing_where_the_password_was_set_meanwhile_goes_to_the_account(
    stub: StubCognito, tab: Tab
) -> None:
    name = on_the_form(stub, tab)
    stub.users[name].is_temporary = False
    assert tab.renew("Temporary-1-pass").json() == {"redirect": "/account/"}


@pytest.mark.parametrize("name", ["newhire", "nobody"])
def test_asking_for_an_invitation_answers_the_same_for_every_name(
    stub: StubCognito, tab: Tab, name: str
) -> None:
    stub.invite("newhire")
    tab.get("/sign-in/invitation/")
    tab.post("/sign-in/invitation/", {"username": name})
    assert (tab.path, tab.status) == ("/sign-in/invitation/sent/", 200)
    assert name not in tab.text
    assert stub.calls == []
    assert stored()[-1]["outcome"] == "recorded"


def test_asking_again_for_an_invitation_adds_nothing_and_locks_nobody(stub: StubCognito, tab: Tab) -> None:
    statuses = []
    for _ in range(3):
        tab.post("/sign-in/invitation/", {"username": "newhire"})
        statuses.append(tab.status)
    assert statuses == [200, 200, 200]
    asked = [row["phase"] for row in stored() if row["event"] == "signin.invitation_requested"]
    assert asked == ["begin", "end"]
    tab.start("newhire", "Wrong-1-password")
    assert tab.status == 403


def test_a_reload_of_the_last_page_does_nothing_again(stub: StubCognito, tab: Tab) -> None:
    on_the_form(stub, tab)
    tab.answer()
    calls, rows = _sign_in_calls(stub), len(stored())
    for path in ("/sign-in/done/", FORM, "/sign-in/", "/account/"):
        tab.get(path)
        assert tab.status == 200
    assert (_sign_in_calls(stub), len(stored())) == (calls, rows)


def _sign_in_calls(stub: StubCognito) -> int:
    return sum(call.operation != "GetUser" for call in stub.calls)


def test_a_body_that_is_too_long_is_refused_before_anything(stub: StubCognito, tab: Tab) -> None:
    tab.post("/sign-in/", {"username": "u", "password": "p" * 70_000})
    assert tab.status == 400
    assert stub.calls == []


def test_a_form_of_another_site_is_refused_with_a_row(stub: StubCognito) -> None:
    tab = Tab(new_client(enforce_csrf_checks=True))
    fields = {"attempt": secrets.token_hex(16), "username": "u", "password": "p"}
    tab.post("/sign-in/", fields)
    assert tab.status == 403
    assert "open too long" in tab.text
    assert (stored()[-1]["event"], stub.calls) == ("signin.csrf_failed", [])
