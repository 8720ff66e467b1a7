"""The walk under any order of events: two people, two browsers with two tabs each, and a clock that moves.

The stub Cognito is the judge of who may be let in; the machine holds every request against what it saw and
against what the database holds. `make test` plays a few sequences; more with

    WALK_SEQUENCES=5000 python -m pytest tests/signin/test_state_machine.py --timeout=0
"""

import os
import secrets
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar
from unittest import mock

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from cognito_portal.audit import queries
from cognito_portal.cognito.errors import Cause
from tests.signin.browsing import GOOD_PASSWORD, Seen, Tab, new_client, session_of
from tests.signin.stub import Received, StubCognito, StubUser

SEQUENCES = int(os.environ.get("WALK_SEQUENCES", "80"))
STEPS = 30
FORM = "/sign-in/new-password/"
SIGN_IN = frozenset({"InitiateAuth", "RespondToAuthChallenge"})
PATHS = (
    "/",
    "/sign-in/",
    FORM,
    "/sign-in/renew/",
    "/sign-in/done/",
    "/sign-in/ended/",
    "/sign-in/invitation/",
    "/sign-in/invitation/sent/",
    "/sign-in/forgot-password/",
    "/sign-in/confirm-account/",
    "/account/",
    "/account/sign-out/",
    "/audit/",
    "/staff/sign-in/",
    "/staff/sign-out/",
    "/nowhere/",
)
TAMPERED = ("next turn", "last turn", "no turn", "huge turn", "no attempt", "random attempt", "other browser")
EXPECTED = {
    "InitiateAuth tokens",
    "InitiateAuth challenge",
    "InitiateAuth NotAuthorizedException",
    "RespondToAuthChallenge tokens",
}
SINGLE = st.integers(0, 1)
real_time = time.time


