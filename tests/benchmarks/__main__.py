"""`python -m tests.benchmarks`: print every table and, as the last line, one JSON object of name -> ratio.

Each benchmark runs in a process of its own, so that what one imports does not weigh on the next. Names of
benchmarks limit the run: `python -m tests.benchmarks g2`.
"""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.benchmarks import (
    bench_g1_client,
    bench_g2_step,
    bench_g5_pages,
    bench_g7_charts,
    bench_g8_export,
    bench_g9_inserts,
    bench_g10_tokens,
    bench_g11_startup,
    bench_g12_index,
    bench_g13_onboarding,
)

BENCHMARKS: dict[str, Callable[[], dict[str, float]]] = {
    "g1": bench_g1_client.run,
    "g2": bench_g2_step.run,
    "g5": bench_g5_pages.run,
    "g7": bench_g7_charts.run,
    "g8": bench_g8_export.run,
    "g9": bench_g9_inserts.run,
    "g10": bench_g10_tokens.run,
    "g11": bench_g11_startup.run,
    "g12": bench_g12_index.run,
    "g13": bench_g13_onboarding.run,
}


def main(names: list[str]) -> None:
    """Run the benchmarks of these names, or all of them. Raises KeyError for a name that is none."""
    ratios: dict[str, float] = {}
    for benchmark in [BENCHMARKS[name] for name in names or BENCHMARKS]:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            ratios |= apart.submit(benchmark).result()
    print(json.dumps({name: round(ratio, 3) for name, ratio in ratios.items()}))


if __name__ == "__main__":
    main(sys.argv[1:])
