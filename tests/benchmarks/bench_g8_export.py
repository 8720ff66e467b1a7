"""G8: the whole log as CSV, against a loop over SQLite's raw cursor, psycopg's COPY, and Django's values_list.

The baselines do not neutralise formulas and, but for values_list, make no CSV. Wall time, since on PostgreSQL
the server does the work. The bytes are compared with csv.writer's in the same run. Beyond a million rows
csv.writer is left out, which takes minutes a round.
"""

import csv
import hashlib
import io
import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import django

from tests.benchmarks import logs
from tests.benchmarks.logs import LONG, Databases

ROUNDS = int(os.environ.get("ROUNDS", "5"))
IS_SLOW_LEFT_OUT = LONG.rows > 1_000_000
FETCHED = 2_000
SLOW = "values_list and csv.writer"
SHORT = {"raw fetch loop": "raw_fetch", "psycopg COPY": "copy", SLOW: "values_list"}
_ROW = (
    "SELECT e.time, e.event, e.phase, e.attempt_id, e.call_id, e.step, e.outcome, e.pool_id, e.client_id, e.actor,"
    " p.typed, p.canonical, p.sub, e.address, e.user_agent, e.error_code, e.request_id, e.duration_ms, e.count"
    " FROM audit_event e LEFT JOIN audit_person p ON p.commitment = e.person_commitment ORDER BY e.id"
)


def run() -> dict[str, float]:
    """Print both tables; return how fast the export is beside each baseline (more is better), and its memory."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    with logs.databases("sqlite") as databases:
        ratios = _on_sqlite(databases)
    with logs.databases("postgresql") as databases:
        return ratios | _on_postgresql(databases)


def _on_sqlite(databases: Databases) -> dict[str, float]:
    url = databases.made(LONG.name, logs.fill_log(LONG))
    with logs.patient_database(url):
        grown = _growth()
        raw = sqlite3.connect(url.removeprefix("sqlite:///"))
        ways = {
            "raw fetch loop": lambda: _loop(raw),
            SLOW: _values_list,
            "cognito_portal": _exported,
        }
        rates = _rates(ways)
        _compare("SQLite")
    _print("SQLite", rates, "raw fetch loop", grown)
    return _beside(rates, "sqlite") | {"g8_sqlite_growth_mib": grown / 2**20}


def _on_postgresql(databases: Databases) -> dict[str, float]:
    import psycopg

    url = databases.made(LONG.name, logs.fill_log(LONG))
    with logs.patient_database(url), psycopg.connect(url) as raw:
        grown = _growth()
        ways = {
            "psycopg COPY": lambda: _copy(raw),
            SLOW: _values_list,
            "cognito_portal": _exported,
        }
        rates = _rates(ways)
        _compare("PostgreSQL")
    _print("PostgreSQL", rates, "psycopg COPY", grown)
    return _beside(rates, "postgresql") | {"g8_postgresql_growth_mib": grown / 2**20}


def _beside(rates: Mapping[str, float], vendor: str) -> dict[str, float]:
    baselines = {name: rate for name, rate in rates.items() if name != "cognito_portal"}
    return {
        f"g8_{vendor}_vs_{SHORT[name]}": rates["cognito_portal"] / rate for name, rate in baselines.items()
    }


def _growth() -> int:
    """How many bytes more than before this process held at most while it exported everything, once warm."""
    from cognito_portal.audit.filters import Filter

    for _ in _chunks(Filter(attempt_id="none")):
        pass
    before = _resident()
    return max(_resident() - before for _ in _chunks())


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _chunks(filter_: Any = None) -> Iterator[bytes]:
    from cognito_portal.audit.exports.formats import Form, Format, chunks
    from cognito_portal.audit.exports.selection import Facts, select
    from cognito_portal.audit.filters import Filter

    return chunks(select(filter_ or Filter(begun=True)), Form(format=Format.CSV), Facts())


def _exported() -> None:
    for _ in _chunks():
        pass


def _loop(raw: sqlite3.Connection) -> None:
    for _ in raw.execute(_ROW):
        pass


def _copy(raw: Any) -> None:
    with raw.cursor() as cursor, cursor.copy(f"COPY ({_ROW}) TO STDOUT (FORMAT csv)") as copy:
        for _ in copy:
            pass


def _values_list() -> None:
    from cognito_portal.audit.exports.columns import COLUMNS, KEYS
    from cognito_portal.audit.models import AuditEvent

    names = [name for name in KEYS if name not in ("username", "canonical_username", "sub")]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in AuditEvent.objects.order_by("id").values_list(*names, "count").iterator(FETCHED):
        writer.writerow(row)
        if out.tell() > 2**20:
            out.seek(0)
            out.truncate()


def _compare(name: str) -> None:
    """Fail where the bytes are not csv.writer's over the same rows."""
    if IS_SLOW_LEFT_OUT:
        return
    from tests.audit.exports.made import by_csv_writer

    mine = hashlib.sha256(b"".join(_chunks())).hexdigest()
    if mine != hashlib.sha256(by_csv_writer()).hexdigest():
        raise AssertionError(f"on {name} the bytes are not those of csv.writer")


def _rates(ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Rows a second of each way, the median of interleaved rounds."""
    taken: dict[str, list[float]] = {name: [] for name in ways if not (IS_SLOW_LEFT_OUT and name == SLOW)}
    for _ in range(ROUNDS):
        for name in taken:
            began = time.perf_counter()
            ways[name]()
            taken[name].append(time.perf_counter() - began)
    return {name: LONG.rows / statistics.median(times) for name, times in taken.items()}


def _print(database: str, rates: Mapping[str, float], baseline: str, grown: int) -> None:
    print(f"\nG8 {LONG.rows:,} rows as CSV on {database} (rows/s, median of {ROUNDS}; ratio to {baseline})")
    for name, rate in rates.items():
        print(f"  {name:<44}{rate:>12,.0f}{rate / rates[baseline]:>8.2f}")
    compared = "not compared" if IS_SLOW_LEFT_OUT else "those of csv.writer"
    print(f"  memory grown: {grown / 2**20:.1f} MiB; bytes: {compared}")


if __name__ == "__main__":
    run()
