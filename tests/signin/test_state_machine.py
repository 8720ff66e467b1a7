"""The walk with an invitation under any order of events. All other challenges: test_state_machine_challenges.

`make test` plays a few sequences; more with

    WALK_SEQUENCES=5000 python -m pytest tests/signin/test_state_machine.py --timeout=0
"""

import secrets
from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from pytest_django import Settings

from tests.databases import Database
from tests.signin.answering import Fields
from tests.signin.browsing import GOOD_PASSWORD
from tests.signin.machine import PARTS, SINGLE, Machine, play
from tests.signin.stub import StubCognito

FORM = "/sign-in/new-password/"
EXPECTED = {
    "InitiateAuth",
    "InitiateAuth NotAuthorizedException",
    "NEW_PASSWORD_REQUIRED",
    "granted",
}


class Walks(Machine):
    """Two people with temporary passwords, who may be given new ones at any time."""

    met = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.cast += [self.stub.invite(f"{name}-{secrets.token_hex(4)}") for name in ("alice", "bob")]

    # --- what people do

    @rule(b=SINGLE, t=SINGLE, u=SINGLE, kind=st.sampled_from(["right", "right", "right", "wrong", "empty"]))
    def start(self, b: int, t: int, u: int, kind: str) -> None:
        user = self.cast[u]
        password = {"right": user.password, "wrong": "Wrong-1-password", "empty": ""}[kind]
        self._start(b, t, user.username, password=password)

    @rule(b=SINGLE, t=SINGLE, u=SINGLE)
    def start_well(self, b: int, t: int, u: int) -> None:
        self.start(b, t, u, "right")

    @precondition(lambda self: self._tabs_on_form())
    @rule(data=st.data(), kind=st.sampled_from(["good", "weak", "weak", "temporary", "blank", "no name"]))
    def answer(self, data: st.DataObject, kind: str) -> None:
        b, t = data.draw(st.sampled_from(self._tabs_on_form()))
        self._post(b, t, FORM, {**self.tabs[b][t].hidden, **self._filled(b, t, kind)})

    @precondition(lambda self: self._live_tabs())
    @rule(data=st.data(), kind=st.sampled_from(["right", "right", "wrong", "empty"]))
    def renew(self, data: st.DataObject, kind: str) -> None:
        b, t = data.draw(st.sampled_from(self._live_tabs()))
        user = self._person_at(b, t)
        password = {"right": user.password, "wrong": "Wrong-1-password", "empty": ""}[kind]
        fields = {**self.tabs[b][t].hidden, "password": password}
        self._post(b, t, "/sign-in/renew/", fields, keeps_page=True)

    @rule(u=SINGLE)
    def ops_invites_again(self, u: int) -> None:
        self.stub.reinvite(self.cast[u])

    def _right(self, b: int, t: int) -> Fields:
        return self._filled(b, t, "good")

    def _filled(self, b: int, t: int, kind: str) -> Fields:
        passwords = {"weak": "short", "temporary": "Temporary-1-pass", "blank": " Brand-new-1-pass"}
        value = "" if kind == "no name" else "Some Body"
        new = passwords.get(kind, GOOD_PASSWORD)
        return {**dict.fromkeys(self.tabs[b][t].asked, value), "new_password": new}


@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_order_of_events_lets_anybody_past_or_mixes_two_people(
    stub: StubCognito, settings: Settings, sqlite: Database, part: int
) -> None:
    play(Walks, stub, settings, sqlite, sequences=20, part=part)
    # A run that never got far proves nothing.
    assert Walks.met.keys() >= EXPECTED
