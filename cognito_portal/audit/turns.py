"""Whose turn it is to write into SQLite, among the threads and the processes of one host.

SQLite lets one writer in at a time and makes the others poll, at intervals that grow: some starve for seconds.
Here they wait in front of it, where nobody's interval grows.
"""

import fcntl
import logging
import os
import stat
import struct
import threading
import time
from collections import deque
from collections.abc import Callable

logger = logging.getLogger(__name__)

SUFFIX = "-queue"
# So many may wait at once; then numbers begin anew.
NUMBERS = 2**16
# Seconds: between two looks of whoever is next, at most between two looks of the others, and what a turn takes.
SHORT_S = 0.0001
LONG_S = 0.005
TURN_S = 0.0003

_NUMBER = struct.Struct("<Q")
# The bytes that are locked: by whoever is served, by whoever draws a number, and one for each number.
_SERVED, _DRAWING, _WAITING = 32, 33, 64


class Queue:
    """A lock that is handed on in the order of arrival.

    Threads of one process wait here.
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


class HostLock:
    """A lock among the processes of one host, handed on in the order of arrival: numbers are drawn, as at a counter.

    The file beside the database holds the number drawn last and the one being served; locks of the operating
    system on bytes of it say who waits (a byte a number), who is being served, and who is drawing. They are
    POSIX's: given back when their process ends, however that ends, and not inherited by a forked one. What
    the file says decides the order alone, so that a spoilt one costs fairness and nothing else. Where there
    can be no lock (a read-only folder, a file system without them) everyone passes, and one warning is
    logged. One thread of a process at a time may call this.
    """

    def __init__(self) -> None:
        self._path = ""
        self._file: int | None = None
        self._number = 0

    def acquire(self, database: str, timeout_s: float) -> bool:
        """Wait at most `timeout_s` seconds for the lock of the database in this file; whether it came."""
        if self._path != database:
            self._open(database)
        until = time.monotonic() + timeout_s
        try:
            return self._file is None or self._wait(self._file, until)
        except OSError as error:
            self._do_without(error)
            return True

    def release(self) -> None:
        if self._file is None:
            return
        try:
            _unlock(self._file, _SERVED)
            _unlock(self._file, _place_of(self._number))
        except OSError as error:
            self._do_without(error)  # closing the file gives both back

    def _wait(self, file: int, until: float) -> bool:
        if not self._draw(file, until):
            return False
        before = _place_of(self._number - 1)
        if _poll(lambda: _locked(file, before), until, lambda: self._pause_s(file)):
            _unlock(file, before)
            if _poll(lambda: _locked(file, _SERVED), until, lambda: SHORT_S):
                os.pwrite(file, _NUMBER.pack(self._number), _NUMBER.size)
                return True
        _unlock(file, _place_of(self._number))
        return False

    def _draw(self, file: int, until: float) -> bool:
        if not _poll(lambda: _locked(file, _DRAWING), until, lambda: SHORT_S):
            return False
        try:
            self._number = (_read(file, 0) + 1) % NUMBERS
            os.pwrite(file, _NUMBER.pack(self._number), 0)
            # Before anybody can draw the next number and look for this one.
            _locked(file, _place_of(self._number))
        finally:
            _unlock(file, _DRAWING)
        return True

    def _pause_s(self, file: int) -> float:
        """Who is next looks often, the others the less often the further back they stand."""
        ahead = (self._number - _read(file, _NUMBER.size)) % NUMBERS
        return SHORT_S if ahead <= 1 else min(LONG_S, (ahead - 1) * TURN_S)

    def _open(self, database: str) -> None:
        if self._file is not None:
            os.close(self._file)
        self._path, self._file = database, None
        if ":memory:" in database or "mode=memory" in database:
            return
        try:
            # Whoever may write into the database may queue for it, as with the files that SQLite lays beside it.
            mode = stat.S_IMODE(os.stat(database).st_mode)
            self._file = os.open(database + SUFFIX, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, mode)
        except FileNotFoundError:
            self._path = ""  # no database yet: it will say so itself
        except OSError as error:
            self._do_without(error)

    def _do_without(self, error: OSError) -> None:
        logger.warning(
            "no lock beside the SQLite database (%s): its writers wait unfairly", type(error).__name__
        )
        if self._file is not None:
            os.close(self._file)
        self._file = None


def _poll(succeeds: Callable[[], bool], until: float, pause_s: Callable[[], float]) -> bool:
    while not succeeds():
        if time.monotonic() >= until:
            return False
        time.sleep(pause_s())
    return True


def _read(file: int, offset: int) -> int:
    """The number that stands there; 0 in a file that is new."""
    found = os.pread(file, _NUMBER.size, offset)
    return int(_NUMBER.unpack(found)[0]) if len(found) == _NUMBER.size else 0


def _place_of(number: int) -> int:
    return _WAITING + number % NUMBERS


def _locked(file: int, place: int) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
    except (BlockingIOError, PermissionError):  # POSIX allows either for a lock that is held
        return False
    return True


def _unlock(file: int, place: int) -> None:
    fcntl.lockf(file, fcntl.LOCK_UN, 1, place)


class Turns:
    """The turn to write: first among the threads of this process, then among the processes of this host."""

    def __init__(self) -> None:
        self.queue = Queue()
        self._lock = HostLock()

    def acquire(self, database: str, timeout_s: float) -> bool:
        """Wait for the turn, at most `timeout_s` seconds; whether it came. `database` is the file's path."""
        until = time.monotonic() + timeout_s
        if not self.queue.acquire(timeout_s):
            return False
        if self._lock.acquire(database, until - time.monotonic()):
            return True
        self.queue.release()
        return False

    def release(self) -> None:
        self._lock.release()
        self.queue.release()
