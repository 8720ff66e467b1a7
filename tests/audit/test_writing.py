import errno
import fcntl
import logging
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.db import connection

from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.record import write_transaction
from cognito_portal.audit.turns import SUFFIX, HostLock, Queue
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


# --- among the processes of one host

HOLDS = """
import sys, time
from cognito_portal.audit.turns import HostLock
assert HostLock().acquire(sys.argv[1], 1)
print("held", flush=True)
time.sleep(60)
"""
TAKES_TURNS = """
import sys, time
from cognito_portal.audit.turns import HostLock
lock, until, longest = HostLock(), time.monotonic() + 2, 0.0
while (began := time.monotonic()) < until:
    assert lock.acquire(sys.argv[1], 5)
    longest = max(longest, time.monotonic() - began)
    time.sleep(0.001)
    lock.release()
print(longest)
"""


def _process(program: str, database: Database) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, str(database.path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@contextmanager
def _held_elsewhere(database: Database) -> Iterator[subprocess.Popen[str]]:
    with _process(HOLDS, database) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            other.kill()


def test_row_waits_for_the_turn_of_another_process_and_is_given_up_in_time(sqlite: Database) -> None:
    with _held_elsewhere(sqlite):
        assert 1.0 < _seconds_to_fail() < FAIL_WITHIN_S
    noted()
    assert len(stored()) == 1


def test_process_that_is_killed_gives_its_turn_back(sqlite: Database) -> None:
    with _held_elsewhere(sqlite) as other:
        assert not HostLock().acquire(str(sqlite.path), 0.05)
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert HostLock().acquire(str(sqlite.path), 0.5)


def test_none_of_four_processes_waits_long(sqlite: Database) -> None:
    processes = [_process(TAKES_TURNS, sqlite) for _ in range(4)]
    longest = [float(process.communicate()[0]) for process in processes]
    assert max(longest) < 0.5, longest


def test_forked_process_has_not_the_turn_of_its_parent(sqlite: Database) -> None:
    lock = HostLock()
    assert lock.acquire(str(sqlite.path), 0)
    child = os.fork()
    if child == 0:
        os._exit(int(lock.acquire(str(sqlite.path), 0.01)))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    lock.release()


def test_lock_that_cannot_be_given_back_holds_nobody_up(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_transaction():
        noted()
        monkeypatch.setattr(fcntl, "lockf", _no_lock)
    noted()
    assert len(stored()) == 2


def _no_lock(*_args: object) -> None:
    raise OSError(errno.ENOLCK, "no locks here")


def test_lock_may_be_used_by_whoever_may_use_the_database(sqlite: Database) -> None:
    sqlite.path.chmod(0o600)
    noted()
    assert stat.S_IMODE(Path(f"{sqlite.path}{SUFFIX}").stat().st_mode) == 0o600


def test_rows_are_written_where_there_can_be_no_lock(
    sqlite: Database, caplog: pytest.LogCaptureFixture
) -> None:
    Path(f"{sqlite.path}{SUFFIX}").mkdir()
    with caplog.at_level(logging.WARNING):
        noted()
        noted()
    assert len(stored()) == 2
    assert [record.getMessage() for record in caplog.records] == [
        "no lock beside the SQLite database (IsADirectoryError): its writers wait unfairly"
    ]
