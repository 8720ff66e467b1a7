"""How the audit log writes: in one transaction, in a fair queue, and with one exception for every failure."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection, transaction

from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.triggers import require


class Queue:
    """A lock that is handed on in the order of arrival.

    SQLite lets one writer in at a time and makes the others poll, which starves some for seconds. Threads of
    one process wait here instead.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def __len__(self) -> int:
        """How many are waiting."""
        return len(self._waiting)

    def acquire(self, timeout_s: float) -> bool:
        """Wait for the turn, at most `timeout_s` seconds; whether it came."""
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        if gate.acquire(timeout=max(0.0, timeout_s)):
            return True
        with self._mutex:
            if gate in self._waiting:
                self._waiting.remove(gate)
                return False
        return True  # it was handed over between the time-out and here

    def release(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


_queue = Queue()


# Below this the wait in the queue is not worth telling SQLite of.
NEGLIGIBLE_S = 0.05


@contextmanager
def _in_turn() -> Iterator[None]:
    """Hold SQLite's queue. Queue and database together take no longer than the connection's `timeout`."""
    budget_s = float(connection.settings_dict["OPTIONS"].get("timeout", 5.0))
    began = time.monotonic()
    if not _queue.acquire(budget_s):
        raise AuditUnavailable("busy")
    waited_s = time.monotonic() - began
    try:
        if waited_s < NEGLIGIBLE_S:
            yield
        else:
            with _busy_timeout(max(0.001, budget_s - waited_s), then_s=budget_s):
                yield
    finally:
        _queue.release()


@contextmanager
def _busy_timeout(limit_s: float, *, then_s: float) -> Iterator[None]:
    """Have SQLite wait `limit_s` seconds for other processes, and `then_s` again afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {int(1000 * limit_s)}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(1000 * then_s)}")


@contextmanager
def write_transaction() -> Iterator[None]:
    """One transaction for audit rows and what must stand or fall with them, the session for instance.

    Inside a transaction of the caller's it joins that one. Raises AuditUnavailable for every failure of the
    database, inside the block too, and where the log is not guarded against change.
    """
    try:
        if connection.in_atomic_block:
            require()
            yield
        elif connection.vendor == "sqlite":
            with _in_turn(), transaction.atomic():
                require()
                yield
        else:
            with transaction.atomic():
                require()
                yield
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
