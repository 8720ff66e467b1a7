"""What all state machines of the walk share: two browsers with two tabs each, a clock that moves, and the judge."""

import os
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from unittest import mock

from django.contrib.sessions.models import Session
from django.db import connection
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition, HypothesisException
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from tests.databases import Database
from tests.signin.answering import PATHS as STEP_PATHS
from tests.signin.answering import Fields, open_challenge
from tests.signin.browsing import Seen, Tab, new_client, session_of, sessions
from tests.signin.machine_judge import Judge, Sent
from tests.signin.machine_log import newest_id, rows_after
from tests.signin.machine_trails import has_rows
from tests.signin.stub import Received, StubCognito, StubUser
from tests.stub import totp

PATHS = (
    "/",
    "/sign-in/",
    *STEP_PATHS.values(),
    "/sign-in/renew/",
    "/sign-in/done/",
    "/sign-in/ended/",
    "/sign-in/invitation/",
    "/sign-in/invitation/sent/",
    "/sign-in/forgot-password/",
    "/sign-in/reset-password/",
    "/sign-in/confirm-account/",
    "/sign-in/confirm-account/code/",
    "/account/",
    "/account/sign-out/",
    "/audit/",
    "/staff/sign-in/",
    "/staff/sign-out/",
    "/nowhere/",
)
TAMPERED = ("next turn", "last turn", "no turn", "huge turn", "no attempt", "random attempt", "other browser")
STEPS = 30
# So many sequences share a log, and what Hypothesis remembers of them.
ROUND = 200
# Several processes share the sequences where WALK_PARTS says so: each part is a test of its own.
PARTS = int(os.environ.get("WALK_PARTS") or 1)
SINGLE = st.integers(0, 1)
real_time = time.time


@dataclass
class Tally:
    """How many sequences were played to their end, and what ended the others."""

    played: int = 0
    failures: list[Exception] = field(default_factory=list)


