"""What several ways to do one thing cost, in interleaved rounds, so that noise hits all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping

ROUNDS = 5


def cpu_us(ways: Mapping[str, Callable[[], object]], *, calls: int, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median CPU microseconds of this process for one call of each way."""
    return _costs(ways, calls, rounds, time.process_time)


def wall_us(
    ways: Mapping[str, Callable[[], object]], *, calls: int, rounds: int = ROUNDS
) -> dict[str, float]:
    """Return the median microseconds that one call of each way takes: where another process does the work."""
    return _costs(ways, calls, rounds, time.perf_counter)


def _costs(
    ways: Mapping[str, Callable[[], object]], calls: int, rounds: int, clock: Callable[[], float]
) -> dict[str, float]:
    for way in ways.values():
        for _ in range(max(calls // 10, 3)):
            way()
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = clock()
            for _ in range(calls):
                way()
            samples[name].append((clock() - began) * 1e6 / calls)
    return {name: statistics.median(taken) for name, taken in samples.items()}


def print_table(title: str, costs: Mapping[str, float], *, baseline: str) -> None:
    """Print each way's cost and its ratio to the baseline's."""
    print(f"\n{title} (CPU us a call, median of {ROUNDS}; ratio to {baseline})")
    for name, cost in costs.items():
        print(f"  {name:<44}{cost:>10.1f}{cost / costs[baseline]:>8.2f}")
