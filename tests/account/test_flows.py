import itertools
import re
import secrets

import pytest
from django.db import OperationalError
from django.db.backends.sqlite3.base import DatabaseWrapper

from tests.audit.rows import shown, stored
from tests.signin.browsing import Tab, session_of
from tests.signin.conftest import stub, stub_server, tab
from tests.signin.stub import StubCognito, StubUser

__all__ = ["stub", "stub_server", "tab"]


def signed_in(stub: StubCognito, tab: Tab) -> StubUser:
    user = stub.confirm()
    tab.start(user.username, user.password)
    assert tab.path == "/account/"
    return user


def test_the_account_page_says_who_and_since_when(stub: StubCognito, tab: Tab) -> None:
    user = signed_in(stub, tab)
    assert user.username in tab.text
    assert "Signed in since" in tab.text
    assert not re.search(r"eyJ[\w-]+\.eyJ", tab.text)


@pytest.mark.parametrize("path", ["/account/", "/sign-in/done/"])
def test_nobody_signed_in_is_sent_to_the_start(stub: StubCognito, tab: Tab, path: str) -> None:
    tab.get(path)
    assert tab.path == "/sign-in/"


def test_signing_out_revokes_and_ends_the_session(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    was = tab.cookie
    answer = tab.client.post("/account/sign-out/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert session_of(was) == {}
    assert stub.count("RevokeToken") == 1
    assert [row["phase"] for row in stored() if row["event"] == "account.signed_out"] == ["begin", "end"]


def test_signing_out_is_no_link(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    assert tab.client.get("/account/sign-out/").status_code == 405
    assert tab.session()["cognito_user"]


def test_signing_out_twice_revokes_once(stub: StubCognito, tab: Tab) -> None:
    signed_in(stub, tab)
    cookies = dict(tab.client.cookies)
    tab.client.post("/account/sign-out/")
    tab.client.cookies.update(cookies)
    tab.client.post("/account/sign-out/")
    assert stub.count("RevokeToken") == 1


def test_a_session_whose_key_is_gone_can_be_left(stub: StubCognito, tab: Tab, settings: object) -> None:
    signed_in(stub, tab)
    was = tab.cookie
    settings.SECRET_KEY = secrets.token_hex(32)  # type: ignore[attr-defined]
    tab.post("/account/sign-out/", {})
    assert tab.path == "/sign-in/"
    assert stub.count("RevokeToken") == 0
    tab.get("/account/")
    assert tab.path == "/sign-in/"
    assert was


def test_sign_out_that_cannot_be_written_can_be_tried_again(
    stub: StubCognito, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(stub, tab)

    commits = itertools.count(1)

    def full_at_the_second_commit(database: DatabaseWrapper) -> None:
        if next(commits) == 2:
            raise OperationalError("database or disk is full")
        database.connection.commit()

    with monkeypatch.context() as patch:
        # A disk that is full at the very commit cannot be had otherwise.
        patch.setattr(DatabaseWrapper, "_commit", full_at_the_second_commit)
        answer = tab.client.post("/account/sign-out/")
    assert answer.status_code == 503
    assert not [name for name in answer.cookies if "sessionid" in name]
    assert tab.session()["cognito_user"]
    tab.client.post("/account/sign-out/")
    assert tab.session() == {}


def test_sign_in_over_another_person_leaves_a_row_of_the_end_of_theirs(stub: StubCognito, tab: Tab) -> None:
    first = signed_in(stub, tab)
    second = stub.confirm()
    tab.post("/sign-in/", {"username": second.username, "password": second.password})
    (ended,) = [row for row in shown() if row.event == "account.session_ended"]
    assert (ended.username, ended.outcome) == (first.username, "recorded")
