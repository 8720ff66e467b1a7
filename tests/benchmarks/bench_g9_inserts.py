"""G9: durable audit rows a second from 1, 4 and 16 processes, with their proof and without.

With proof: each row has its MAC, and a sealer beside the writers seals all of them. Without: the same rows into
a database of their own, no MAC and no sealer: among the sealer's rows they would be tampering, and looked at
again and again. The rounds go with, without, without, with, so that neither always comes first, and both logs grow
alike. A ratio is the median over neighbouring rounds.
"""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

import django

from tests.benchmarks import logs
from tests.benchmarks.logs import Databases

WRITERS = (1, 4, 16)
ROUNDS = int(os.environ.get("G9_ROUNDS", "16"))
SECONDS = float(os.environ.get("G9_SECONDS", "3"))
SEAL_EVERY_S = 1.0
STOP, SEAL = "stop", "seal"
Order = tuple[str, float, bool]


@dataclass
class Process:
    """A process that does as it is told through `pipe`."""

    pipe: Connection

    def order(self, what: str, *, seconds: float = SECONDS, proof: bool = True) -> None:
        self.pipe.send((what, seconds, proof))

    def answer(self) -> list[float]:
        """Milliseconds of each row that was written."""
        taken: list[float] = self.pipe.recv()
        return taken


def run() -> dict[str, float]:
    """Print both tables; return the rate with proof over the rate without, and the slowest row of a thousand."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    ratios: dict[str, float] = {}
    for vendor in logs.VENDORS:
        with logs.databases(vendor) as databases:
            ratios |= _measured(vendor, databases)
    return ratios


def _measured(vendor: str, databases: Databases) -> dict[str, float]:
    ratios: dict[str, float] = {}
    print(
        f"\nG9 on {vendor} (rows a second, median of {ROUNDS} rounds of {SECONDS:g} s; ratio of neighbours)"
    )
    with (
        databases.passing("with_proof", _migrate) as with_proof,
        databases.passing("without", _migrate) as without,
        _processes({True: with_proof, False: without}, max(WRITERS) + 1) as (sealer, *writers),
    ):
        for number in WRITERS:
            rates: dict[bool, list[float]] = {True: [], False: []}
            waits: list[float] = []
            for turn in range(ROUNDS):
                for proof in (True, False) if turn % 2 == 0 else (False, True):
                    taken = _round(sealer, writers[:number], proof=proof)
                    rates[proof].append(len(taken) / SECONDS)
                    waits += taken if proof else []
            ratio = statistics.median(ours / bare for ours, bare in zip(*rates.values(), strict=True))
            worst = sorted(waits)[int(len(waits) * 0.999)]
            print(
                f"  {number:>2} writers{statistics.median(rates[True]):>10.0f}"
                f"{statistics.median(rates[False]):>10.0f}{ratio:>8.2f}   p99.9 {worst:.1f} ms"
            )
            ratios[f"g9_{vendor}_{number}"] = ratio
            ratios[f"g9_{vendor}_{number}_p999_ms"] = worst
    return ratios


def _migrate(url: str) -> None:
    from django.core.management import call_command

    from tests.databases import default_database

    with default_database(url):
        call_command("migrate", verbosity=0, skip_checks=True)


def _round(sealer: Process, writers: Sequence[Process], *, proof: bool) -> list[float]:
    if proof:
        sealer.order(SEAL)
    for writer in writers:
        writer.order("write", proof=proof)
    taken = [each for writer in writers for each in writer.answer()]
    if proof:
        sealer.answer()
    return taken


@contextmanager
def _processes(urls: Mapping[bool, str], number: int) -> Iterator[list[Process]]:
    """So many processes, all of them up and gone with the block."""
    context, made, running = get_context("spawn"), [], []
    for _ in range(number):
        ours, theirs = context.Pipe()
        running.append(context.Process(target=_obey, args=(urls, theirs), daemon=True))
        running[-1].start()
        made.append(Process(ours))
    for process in made:
        process.order("write", seconds=0.2)
        process.answer()
    try:
        yield made
    finally:
        for process in made:
            process.order(STOP)
        for each in running:
            each.join()


def _obey(urls: Mapping[bool, str], pipe: Connection) -> None:
    """The life of one process on these databases."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from cognito_portal.audit import record
    from tests.databases import default_database

    mac_of: Callable[..., bytes] = record.mac_of
    while (order := pipe.recv())[0] != STOP:
        what, seconds, proof = order
        record.mac_of = mac_of if proof else (lambda *_args, **_more: None)
        with default_database(urls[proof]):
            pipe.send(_seal(seconds) if what == SEAL else _write(seconds))


def _write(seconds: float) -> list[float]:
    taken: list[float] = []
    _note()  # connects
    until = time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        _note()
        taken.append(1000 * (time.monotonic() - began))
    return taken


def _note() -> None:
    from cognito_portal.audit import record
    from cognito_portal.audit.events import Event, Outcome

    record.note(
        event=Event.ACCESS_DENIED,
        outcome=Outcome.DENIED,
        by=record.By(actor="visitor", address=f"192.0.2.{os.getpid() % 250}", user_agent="Mozilla/5.0 " * 8),
        step="bench",
        person=record.Person(pool_id="eu-west-1_Bench0000", typed=f"person-{os.getpid()}"),
    )


def _seal(seconds: float) -> list[float]:
    from cognito_portal.audit.proof import seals

    stopping, until = threading.Event(), time.monotonic() + seconds
    while time.monotonic() < until:
        seals.seal_pending(stopping=stopping)
        time.sleep(SEAL_EVERY_S)
    return []
