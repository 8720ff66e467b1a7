import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.db import connection

from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.record import write_transaction
from cognito_portal.audit.writing import Queue
from tests.audit.rows import begun, noted, stored
from tests.databases import Database, in_threads

FAIL_WITHIN_S = 2.0


@contextmanager
def _locked(database: Database) -> Iterator[None]:
    """Another process in the middle of a write."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def _seconds_to_fail(_: object = None) -> float:
    began = time.monotonic()
    with pytest.raises(AuditUnavailable):
        begun()
    return time.monotonic() - began


def test_locked_database_is_given_up_in_time_and_heals(sqlite: Database) -> None:
    noted()
    with _locked(sqlite):
        assert 1.0 < _seconds_to_fail() < FAIL_WITHIN_S
    begun()
    assert len(stored()) == 2


def test_those_who_wait_in_the_queue_give_up_in_time_too(sqlite: Database) -> None:
    noted()
    with _locked(sqlite):
        assert max(in_threads(_seconds_to_fail, range(8), threads=8)) < FAIL_WITHIN_S + 0.5


def test_waiting_in_the_queue_leaves_the_connection_as_patient_as_before(sqlite: Database) -> None:
    def patience(_: int) -> int:
        with write_transaction():
            time.sleep(0.02)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout")
            return int(cursor.fetchone()[0])

    assert set(in_threads(patience, range(8), threads=8)) == {1500}


def test_full_disk_refuses_rows_and_heals(sqlite: Database) -> None:
    noted()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    with pytest.raises(AuditUnavailable, match="OperationalError"):
        for _ in range(1000):
            begun()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1000000")
        cursor.execute("PRAGMA integrity_check")
        assert cursor.fetchone() == ("ok",)
    begun()


def test_database_that_is_gone_is_unavailable(database: Database) -> None:
    connection.close()
    connection.settings_dict["NAME"] = "/nowhere/at/all.sqlite3"
    with pytest.raises(AuditUnavailable):
        noted()


def test_failure_of_anything_else_in_the_transaction_is_told_the_same_way(database: Database) -> None:
    with pytest.raises(AuditUnavailable), write_transaction():
        noted()
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM no_such_table")
    assert stored() == []


def test_writers_of_one_process_all_get_their_turn(sqlite: Database) -> None:
    in_threads(lambda number: noted(step=str(number)), range(200), threads=20)
    assert {row["step"] for row in stored()} == {str(number) for number in range(200)}


def test_queue_serves_in_the_order_of_arrival() -> None:
    queue, served = Queue(), []
    assert queue.acquire(1)

    def wait(number: int) -> None:
        assert queue.acquire(5)
        served.append(number)
        queue.release()

    threads = [threading.Thread(target=wait, args=[number]) for number in range(10)]
    for number, thread in enumerate(threads):
        thread.start()
        while len(queue) <= number:
            time.sleep(0.001)
    queue.release()
    for thread in threads:
        thread.join()
    assert served == list(range(10))


def test_who_gives_up_waiting_leaves_the_queue() -> None:
    queue = Queue()
    assert queue.acquire(1)
    assert not queue.acquire(0.01)
    assert len(queue) == 0
    queue.release()
    assert queue.acquire(0)
