"""Time of several ways to do one thing, in interleaved rounds, so that noise hits all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping

ROUNDS = 5

Ways = Mapping[str, Callable[[], object]]


def cpu_us(ways: Ways, *, calls: int, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median CPU microseconds of this process for one call of each way."""
    return _us(ways, time.process_time, calls=calls, rounds=rounds)


def wall_us(ways: Ways, *, calls: int, rounds: int = ROUNDS) -> dict[str, float]:
    """The same in wall time, for what another process works at."""
    return _us(ways, time.perf_counter, calls=calls, rounds=rounds)


COSTS = {"sqlite": cpu_us, "postgresql": wall_us}
"""How a way costs on each database: SQLite works in this process, PostgreSQL in one of its own."""


def _us(ways: Ways, clock: Callable[[], float], *, calls: int, rounds: int) -> dict[str, float]:
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