class Walks(RuleBasedStateMachine):
    """One sequence. Each rule sends at most one form; `_send` holds the request against the judge."""

    stub: ClassVar[StubCognito]
    met: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.stub.reset()
        Session.objects.all().delete()
        self.cast = [self.stub.invite(f"{name}-{secrets.token_hex(4)}") for name in ("alice", "bob")]
        clients = [new_client("192.0.2.1"), new_client("192.0.2.2")]
        self.tabs = [[Tab(client), Tab(client)] for client in clients]
        self.sent: list[tuple[int, str, dict[str, str]]] = []
        # Which browser a Session of Cognito's was given to, for which attempt, and who sat there.
        self.origin: dict[str, tuple[int, str, str]] = {}
        self.first_row = self.last_row = self._newest_row()
        self.offset_s = 0.0
        self.clock = mock.patch("time.time", lambda: real_time() + self.offset_s)
        self.clock.start()

    def teardown(self) -> None:
        self.clock.stop()

    # --- what people do

    @rule(b=SINGLE, t=SINGLE, u=SINGLE, kind=st.sampled_from(["right", "right", "right", "wrong", "empty"]))
    def start(self, b: int, t: int, u: int, kind: str) -> None:
        self._get(b, t, "/sign-in/")
        if "attempt" not in self.tabs[b][t].hidden:
            # Whoever is signed in is sent to their account; a form of an older page can still be sent.
            hidden = {"attempt": secrets.token_hex(16)}
        else:
            hidden = self.tabs[b][t].hidden
        password = {"right": self.cast[u].password, "wrong": "Wrong-1-password", "empty": ""}[kind]
        fields = {**hidden, "username": self.cast[u].username, "password": password}
        self._post(b, t, "/sign-in/", fields, typed=self.cast[u].username)

    @rule(b=SINGLE, t=SINGLE, u=SINGLE)
    def start_well(self, b: int, t: int, u: int) -> None:
        self.start(b, t, u, "right")

    @precondition(lambda self: self._live_tabs())
    @rule(data=st.data())
    def answer_well(self, data: st.DataObject) -> None:
        b, t = data.draw(st.sampled_from(self._live_tabs()))
        self._post(b, t, FORM, self._filled(b, t, "good"))

    @precondition(lambda self: self._tabs_on_form())
    @rule(data=st.data(), kind=st.sampled_from(["good", "weak", "weak", "temporary", "blank", "no name"]))
    def answer(self, data: st.DataObject, kind: str) -> None:
        b, t = data.draw(st.sampled_from(self._tabs_on_form()))
        self._post(b, t, FORM, self._filled(b, t, kind))

    @precondition(lambda self: self._live_tabs())
    @rule(data=st.data(), what=st.sampled_from(TAMPERED))
    def answer_tampered(self, data: st.DataObject, what: str) -> None:
        b, t = data.draw(st.sampled_from(self._live_tabs()))
        fields = self._filled(b, t, "good")
        turn = int(fields["turn"])
        other = self.tabs[1 - b][t].hidden.get("attempt", "")
        fields |= {
            "next turn": {"turn": str(turn + 1)},
            "last turn": {"turn": str(turn - 1)},
            "no turn": {"turn": ""},
            "huge turn": {"turn": "9" * 5000},
            "no attempt": {"attempt": ""},
            "random attempt": {"attempt": secrets.token_hex(16)},
            "other browser": {"attempt": other},
        }[what]
        calls = len(self.stub.calls)
        self._post(b, t, FORM, fields)
        assert len(self.stub.calls) == calls
        assert self.tabs[b][t].status == 409

    @precondition(lambda self: self._live_tabs())
    @rule(data=st.data(), kind=st.sampled_from(["right", "right", "wrong", "empty"]))
    def renew(self, data: st.DataObject, kind: str) -> None:
        b, t = data.draw(st.sampled_from(self._live_tabs()))
        seen = Seen.of(self.tabs[b][t])
        name = seen.attempt.username if seen.attempt else ""
        user = next((user for user in self.cast if user.username == name), self.cast[0])
        password = {"right": user.password, "wrong": "Wrong-1-password", "empty": ""}[kind]
        fields = {**self.tabs[b][t].hidden, "password": password}
        self._post(b, t, "/sign-in/renew/", fields, keeps_page=True)

    @rule(b=SINGLE, t=SINGLE)
    def reload(self, b: int, t: int) -> None:
        self._get(b, t, self.tabs[b][t].path or "/sign-in/")

    @rule(b=SINGLE, t=SINGLE, path=st.sampled_from(PATHS))
    def visit(self, b: int, t: int, path: str) -> None:
        self._get(b, t, path)

    @rule(b=SINGLE, t=SINGLE, path=st.sampled_from(PATHS))
    def post_nothing(self, b: int, t: int, path: str) -> None:
        signs_out = path == "/account/sign-out/"
        calls = len(self.stub.calls)
        self._post(b, t, path, {})
        assert signs_out or len(self.stub.calls) == calls

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), elsewhere=st.booleans())
    def old_form_again(self, data: st.DataObject, elsewhere: bool) -> None:
        b, path, fields = self.sent[data.draw(st.integers(0, len(self.sent) - 1))]
        calls = len(self.stub.calls)
        self._post(1 - b if elsewhere else b, 0, path, fields, typed=fields.get("username", ""), is_old=True)
        assert len(self.stub.calls) == calls

    @rule(b=SINGLE, t=SINGLE)
    def sign_out(self, b: int, t: int) -> None:
        was = Seen.of(self.tabs[b][t])
        self._post(b, t, "/account/sign-out/", {})
        if was.signed_in:
            assert session_of(was.cookie) == {}
            assert Seen.of(self.tabs[b][t]).names == set()

    # --- what happens around them

    @precondition(lambda self: self._live_tabs() or any(Seen.of(tab).signed_in for tab, _ in self.tabs))
    @rule(seconds=st.sampled_from([181, 181, 16 * 60, 31 * 60]))
    def time_passes(self, seconds: int) -> None:
        self.offset_s += seconds

    @rule(u=SINGLE)
    def ops_invites_again(self, u: int) -> None:
        self.stub.reinvite(self.cast[u])

    @precondition(lambda self: self._live_tabs() and not self.stub.faults)
    @rule(fault=st.sampled_from([(500, b"{}"), (200, b"{"), (200, b"{}"), (200, b'{"ChallengeName":"X"}')]))
    def cognito_fails_next(self, fault: tuple[int, bytes]) -> None:
        self.stub.faults[:] = [lambda: fault]

    # --- what must always hold

    @invariant()
    def every_call_has_two_rows_and_every_step_one_begin(self) -> None:
        sql = "SELECT attempt_id, turn, call_id, phase FROM audit_event WHERE id > %s AND call_id > ''"
        with connection.cursor() as cursor:
            cursor.execute(sql, [self.first_row])
            rows = cursor.fetchall()
        begun = [(attempt_id, turn) for attempt_id, turn, _, phase in rows if phase == "begin"]
        assert len(begun) == len(set(begun))
        phases = Counter((call_id, phase) for _, _, call_id, phase in rows)
        assert set(phases.values()) <= {1}
        assert {call for call, phase in phases if phase == "begin"} == {
            call for call, phase in phases if phase == "end"
        }

    @invariant()
    def no_session_row_is_left_over(self) -> None:
        held = {tabs[0].cookie for tabs in self.tabs}
        for row in Session.objects.all():
            content = session_of(row.session_key)
            assert row.session_key in held or not {"attempt", "cognito_user"} & content.keys()
            assert not {"attempt", "cognito_user"} <= content.keys()

    # --- how a request is sent and judged

    def _tabs_on_form(self) -> list[tuple[int, int]]:
        return [(b, t) for b in (0, 1) for t in (0, 1) if "turn" in self.tabs[b][t].hidden]

    def _live_tabs(self) -> list[tuple[int, int]]:
        """The tabs whose form is of the present turn of their browser's attempt."""
        live = []
        for b, t in self._tabs_on_form():
            attempt, shown = Seen.of(self.tabs[b][t]).attempt, self.tabs[b][t].hidden
            if attempt and shown == {"attempt": attempt.attempt_id, "turn": str(attempt.turn)}:
                live.append((b, t))
        return live

    def _filled(self, b: int, t: int, kind: str) -> dict[str, str]:
        tab = self.tabs[b][t]
        passwords = {"weak": "short", "temporary": "Temporary-1-pass", "blank": " Brand-new-1-pass"}
        value = "" if kind == "no name" else "Some Body"
        new = passwords.get(kind, GOOD_PASSWORD)
        return {**tab.hidden, **dict.fromkeys(tab.asked, value), "new_password": new}

    def _get(self, b: int, t: int, path: str) -> None:
        rows = self._newest_row()
        calls = len(self.stub.calls)
        self._send(b, t, {}, lambda tab: tab.get(path))
        assert len(self.stub.calls) == calls
        new = self._newest_row() - rows
        assert [row.event for row in queries.newest_rows(limit=new)] == ["account.session_ended"] * min(
            new, 1
        )

    def _post(
        self,
        b: int,
        t: int,
        path: str,
        fields: dict[str, str],
        *,
        typed: str = "",
        keeps_page: bool = False,
        is_old: bool = False,
    ) -> None:
        was_called = len(self.stub.calls)

        def send(tab: Tab) -> Any:
            shown = Tab(tab.client) if keeps_page else tab
            return shown.post(path, fields)

        self._send(b, t, fields, send, typed=typed)
        if not is_old and len(self.stub.calls) > was_called and path != "/account/sign-out/":
            self.sent.append((b, path, fields))

    def _send(
        self, b: int, t: int, fields: dict[str, str], send: Callable[[Tab], Any], *, typed: str = ""
    ) -> None:
        tab = self.tabs[b][t]
        before, calls = Seen.of(tab), len(self.stub.calls)
        is_idle = before.signed_in and self._is_over(before.cookie)
        response = send(tab)
        after = Seen.of(tab)
        made = [call for call in self.stub.calls[calls:] if call.operation in SIGN_IN]
        assert len(made) <= 1
        assert response.status_code < 500 or any(call.refused == "fault" for call in made)
        self._judge_names(response, tab, before, after, typed)
        self._judge_rows(before, typed, made)
        if made:
            answered = made[0].refused or ("tokens" if made[0].granted else "challenge")
            Walks.met[f"{made[0].operation} {answered}"] += 1
            self._judge_call(b, fields, made[0], before, after, typed)
        else:
            assert after.signed_in in (before.signed_in, "")
            assert after.signed_in == before.signed_in or is_idle or not session_of(before.cookie)
            assert after.attempt == before.attempt or not after.has_attempt

    def _judge_call(
        self, b: int, fields: dict[str, str], call: Received, before: Seen, after: Seen, typed: str
    ) -> None:
        attempt_id = fields.get("attempt", "")
        if call.operation == "RespondToAuthChallenge":
            assert before.attempt is not None
            assert self.origin[call.body["Session"]] == (b, attempt_id, before.attempt.username)
            assert call.body["ChallengeResponses"]["USERNAME"] == before.attempt.username
        name = typed or (before.attempt.username if before.attempt else "")
        if call.granted:
            assert after.signed_in == call.granted == name
        else:
            assert after.signed_in in (before.signed_in, "")
        if call.session:
            self.origin[call.session] = (b, attempt_id, name)
            assert after.attempt is not None
            assert (after.attempt.attempt_id, after.attempt.cognito_session) == (attempt_id, call.session)
            assert after.attempt.username == name
            assert after.signed_in == ""
        if call.granted or call.session:
            assert after.cookie != before.cookie
            assert before.cookie == "" or session_of(before.cookie) == {}
        if call.refused:
            self._judge_refusal(call, before, after, is_start=bool(typed))

    def _judge_refusal(self, call: Received, before: Seen, after: Seen, *, is_start: bool) -> None:
        is_renewal = call.operation == "InitiateAuth" and not is_start
        stays = call.refused in ("InvalidPasswordException", "InvalidParameterException")
        if not is_renewal and not stays:
            assert not after.has_attempt
            return
        assert before.attempt is not None and after.attempt is not None
        assert after.attempt.turn == before.attempt.turn + 1
        assert after.attempt.cognito_session == before.attempt.cognito_session
        assert after.attempt.expires_at == before.attempt.expires_at

    def _judge_names(self, response: Any, tab: Tab, before: Seen, after: Seen, typed: str) -> None:
        """A page names nobody but whoever sits there: what was typed now, or what this session holds."""
        shown = {user.username for user in self.cast if user.username in response.content.decode()}
        path = response.request["PATH_INFO"]
        if path in ("/account/", "/sign-in/done/") and response.status_code == 200:
            assert shown == {after.signed_in}
        elif path == FORM and response.status_code in (200, 400):
            assert after.attempt is not None
            assert shown == {after.attempt.username}
        else:
            assert shown <= {typed} | before.names | after.names

    def _judge_rows(self, before: Seen, typed: str, made: list[Received]) -> None:
        """New rows speak of whoever typed, or whose the attempt or the session is; a success, of the granted."""
        allowed = {"", typed, before.signed_in, before.attempt.username if before.attempt else ""}
        granted = made[0].granted if made else ""
        new = self._newest_row() - self.last_row
        for row in queries.newest_rows(limit=new) if new else ():
            assert {row.username, row.canonical_username} <= allowed
            if row.event.startswith("signin.") and row.outcome == "success":
                assert row.canonical_username == granted != ""
                assert row.sub == self._user(granted).sub
            if row.phase == "end" and row.outcome == Cause.BAD_CREDENTIALS:
                assert row.sub == ""
        self.last_row = self._newest_row()

    def _user(self, name: str) -> StubUser:
        return self.stub.users[name]

    def _is_over(self, cookie: str) -> bool:
        return time.time() - session_of(cookie).get("seen", 0) > 30 * 60

    def _newest_row(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COALESCE(MAX(id), 0) FROM audit_event")
            return int(cursor.fetchone()[0])


@pytest.mark.timeout(0)
def test_no_order_of_events_lets_anybody_past_or_mixes_two_people(
    stub: StubCognito, settings: Settings
) -> None:
    settings.THROTTLE_ACCOUNT_LIMIT = settings.THROTTLE_ADDRESS_LIMIT = 1_000_000
    Walks.stub = stub
    run_state_machine_as_test(
        Walks,
        settings=hypothesis_settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            # To shrink a long sequence takes minutes; the steps that failed are printed either way.
            phases=[Phase.generate],
        ),
    )
    # A run that never got far proves nothing.
    assert Walks.met.keys() >= EXPECTED
