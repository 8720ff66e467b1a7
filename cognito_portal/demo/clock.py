"""The time the embedded Cognito goes by. Tests move it instead of waiting."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """The machine's time plus an offset in seconds."""

    def __init__(self) -> None:
        self._offset_s = 0.0

    def now(self) -> float:
        """Return epoch seconds."""
        return time.time() + self._offset_s

    def advance(self, seconds: float) -> None:
        """Move the clock forward for good."""
        self._offset_s += seconds

    @contextmanager
    def moved(self, seconds: float) -> Iterator[None]:
        """Move the clock for the length of a ``with`` block, then put it back."""
        before = self._offset_s
        self._offset_s += seconds
        try:
            yield
        finally:
            self._offset_s = before
