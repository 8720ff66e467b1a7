"""Who sees the pages, and what a page costs."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.audit.pages.reading import SEARCHES, row_url
from tests.audit.rows import noted, somebody, stored
from tests.audit.visitors import URL, TlsClient, auditor, client_of
from tests.databases import Database

__all__ = ["auditor"]


def test_reading_writes_nothing(auditor: Client) -> None:
    noted()
    before = stored()
    for url in (URL, row_url(1), SEARCHES):
        auditor.get(url)
        auditor.head(url)
    assert stored() == before


@pytest.mark.parametrize("url", [URL, row_url(1), SEARCHES])
def test_no_page_is_kept_anywhere(auditor: Client, url: str) -> None:
    noted()
    assert "no-store" in auditor.get(url).headers["Cache-Control"]


def test_other_methods_are_refused(auditor: Client) -> None:
    assert auditor.post(URL).status_code == 405


@pytest.mark.parametrize("url", [URL, row_url(1), SEARCHES])
def test_staff_without_the_role_are_refused_and_recorded(sqlite: Database, url: str) -> None:
    assert client_of("ops").get(url).status_code == 403
    assert [row["event"] for row in stored()] == ["access.denied"]


def test_strangers_are_sent_to_the_staff_sign_in(sqlite: Database) -> None:
    client = TlsClient(headers={"host": "localhost"})
    response = client.get(URL)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/staff/sign-in/")


def test_log_that_cannot_be_read_is_a_clear_page(auditor: Client) -> None:
    noted()
    auditor.get(URL)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE audit_person")
    assert auditor.get(URL).status_code == 503


def test_a_page_asks_the_database_as_often_for_many_rows_as_for_few(
    auditor: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        noted(person=somebody(f"user{number}"))
    auditor.get(URL)
    with django_assert_max_num_queries(10):
        auditor.get(URL)
