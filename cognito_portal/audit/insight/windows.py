"""Where in a row of tries a rule holds. Nothing here touches the database."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from cognito_portal.audit.events import Outcome
from cognito_portal.audit.insight.results import FAILED, SIGN_INS
from cognito_portal.audit.insight.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One act of somebody who wanted in. `weight` is how many tries its row stands for."""

    row_id: int
    time: datetime
    event: str
    outcome: str
    pool_id: str
    person_id: str
    address_key: str
    weight: int

    @property
    def has_failed(self) -> bool:
        return self.outcome in FAILED

    @property
    def is_sign_in(self) -> bool:
        return self.outcome == Outcome.SUCCESS and self.event in SIGN_INS


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of time in which a rule held, and the tries that made it hold."""

    tries: tuple[Try, ...]

    @property
    def first_at(self) -> datetime:
        return self.tries[0].time

    @property
    def last_at(self) -> datetime:
        return self.tries[-1].time


class _Window:
    """The tries of the last so many minutes, with what a rule asks about them."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self.tries: deque[Try] = deque()
        self._failures = 0
        self._accounts: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()

    def add(self, one: Try) -> None:
        self.tries.append(one)
        self._count(one, 1)
        while self.tries[0].time < one.time - self._rule.window:
            self._count(self.tries.popleft(), -1)

    @property
    def holds(self) -> bool:
        return (
            self._failures >= self._rule.failures
            and len(self._accounts) >= self._rule.accounts
            and len(self._unknown) >= self._rule.unknown
        )

    def _count(self, one: Try, sign: int) -> None:
        self._failures += sign * one.weight
        if one.person_id:
            _tally(self._accounts, one.person_id, sign)
        if one.person_id and one.outcome == Outcome.UNKNOWN_USER:
            _tally(self._unknown, one.person_id, sign)


def _tally(counter: Counter[str], name: str, sign: int) -> None:
    counter[name] += sign
    if not counter[name]:
        del counter[name]


def held(rule: Rule, failed: Iterable[Try]) -> list[Run]:
    """The runs of failed tries, oldest first, in which a rule of numbers holds; runs that meet are one."""
    window, found = _Window(rule), _Runs()
    for one in failed:
        window.add(one)
        if window.holds:
            found.add(window.tries)
    return found.runs


def succeeded_after(rule: Rule, tries: Iterable[Try]) -> list[Run]:
    """For each success that comes after enough failures: these and it. A success lets the count start anew."""
    failed: deque[Try] = deque()
    found: list[Run] = []
    for one in tries:
        while failed and failed[0].time < one.time - rule.window:
            failed.popleft()
        if one.has_failed:
            failed.append(one)
        elif one.is_sign_in:
            if sum(each.weight for each in failed) >= rule.failures:
                found.append(Run((*failed, one)))
            failed.clear()
    return found


class _Runs:
    """Runs under construction: each hold that shares a try with the one before lengthens it."""

    def __init__(self) -> None:
        self._found: list[list[Try]] = []

    def add(self, holding: deque[Try]) -> None:
        last = self._found[-1] if self._found else []
        if not last or _place(last[-1]) < _place(holding[0]):
            self._found.append(list(holding))
            return
        newer = list(takewhile(lambda one: _place(one) > _place(last[-1]), reversed(holding)))
        last.extend(reversed(newer))

    @property
    def runs(self) -> list[Run]:
        return [Run(tuple(tries)) for tries in self._found]


def _place(one: Try) -> tuple[datetime, int]:
    return one.time, one.row_id
