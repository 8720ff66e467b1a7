"""Every challenge and every flow under any order of events.

`make test` plays a few sequences; more with

    WALK_SEQUENCES=5000 python -m pytest tests/signin/test_state_machine_challenges.py --timeout=0

With WALK_PARTS=2 and `-n 2`, two processes play half of them each.
"""

import secrets
from collections import Counter
from pathlib import Path
from random import Random

import pytest
import trustme
from django.conf import settings as site_settings
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from pytest_django import Settings

from cognito_portal import clients
from tests.databases import Database
from tests.signin.answering import PATHS, Fields, open_challenge
from tests.signin.conftest import point_at
from tests.signin.machine import PARTS, SINGLE, Machine, play
from tests.signin.machine_people import PASSWORD_FLOWS, WRONG, any_ways, right, somebody, wrong
from tests.signin.stub import CLIENT_ID, StubCognito

# Of the names of all 16 challenges these are the ones that a person is asked, or that follow by themselves.
ANSWERED = PATHS.keys() | {
    "PASSWORD_VERIFIER",
    "ADMIN_NO_SRP_AUTH",
    "DEVICE_SRP_AUTH",
    "DEVICE_PASSWORD_VERIFIER",
}
MANY_SEQUENCES = 1000
GUESSES = 7


class Chains(Machine):
    """Two people with chains of challenges, and one who never confirmed, at a pool of any kind."""

    met = Counter()

    @initialize(random=st.randoms(use_true_random=True))
    def a_pool(self, random: Random) -> None:
        self.flow = random.choice(PASSWORD_FLOWS)
        self.stub.reset(any_ways(random, self.flow))
        self.stub.client_secret = random.choice(["", "a-client-secret"])
        allowed = [f"ALLOW_{name}" for name in self.stub.ways.flows]
        if self.flow == "auto" and random.random() < 0.5:
            self.stub.described["UserPoolClient"] = {"ClientId": CLIENT_ID, "ExplicitAuthFlows": allowed}
        # Each change by the fixture is one more layer that every look at a setting goes through, so sequences
        # change the topmost layer in place; the fixture takes that away with the others.
        site_settings.COGNITO_AUTH_FLOW = self.flow
        site_settings.COGNITO_SESSION_MINUTES = random.choice([0, 3])
        point_at(self.stub, site_settings)
        _read_settings()
        self.cast += [somebody(self.stub, name, random, self.flow) for name in ("alice", "bob")]
        self.cast.append(self.stub.confirm(f"carol-{secrets.token_hex(4)}", is_confirmed=False))
        self.spent: dict[str, str] = {}
        self.picks = 0
        note(f"{self.flow} at {self.stub.ways}")
        note(f"{[(user.username, user.is_temporary, user.script) for user in self.cast]}")

    # --- what people do

    @rule(
        b=SINGLE,
        t=SINGLE,
        u=SINGLE,
        kind=st.sampled_from(["right", "right", "wrong", "empty", "other ways"]),
        by_alias=st.booleans(),
        remember=st.booleans(),
    )
    def start(self, b: int, t: int, u: int, kind: str, by_alias: bool, remember: bool) -> None:
        user = self.cast[u]
        more = {"remember": "1"} if remember else {}
        if kind == "other ways":
            more["way"] = "other"
        elif self.flow != "USER_AUTH":
            more["password"] = {"right": user.password, "wrong": "Wrong-1-password"}.get(kind, "")
        self._start(b, t, user.alias if by_alias else user.username, **more)

    @rule(b=SINGLE, t=SINGLE, kind=st.sampled_from(["empty", "right", "other ways"]))
    def start_unconfirmed(self, b: int, t: int, kind: str) -> None:
        """Somebody whom Cognito refuses at once may be asked something all the same, and gets no further."""
        self.start(b, t, 2, kind, False, False)
        if (b, t) in self._live_tabs():
            fields = {"answer": "PASSWORD", "password": self.cast[2].password}
            self._post_in_vain(b, t, self.tabs[b][t].path, {**self.tabs[b][t].hidden, **fields})
            assert not self._seen(b).has_attempt

    @rule(
        b=SINGLE,
        t=SINGLE,
        u=SINGLE,
        remember=st.booleans(),
        answers=st.lists(st.sampled_from(("right",) * 8 + WRONG), min_size=1, max_size=8),
    )
    def walk_on(self, b: int, t: int, u: int, remember: bool, answers: list[str]) -> None:
        """From the sign-in page on, with a wrong answer now and then."""
        self.start(b, t, u, "right", True, remember)
        for kind in answers:
            if (b, t) not in self._live_tabs():
                return
            if kind == "right":
                self._answer_well(b, t)
            else:
                self._answer_wrong(b, t, kind, u)

    @precondition(lambda self: self._tabs_on_form())
    @rule(data=st.data(), kind=st.sampled_from(WRONG))
    def answer_wrong(self, data: st.DataObject, kind: str) -> None:
        b, t = data.draw(st.sampled_from(self._tabs_on_form()))
        self._answer_wrong(b, t, kind, data.draw(SINGLE))

    @precondition(lambda self: self._live_tabs())
    @rule(data=st.data())
    def guess(self, data: st.DataObject) -> None:
        """One wrong answer after the other, and more of them than Cognito is ever asked."""
        b, t = data.draw(st.sampled_from(self._live_tabs()))
        for _ in range(GUESSES):
            if (b, t) in self._live_tabs():
                self._answer_wrong(b, t, "wrong", 0)

    @precondition(lambda self: self.spent)
    @rule(b=SINGLE, t=SINGLE, data=st.data())
    def use_a_code_twice(self, b: int, t: int, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.spent)))
        u = [user.username for user in self.cast].index(name)
        self.start(b, t, u, "right", False, False)
        for _ in range(4):
            if (b, t) not in self._live_tabs():
                return
            if open_challenge(self.tabs[b][t]) == "SOFTWARE_TOKEN_MFA":
                self._answer_wrong(b, t, "spent", u)
                return
            self._answer_well(b, t)

    def _answer_wrong(self, b: int, t: int, kind: str, u: int) -> None:
        tab, user = self.tabs[b][t], self.cast[u]
        attempt = self._seen(b).attempt
        whose = self.judge.owner(attempt.username) if attempt else user
        other = next(each for each in self.cast if each is not whose)
        fields = wrong(tab, whose, other, kind, self.spent.get(whose.username, ""))
        # A name in the form of a step counts for nothing.
        self._post(b, t, tab.path, {**tab.hidden, **fields, "USERNAME": other.username})

    @precondition(lambda self: self._live_tabs())
    @rule(data=st.data(), path=st.sampled_from(sorted(PATHS.values())))
    def answer_out_of_order(self, data: st.DataObject, path: str) -> None:
        """The right form of this step, sent to another one."""
        b, t = data.draw(st.sampled_from(self._live_tabs()))
        fields = {**self.tabs[b][t].hidden, **self._right(b, t)}
        if path != self.tabs[b][t].path:
            self._post_in_vain(b, t, path, fields)

    @precondition(lambda self: self._live_tabs())
    @rule(data=st.data())
    def answer_in_the_other_browser(self, data: st.DataObject) -> None:
        b, t = data.draw(st.sampled_from(self._live_tabs()))
        fields = {**self.tabs[b][t].hidden, **self._right(b, t)}
        self._post_in_vain(1 - b, t, self.tabs[b][t].path, fields)

    @precondition(lambda self: self._live_tabs())
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        b, t = data.draw(st.sampled_from(self._live_tabs()))
        is_new_password = open_challenge(self.tabs[b][t]) == "NEW_PASSWORD_REQUIRED"
        fields = {**self.tabs[b][t].hidden, "password": self._person_at(b, t).password}
        send = self._post if is_new_password else self._post_in_vain
        send(b, t, "/sign-in/renew/", fields, keeps_page=True)

    @rule(b=SINGLE, t=SINGLE, u=SINGLE, knows_code=st.booleans())
    def forget_password(self, b: int, t: int, u: int, knows_code: bool) -> None:
        user = self.cast[u]
        typed, code = {"username": user.username}, user.codes.get("reset", "000000")
        if not knows_code:
            self._get(b, t, "/sign-in/forgot-password/")
            self._post(b, t, "/sign-in/forgot-password/", typed | self.tabs[b][t].hidden, typed=user.username)
            return
        self._get(b, t, "/sign-in/reset-password/")
        fields = {**self.tabs[b][t].hidden, **typed, "code": code, "new_password": f"Reset-{code}-pass"}
        self._post(b, t, "/sign-in/reset-password/", fields, typed=user.username)

    # --- what happens around them

    @rule(u=SINGLE, forgets_devices=st.booleans())
    def ops_act(self, u: int, forgets_devices: bool) -> None:
        if forgets_devices:
            self.cast[u].devices.clear()
        else:
            self.stub.reinvite(self.cast[u])

    def _right(self, b: int, t: int) -> Fields:
        tab, user = self.tabs[b][t], self._person_at(b, t)
        fields = right(tab, user, self._pick)
        if open_challenge(tab) == "SOFTWARE_TOKEN_MFA":
            self.spent[user.username] = fields["code"]
        return fields

    def _pick(self, options: list[str]) -> str:
        """One of several ways on, each in its turn."""
        self.picks += 1
        return options[self.picks % len(options)]


def _read_settings() -> None:
    """Have the portal know what it can: no sequence may hang on how soon that was."""
    for read in (clients.pool_settings, clients.client_settings, clients.mfa_config):
        read()


@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_order_of_events_lets_anybody_past_a_challenge_or_mixes_two_people(
    stub: StubCognito, settings: Settings, sqlite: Database, aws_keys: None, tmp_path: Path, part: int
) -> None:
    settings.REMEMBER_DEVICES = True
    # The stub is asked without TLS: a whole bundle of CAs need not be read for each sequence.
    settings.COGNITO_CA_FILE = str(tmp_path / "ca.pem")
    trustme.CA().cert_pem.write_to_path(settings.COGNITO_CA_FILE)
    sequences = play(Chains, stub, settings, sqlite, sequences=12, part=part)
    # A run that never got far proves nothing.
    assert Chains.met["granted"]
    if sequences >= MANY_SEQUENCES:
        assert Chains.met.keys() >= ANSWERED
