"""One end of time for all calls of one act: a person waits for a chain of calls no longer than for one (D7).

Whoever acts sets it for their thread; every wait for Cognito in that thread ends by then. Threads that read
settings beside an act have none.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

ACT_S = 8.0


class _Act(threading.local):
    ends_at = float("inf")


_act = _Act()


@contextmanager
def one_act(total_s: float = ACT_S) -> Iterator[None]:
    """Have every call that this thread makes inside end after `total_s` seconds in all, from now.

    Inside another act that one's end holds where it comes first.
    """
    earlier = _act.ends_at
    _act.ends_at = min(earlier, monotonic() + total_s)
    try:
        yield
    finally:
        _act.ends_at = earlier


def ends_at() -> float:
    """The monotonic second at which this thread's act must be over; infinity outside any act."""
    return _act.ends_at


def left_s(at_most_s: float) -> float:
    """The seconds that this thread may wait, 0 where its act has none left."""
    return max(0.0, min(at_most_s, _act.ends_at - monotonic()))
