"""People who sign in, and somebody who kills the site's processes under them."""

import itertools
import os
import random
import signal
import threading
import time
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.live import LiveSite, Visitor
from tests.signin.browsing import GOOD_PASSWORD
from tests.signin.stub import StubCognito, StubUser

GRANTED = ("/account/", "/sign-in/done/")
LATENCY_S = (0.005, 0.05)
PATIENCE_S = 60.0


class SlowCognito(StubCognito):
    """Answers after 5 to 50 ms. `asked` is set once it has been asked to sign somebody in."""

    def __init__(self) -> None:
        super().__init__()
        # A killed process breaks its connections, and the server would print each.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.asked = threading.Event()

    def answer(self, operation: str, body: dict[str, Any], is_authorized: bool = False) -> Any:
        if operation == "InitiateAuth":
            self.asked.set()
        time.sleep(random.uniform(*LATENCY_S))
        return super().answer(operation, body, is_authorized)


@dataclass(frozen=True)
class Sent:
    """One form that somebody sent: `status` 0 where the connection broke. Times are monotonic."""

    username: str
    began: float
    ended: float
    status: int
    location: str

    @property
    def is_granted(self) -> bool:
        return self.status == 302 and self.location.endswith(GRANTED)


@dataclass
class Load:
    """Every sign-in is of a user and an address of its own; each fourth has a new password to choose."""

    site: LiveSite
    cognito: SlowCognito
    stopping: threading.Event = field(default_factory=threading.Event)
    sent: list[Sent] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    in_flight: int = 0
    _mutex: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def granted(self) -> list[Sent]:
        return [each for each in self.sent if each.is_granted]

    @property
    def kills_in_flight(self) -> int:
        """How many of the kills broke a sign-in that was on its way: each broken one is laid to the last kill."""
        broken = [each for each in self.sent if each.status == 0]
        struck = {bisect(self.kills, each.ended) for each in broken}
        return sum(1 for number in struck if number and self._fits(number, broken))

    def _fits(self, number: int, broken: list[Sent]) -> bool:
        killed_at = self.kills[number - 1]
        return any(bisect(self.kills, each.ended) == number and each.began < killed_at for each in broken)

    def statuses(self) -> Counter[int]:
        return Counter(each.status for each in self.sent)

    def keep_signing_in(self) -> None:
        """What one of the people's threads does until told to stop."""
        while not self.stopping.is_set():
            self._sign_in(next(self._numbers))

    def _sign_in(self, number: int) -> None:
        name = f"person-{number:05}"
        is_new = number % 4 == 0
        user = self.cognito.invite(name) if is_new else self.cognito.confirm(name)
        visitor = Visitor(self.site, address=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
        if not self._comes_to(visitor, "/sign-in/"):
            return
        last = self._send(visitor, user, "/sign-in/", username=name, password=user.password)
        if last.location.endswith("/new-password/") and self._comes_to(visitor, "/sign-in/new-password/"):
            fields = {"userAttributes.name": "Nia", "new_password": GOOD_PASSWORD}
            self._send(visitor, user, "/sign-in/new-password/", **fields)
        visitor.http.close()

    def _comes_to(self, visitor: Visitor, path: str) -> bool:
        """Whether the page came; a page that a kill has broken is asked for again, as people do."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and not self.stopping.is_set():
            try:
                if visitor.get(path).status_code == 200:
                    return True
            except requests.RequestException:
                pass
            time.sleep(0.05)
        return False

    def _send(self, visitor: Visitor, user: StubUser, path: str, **fields: str) -> Sent:
        names = ("csrfmiddlewaretoken", "attempt", "turn")
        data = {name: value for name in names if (value := visitor.hidden(name))} | fields
        with self._mutex:
            self.in_flight += 1
        began = time.monotonic()
        try:
            answer = visitor.http.post(
                self.site.url + path, data=data, headers=visitor.headers(), allow_redirects=False, timeout=30
            )
            status, location = answer.status_code, answer.headers.get("Location", "")
        except requests.RequestException:
            status, location = 0, ""
        sent = Sent(user.username, began, time.monotonic(), status, location)
        with self._mutex:
            self.in_flight -= 1
            self.sent.append(sent)
        return sent

    def kill_one(self) -> None:
        """SIGKILL one of gunicorn's workers, while somebody's form is on its way somewhere."""
        deadline = time.monotonic() + PATIENCE_S
        while not (self.in_flight and (pids := workers_of(self.site))):
            assert time.monotonic() < deadline
            time.sleep(0.001)
        # Before the kill: a connection breaks sooner than this thread goes on.
        self.kills.append(time.monotonic())
        os.kill(random.choice(pids), signal.SIGKILL)


def workers_of(site: LiveSite) -> list[int]:
    """The process ids of gunicorn's workers."""
    pid = site.process.pid
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def run(
    load: Load, *, people: int, kills: int, struck: int, grants: int, pause_s: tuple[float, float]
) -> None:
    """Have people sign in and workers killed until there were so many kills, so many that broke a sign-in, and
    so many grants.
    """
    threads = [threading.Thread(target=load.keep_signing_in) for _ in range(people)]
    for thread in threads:
        thread.start()
    try:
        while len(load.kills) < kills or load.kills_in_flight < struck:
            time.sleep(random.uniform(*pause_s))
            load.kill_one()
        while len(load.granted) < grants:
            time.sleep(0.05)
            assert load.site.process.poll() is None
    finally:
        load.stopping.set()
        for thread in threads:
            thread.join()