class Machine(RuleBasedStateMachine):
    """One sequence. Each rule sends at most one form at a time; the judge looks at each request."""

    stub: ClassVar[StubCognito]
    met: ClassVar[Counter[str]]
    """What the stub was asked and answered, over all sequences."""
    tally: ClassVar["Tally"]

    def __init__(self) -> None:
        super().__init__()
        self.stub.reset()
        Session.objects.all().delete()
        self.judge = Judge(self.stub)
        self.cast: list[StubUser] = self.judge.cast
        clients = [new_client("192.0.2.1"), new_client("192.0.2.2")]
        self.tabs = [[Tab(client), Tab(client)] for client in clients]
        self.sent: list[tuple[int, str, Fields]] = []
        self.last_row = newest_id()
        self._held: dict[int, Seen] = {}
        # A clock of its own, so that a sequence that is played again meets the same codes: the half minutes
        # of the authenticator app begin where they did.
        self.now = real_time() // totp.STEP_S * totp.STEP_S
        self.clock = mock.patch("time.time", lambda: self.now)
        self.clock.start()

    def teardown(self) -> None:
        self.clock.stop()
        self.met.update(self.judge.met)
        error = sys.exc_info()[1]
        if error is None:
            self.tally.played += 1
        elif isinstance(error, Exception) and not isinstance(error, HypothesisException):
            self.tally.failures.append(error)

    def _right(self, b: int, t: int) -> Fields:
        """What somebody types into the step that this tab shows, who knows what it asks for."""
        raise NotImplementedError

    # --- what people do on any page

    @precondition(lambda self: self._live_tabs())
    @rule(data=st.data())
    def answer_well(self, data: st.DataObject) -> None:
        self._answer_well(*data.draw(st.sampled_from(self._live_tabs())))

    def _answer_well(self, b: int, t: int) -> None:
        fields = self._right(b, t)
        self._post(b, t, self.tabs[b][t].path, {**self.tabs[b][t].hidden, **fields})

    @precondition(lambda self: self._live_tabs())
    @rule(data=st.data(), what=st.sampled_from(TAMPERED))
    def answer_tampered(self, data: st.DataObject, what: str) -> None:
        b, t = data.draw(st.sampled_from(self._live_tabs()))
        fields = {**self._right(b, t), **self.tabs[b][t].hidden}
        turn, other = int(fields["turn"]), self.tabs[1 - b][t].hidden.get("attempt", "")
        fields |= {
            "next turn": {"turn": str(turn + 1)},
            "last turn": {"turn": str(turn - 1)},
            "no turn": {"turn": ""},
            "huge turn": {"turn": "9" * 5000},
            "no attempt": {"attempt": ""},
            "random attempt": {"attempt": secrets.token_hex(16)},
            "other browser": {"attempt": other},
        }[what]
        self._post_in_vain(b, t, self.tabs[b][t].path, fields)
        assert self.tabs[b][t].status == 409

    @rule(b=SINGLE, t=SINGLE, path=st.sampled_from(["", *PATHS]))
    def visit(self, b: int, t: int, path: str) -> None:
        self._get(b, t, path or self.tabs[b][t].path or "/sign-in/")

    @rule(b=SINGLE, t=SINGLE, path=st.sampled_from(PATHS))
    def post_nothing(self, b: int, t: int, path: str) -> None:
        self._post_in_vain(b, t, path, {})

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), elsewhere=st.booleans())
    def old_form_again(self, data: st.DataObject, elsewhere: bool) -> None:
        b, path, fields = self.sent[data.draw(st.integers(0, len(self.sent) - 1))]
        self._post_in_vain(
            1 - b if elsewhere else b, 0, path, fields, typed=fields.get("username", ""), is_old=True
        )

    @rule(b=SINGLE, t=SINGLE)
    def sign_out(self, b: int, t: int) -> None:
        was = self._seen(b)
        self._post(b, t, "/account/sign-out/", {})
        if was.signed_in:
            assert session_of(was.cookie) == {}
            assert self._seen(b).names == set()

    # --- what happens around them

    @precondition(lambda self: self._live_tabs() or any(self._seen(b).signed_in for b in (0, 1)))
    @rule(seconds=st.sampled_from([181, 181, 16 * 60, 31 * 60]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @precondition(lambda self: self._live_tabs() and not self.stub.faults)
    @rule(fault=st.sampled_from([(500, b"{}"), (200, b"{"), (200, b"{}"), (200, b'{"ChallengeName":"X"}')]))
    def cognito_fails_next(self, fault: tuple[int, bytes]) -> None:
        self.stub.faults[:] = [lambda: fault]

    # --- what must always hold

    @invariant()
    def no_session_row_is_left_over(self) -> None:
        held = {tabs[0].cookie for tabs in self.tabs}
        for key, content in sessions().items():
            assert key in held or not {"attempt", "cognito_user"} & content.keys()
            assert not {"attempt", "cognito_user"} <= content.keys()

    # --- how a request is sent

    def _tabs_on_form(self) -> list[tuple[int, int]]:
        """The tabs that show the form of a step."""
        tabs = ((b, t) for b in (0, 1) for t in (0, 1))
        return [
            (b, t) for b, t in tabs if open_challenge(self.tabs[b][t]) and "turn" in self.tabs[b][t].hidden
        ]

    def _live_tabs(self) -> list[tuple[int, int]]:
        """Those whose form is of the present turn of their browser's attempt."""
        live = []
        for b, t in self._tabs_on_form():
            attempt, shown = self._seen(b).attempt, self.tabs[b][t].hidden
            if attempt and shown == {"attempt": attempt.attempt_id, "turn": str(attempt.turn)}:
                live.append((b, t))
        return live

    def _seen(self, b: int) -> Seen:
        """What the server holds for a browser, as it was after the last request."""
        if b not in self._held:
            self._held[b] = Seen.of(self.tabs[b][0])
        return self._held[b]

    def _person_at(self, b: int, t: int) -> StubUser:
        """Whose sign-in a live tab shows."""
        attempt = self._seen(b).attempt
        assert attempt is not None
        return self.judge.owner(attempt.username)

    def _start(self, b: int, t: int, name: str, **more: str) -> None:
        """Send the form of the sign-in page."""
        self._get(b, t, "/sign-in/")
        # Whoever is signed in is sent to their account; a form of an older page can still be sent.
        is_shown = self.tabs[b][t].path == "/sign-in/" and "attempt" in self.tabs[b][t].hidden
        hidden = self.tabs[b][t].hidden if is_shown else {"attempt": secrets.token_hex(16)}
        self._post(b, t, "/sign-in/", {**hidden, "username": name, **more}, typed=name)

    def _get(self, b: int, t: int, path: str) -> None:
        calls = len(self.stub.calls)
        self._send(b, t, {}, lambda tab: tab.get(path))
        assert not self._calls_since(calls)

    def _post_in_vain(self, b: int, t: int, path: str, fields: Fields, **more: Any) -> None:
        """Send a form that must be refused without a word to Cognito."""
        calls = len(self.stub.calls)
        self._post(b, t, path, fields, **more)
        assert not self._calls_since(calls)

    def _post(
        self,
        b: int,
        t: int,
        path: str,
        fields: Fields,
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
        if not is_old and self._calls_since(was_called):
            self.sent.append((b, path, fields))

    def _calls_since(self, number: int) -> list[Received]:
        return [call for call in self.stub.calls[number:] if has_rows(call)]

    def _send(self, b: int, t: int, fields: Fields, send: Callable[[Tab], Any], *, typed: str = "") -> None:
        self.now += 1
        tab = self.tabs[b][t]
        before, calls = self._seen(b), len(self.stub.calls)
        was_idle = before.signed_in != "" and self._is_over(before.cookie)
        response = send(tab)
        self._held.pop(b, None)
        rows = rows_after(self.last_row)
        self.last_row = max((row["id"] for row in rows), default=self.last_row)
        self.judge.judge(
            Sent(
                browser=b,
                fields=fields,
                typed=typed,
                response=response,
                before=before,
                after=self._seen(b),
                received=self.stub.calls[calls:],
                rows=rows,
                session=tab.session(),
                was_idle=was_idle,
            )
        )

    def _is_over(self, cookie: str) -> bool:
        return time.time() - session_of(cookie).get("seen", 0) > 30 * 60


def play(
    machine: type[Machine],
    stub: StubCognito,
    settings: Settings,
    database: Database,
    *,
    sequences: int,
    part: int,
) -> int:
    """Play so many sequences, or this part's share of as many as WALK_SEQUENCES says; return how many.

    No two runs play the same ones, unless WALK_SEED is given.
    """
    sequences = int(os.environ.get("WALK_SEQUENCES") or sequences * PARTS) // PARTS
    settings.THROTTLE_ACCOUNT_LIMIT = settings.THROTTLE_ADDRESS_LIMIT = 1_000_000
    machine.stub = stub
    machine.tally = tally = Tally()
    migrated = database.path.read_bytes()
    while tally.played < sequences:
        _begin_anew(database, migrated)
        if "WALK_SEED" in os.environ:
            machine = seed(f"{os.environ['WALK_SEED']}/{part}/{tally.played}")(machine)
        try:
            _play_round(machine, sequences=min(ROUND, sequences - tally.played))
        except FlakyStrategyDefinition:
            # Names and tokens are new each time, so what was possible after a beginning may not be when
            # Hypothesis plays that beginning again. That judges nobody, and a new round forgets it.
            assert not tally.failures, tally.failures
    return tally.played


def _play_round(machine: type[Machine], *, sequences: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=hypothesis_settings(
            max_examples=sequences,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            # To shrink a long sequence takes minutes; the steps that failed are printed either way.
            phases=[Phase.generate],
        ),
    )


def _begin_anew(database: Database, migrated: bytes) -> None:
    """An empty log. It is never emptied otherwise, and whatever reads it would take longer and longer."""
    # What is played here is what a reader sees, not what survives a power cut.
    connection.settings_dict["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
    connection.close()
    for path in database.path.parent.glob(f"{database.path.name}-*"):
        path.unlink()
    database.path.write_bytes(migrated)
