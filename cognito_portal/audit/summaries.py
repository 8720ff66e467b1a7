"""What refusals leave in the audit log: a row when a limit is reached, then one summary a minute.

A flood of refused tries must not become a flood of rows. Between the rows each process counts in memory;
a process that is killed loses at most what it counted since its last summary.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.utils import timezone

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.record import AuditUnavailable, By, Person, note, write_transaction

CAPACITY = 10_000
BATCH = 100
OTHERS = "others"
"""The key of everything that came when CAPACITY keys were being counted already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Whom a limit turned away. `key` names the counter that was full, and nobody by name."""

    key: str
    event: Event
    person: Person | None
    by: By
    client_id: str


@dataclass(slots=True)
class _Tally:
    refused: Refused
    crossing: int
    minute: int
    count: int = field(default=0)


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


class Summaries:
    """The counters of one process, bounded, each written out once its minute is over."""

    def __init__(self, *, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._mutex = threading.Lock()
        self._tallies: dict[str, _Tally] = {}
        self._timer: threading.Timer | None = None

    def add(self, refused: Refused, *, crossing: int, now: datetime) -> None:
        """Record one refusal. `crossing` is the id of the row that filled the counter, so the same number
        for every refusal until the counter had room again.

        Raises AuditUnavailable where the first row of a crossing cannot be written.
        """
        with self._mutex:
            tally = self._tallies.get(refused.key)
            crossed_before = tally is not None and tally.crossing == crossing
        if not crossed_before and self._write_crossing(refused, crossing, now):
            self._count(refused, crossing=crossing, now=now, count=0)
            return
        self._count(refused, crossing=crossing, now=now, count=1)

    def flush(self, now: datetime) -> None:
        """Write a summary row for every counter whose minute is over. Raises nothing of the database's."""
        with self._mutex:
            due = [key for key, tally in self._tallies.items() if tally.minute < _minute(now)]
            tallies = [self._tallies.pop(key) for key in due]
        for start in range(0, len(tallies), BATCH):
            self._write_summaries(tallies[start : start + BATCH], now)

    def stop(self) -> None:
        """Forget the timer; what is counted stays in memory."""
        with self._mutex:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _write_crossing(self, refused: Refused, crossing: int, now: datetime) -> bool:
        return note(
            event=refused.event,
            outcome=Outcome.THROTTLED_HERE,
            by=refused.by,
            person=refused.person,
            client_id=refused.client_id,
            once=f"crossed:{refused.key}:{crossing}",
            now=now,
        )

    def _write_summaries(self, tallies: list[_Tally], now: datetime) -> None:
        counted = [tally for tally in tallies if tally.count]
        try:
            with write_transaction():
                left_over = [tally for tally in counted if not self._write_summary(tally, now)]
        except AuditUnavailable:
            left_over = counted
        for tally in left_over:
            self._count(tally.refused, crossing=tally.crossing, now=now, count=tally.count)

    def _write_summary(self, tally: _Tally, now: datetime) -> bool:
        """False where another process has written this minute's row: the count then waits for the next."""
        return note(
            event=tally.refused.event,
            outcome=Outcome.THROTTLED_HERE,
            by=tally.refused.by,
            person=tally.refused.person,
            client_id=tally.refused.client_id,
            count=tally.count,
            once=f"refused:{tally.refused.key}:{tally.minute}",
            now=now,
        )

    def _count(self, refused: Refused, *, crossing: int, now: datetime, count: int) -> None:
        with self._mutex:
            if refused.key not in self._tallies and len(self._tallies) >= self._capacity:
                refused = Refused(
                    key=f"{OTHERS}:{refused.event}",
                    event=refused.event,
                    person=None,
                    by=By(refused.by.actor, "", ""),
                    client_id=refused.client_id,
                )
            tally = self._tallies.setdefault(refused.key, _Tally(refused, crossing, _minute(now)))
            tally.crossing = crossing
            tally.count += count
            if self._timer is None:
                self._timer = threading.Timer(61 - now.second, self._on_time)
                self._timer.daemon = True
                self._timer.start()

    def _on_time(self) -> None:
        with self._mutex:
            self._timer = None
        try:
            self.flush(timezone.now())
        finally:
            connection.close()
        with self._mutex:
            waiting = bool(self._tallies) and self._timer is None
            if waiting:
                self._timer = threading.Timer(61 - timezone.now().second, self._on_time)
                self._timer.daemon = True
                self._timer.start()
