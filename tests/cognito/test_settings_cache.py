import threading
import time
from collections.abc import Callable

import pytest

from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.cognito.settings_cache import SettingsCache


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Counts reads; fails while `down`."""

    def __init__(self) -> None:
        self.reads = 0
        self.down = False

    def __call__(self) -> int:
        self.reads += 1
        if self.down:
            raise CognitoUnavailable("unknown", operation="DescribeUserPool")
        return self.reads


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def cache(source: Source, clock: Clock) -> SettingsCache[int]:
    return SettingsCache(source, ttl_s=300, retry_s=60, clock=clock)


def test_value_is_read_once_in_five_minutes(cache: SettingsCache[int], source: Source, clock: Clock) -> None:
    assert cache.get() == 1
    clock.now = 299
    assert cache.get() == 1
    clock.now = 300
    assert cache.get() == 2


def test_last_good_value_stays_when_reading_fails(
    cache: SettingsCache[int], source: Source, clock: Clock
) -> None:
    cache.get()
    source.down = True
    clock.now = 301
    assert cache.get() == 1
    assert source.reads == 2


def test_failed_read_is_not_repeated_at_once(cache: SettingsCache[int], source: Source, clock: Clock) -> None:
    source.down = True
    for _ in range(3):
        with pytest.raises(CognitoUnavailable):
            cache.get()
    assert source.reads == 1


def test_reading_is_tried_again_after_a_failure(
    cache: SettingsCache[int], source: Source, clock: Clock
) -> None:
    source.down = True
    with pytest.raises(CognitoUnavailable):
        cache.get()
    source.down = False
    clock.now = 60
    assert cache.get() == 2


def test_forced_read_has_a_cooldown(cache: SettingsCache[int], source: Source, clock: Clock) -> None:
    cache.get()
    clock.now = 10
    assert cache.refresh(cooldown_s=30) == 1
    clock.now = 31
    assert cache.refresh(cooldown_s=30) == 2


def parallel(count: int, work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)


def test_threads_that_arrive_together_cause_one_read(clock: Clock) -> None:
    reads: list[int] = []
    release = threading.Event()

    def slow() -> int:
        reads.append(1)
        release.wait(0.05)
        return 7

    cache = SettingsCache(slow, clock=clock)
    found: list[int] = []
    parallel(16, lambda: found.append(cache.get()))
    assert (found, len(reads)) == ([7] * 16, 1)


def test_others_get_the_old_value_while_one_thread_reads(clock: Clock) -> None:
    entered, release = threading.Event(), threading.Event()
    reads = iter([1, 2])

    def load() -> int:
        value = next(reads)
        if value == 2:
            entered.set()
            release.wait(5)
        return value

    cache = SettingsCache(load, ttl_s=300, clock=clock)
    cache.get()
    clock.now = 301
    reader = threading.Thread(target=cache.get)
    reader.start()
    entered.wait(5)
    assert cache.get() == 1
    release.set()
    reader.join(5)
    assert cache.get() == 2


def test_a_slow_read_is_waited_for_no_longer_than_allowed() -> None:
    release = threading.Event()

    def load() -> str:
        release.wait(5)
        return "read"

    cache = SettingsCache(load)
    assert cache.get_soon(wait_s=0.01) is None
    release.set()
    assert cache.get_soon(wait_s=5) == "read"


def test_what_is_due_is_read_beside_the_caller_who_gets_the_last_value() -> None:
    now, reads = [0.0], []
    second = threading.Event()

    def load() -> int:
        if reads:
            second.wait(5)
        reads.append(1)
        return len(reads)

    cache = SettingsCache(load, ttl_s=10, clock=lambda: now[0])
    assert cache.get_soon(wait_s=5) == 1
    now[0] = 11
    assert cache.get_soon(wait_s=5) == 1
    second.set()
    deadline = time.monotonic() + 5
    while cache.get() == 1 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert cache.get() == 2


def test_a_failed_first_read_is_nothing_known() -> None:
    def load() -> str:
        raise CognitoUnavailable("not_sent", operation="DescribeUserPool")

    assert SettingsCache(load).get_soon(wait_s=5) is None
