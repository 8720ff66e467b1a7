"""One slowly changing value read from afar: kept for a while, and kept on when reading it again fails."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from cognito_portal.cognito import deadline
from cognito_portal.cognito.errors import CognitoError, CognitoUnavailable

T = TypeVar("T")


class SettingsCache(Generic[T]):
    """Loads by `load()` at most once per `ttl_s`, and after a failure not before `retry_s`.

    One thread reads; the others get the last good value meanwhile, or wait for its read if there is none.
    """

    def __init__(
        self,
        load: Callable[[], T],
        *,
        ttl_s: float = 300.0,
        retry_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._ttl_s = ttl_s
        self._retry_s = retry_s
        self._clock = clock
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._reader: threading.Thread | None = None
        self._loaded: tuple[T] | None = None
        self._failure: CognitoError | None = None
        self._tried_at = float("-inf")
        self._due_at = float("-inf")

    def get(self) -> T:
        """Return the value. Raises the `CognitoError` of the last read where none ever succeeded, or
        `CognitoUnavailable` where the act at hand has no time to read one (`deadline.one_act`).
        """
        loaded = self._loaded
        if loaded is not None and self._clock() < self._due_at:
            return loaded[0]
        return self._refreshed(wait=loaded is None, unless_tried_since=None)

    def get_soon(self, *, wait_s: float) -> T | None:
        """Return what is known, or None, after at most `wait_s` seconds; what is due is read beside the caller.

        For callers with a deadline of their own: a slow read is waited for only while nothing is known yet.
        """
        if self._clock() >= self._due_at:
            reader = self._reading()
            if self._loaded is None:
                reader.join(deadline.left_s(wait_s))
        return self._loaded[0] if self._loaded is not None else None

    def _reading(self) -> threading.Thread:
        """The thread that reads what is due, started where there is none."""
        with self._starting:
            if self._reader is None or not self._reader.is_alive():
                self._reader = threading.Thread(target=self._read_if_due, daemon=True, name="settings-reader")
                self._reader.start()
            return self._reader

    def _read_if_due(self) -> None:
        with self._lock:
            if self._clock() >= self._due_at:
                self._read()

    def refresh(self, *, cooldown_s: float) -> T:
        """Read again now, unless a read began in the last `cooldown_s` seconds; return what is then known."""
        return self._refreshed(wait=True, unless_tried_since=self._clock() - cooldown_s)

    def _refreshed(self, *, wait: bool, unless_tried_since: float | None) -> T:
        # Waited for no longer than the act lasts that needs the value; without any time left nothing is read.
        wait_s = deadline.left_s(threading.TIMEOUT_MAX)
        if wait_s and self._lock.acquire(timeout=wait_s if wait else 0):
            try:
                stale = self._clock() >= self._due_at
                if stale if unless_tried_since is None else self._tried_at <= unless_tried_since:
                    self._read()
            finally:
                self._lock.release()
        if self._loaded is not None:
            return self._loaded[0]
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        raise CognitoUnavailable("not_sent", operation="GET")

    def _read(self) -> None:
        self._tried_at = self._clock()
        good_for_s = self._retry_s
        try:
            self._loaded = (self._load(),)
            self._failure = None
            good_for_s = self._ttl_s
        except CognitoError as error:
            self._failure = error
        finally:
            # Whatever became of this read, the next one is not due at once.
            self._due_at = self._clock() + good_for_s
