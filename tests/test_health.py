"""Is the process up, and could it sign somebody in?"""

import pytest
from django.db import connection
from django.test import Client

from tests.databases import Database, default_database

A_TRIGGER = {
    "sqlite": "DROP TRIGGER audit_event_no_update",
    "postgresql": "DROP TRIGGER audit_event_no_update ON audit_event",
}


def asked(path: str) -> tuple[int, str]:
    """As a probe asks: over plain HTTP, without cookies."""
    page = Client(headers={"host": "localhost"}).get(path)
    return page.status_code, page.json()["status"]


def test_migrated_and_guarded_site_is_ready(database: Database) -> None:
    assert asked("/readyz") == (200, "ok")


def test_log_without_a_trigger_is_not_ready(database: Database) -> None:
    with connection.cursor() as cursor:
        cursor.execute(A_TRIGGER[database.vendor])
    assert asked("/readyz") == (503, "the audit log is not guarded")


def test_missing_migration_is_not_ready(database: Database) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit'")
    assert asked("/readyz") == (503, "migrations are missing")


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize(
    "url",
    [
        "postgres://nobody:canary-password@127.0.0.1:1/portal",
        "sqlite:////nonexistent/directory/db.sqlite3",
    ],
)
def test_database_that_is_gone_is_not_ready_but_the_process_is_up(url: str) -> None:
    with default_database(url):
        assert asked("/healthz") == (200, "ok")
        assert asked("/readyz") == (503, "the database does not answer, or refuses this role")


@pytest.mark.usefixtures("sqlite")
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_may_ask_over_plain_http_and_nothing_is_kept(path: str) -> None:
    page = Client(headers={"host": "localhost"}).get(path)
    assert (page.status_code, page.cookies.output()) == (200, "")
    assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probe_by_bare_address_over_plain_http_is_answered(sqlite: Database, path: str) -> None:
    assert Client(headers={"host": "10.1.2.3:8000"}).get(path).status_code == 200
