"""A worker runs its jobs, whatever becomes of them, and ends after the job at hand."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError

from cognito_portal.worker import jobs, leases
from cognito_portal.worker.jobs import Job
from cognito_portal.worker.models import Lease
from cognito_portal.worker.running import Worker
from tests.databases import Database, default_database

pytestmark = pytest.mark.usefixtures("database")
PATIENCE_S = 10.0


class Counted:
    """A job that counts its runs, and fails as long as `error` is set."""

    def __init__(self, error: Exception | None = None) -> None:
        self.runs = 0
        self.error = error

    def __call__(self) -> None:
        self.runs += 1
        if self.error is not None:
            raise self.error

    def job(self, every_s: float = 0.01, name: str = "counted") -> Job:
        return Job(name=name, run=self, every_s=every_s)


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def serving(*listed: Job) -> Iterator[threading.Thread]:
    """A worker with these jobs, in a thread; told to stop when the block ends."""
    told = threading.Event()
    worker = Worker(listed, stopping=threading.Event())
    thread = threading.Thread(target=worker.serve, args=[told.is_set])
    thread.start()
    try:
        yield thread
    finally:
        told.set()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def once(*listed: Job) -> tuple[list[str], list[str]]:
    return Worker(listed, stopping=threading.Event()).run_once(lambda: False)


def test_a_job_is_run_again_and_again() -> None:
    counted = Counted()
    with serving(counted.job()):
        eventually(lambda: counted.runs >= 3)


def test_a_job_that_fails_is_tried_again_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    failing, other = Counted(ValueError("secret")), Counted()
    with serving(failing.job(name="failing"), other.job()):
        eventually(lambda: failing.runs >= 2 and other.runs >= 2)


def test_a_job_whose_database_is_gone_is_tried_again_and_runs_when_it_is_back(database: Database) -> None:
    counted = Counted(DatabaseError("gone"))
    with serving(counted.job()):
        eventually(lambda: counted.runs >= 1)
        counted.error = None
        eventually(lambda: counted.runs >= 3)


def test_a_worker_without_a_database_does_not_end() -> None:
    counted = Counted()
    with default_database("sqlite:////nonexistent/db.sqlite3"), serving(counted.job()) as thread:
        time.sleep(0.5)
        assert thread.is_alive()
    assert counted.runs == 0


def test_of_a_failure_only_its_class_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    assert once(Counted(ValueError("secret")).job()) == (["counted"], [])
    (line,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert (line.message, line.__dict__["job"], line.__dict__["error"]) == (
        "worker.job_failed",
        "counted",
        "ValueError",
    )
    assert line.exc_info is None
    assert Lease.objects.values_list("failures", "error").get() == (1, "ValueError")


def test_two_workers_run_a_job_once() -> None:
    counted = Counted()
    with serving(counted.job(every_s=3600)), serving(counted.job(every_s=3600)):
        eventually(lambda: counted.runs == 1)
        time.sleep(0.5)
    assert counted.runs == 1


def test_a_job_that_ran_a_moment_ago_waits_for_its_time_after_a_restart() -> None:
    counted = Counted()
    once(counted.job(every_s=3600))
    with serving(counted.job(every_s=3600)):
        time.sleep(0.5)
    assert counted.runs == 1


def test_once_runs_each_job_whether_it_is_due_or_not() -> None:
    counted = Counted()
    assert once(counted.job(every_s=3600)) == once(counted.job(every_s=3600)) == ([], [])
    assert counted.runs == 2


def test_once_leaves_a_job_to_the_worker_that_has_it() -> None:
    leases.take("counted", holder="somebody else")
    counted = Counted()
    assert once(counted.job()) == ([], ["counted"])
    assert counted.runs == 0


def test_the_job_at_hand_is_finished_and_its_lease_given_back() -> None:
    begun, done = threading.Event(), threading.Event()

    def run() -> None:
        begun.set()
        time.sleep(0.5)
        done.set()

    with serving(Job(name="slow", run=run, every_s=1)):
        assert begun.wait(PATIENCE_S)
        assert Lease.objects.get().holder
    assert done.is_set()
    assert Lease.objects.get().holder == ""


def test_a_job_longer_than_a_lease_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LEASE_S", 0.6)
    monkeypatch.setattr(leases, "RENEW_S", 0.1)
    begun = threading.Event()

    def run() -> None:
        begun.set()
        time.sleep(1.2)

    with serving(Job(name="slow", run=run, every_s=1)):
        assert begun.wait(PATIENCE_S)
        time.sleep(0.9)
        assert not leases.take("slow", holder="somebody else")


def test_another_worker_takes_over_when_one_falls_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_S", 0.1)
    leases.take("counted", holder="killed")
    Lease.objects.update(until=Lease.objects.get().seen_at)
    counted = Counted()
    with serving(counted.job()):
        eventually(lambda: counted.runs >= 1)


def test_job_that_was_interrupted_is_no_failure_and_has_not_run() -> None:
    interrupted = Counted(jobs.Interrupted())
    with serving(interrupted.job()):
        eventually(lambda: interrupted.runs >= 2)
    assert Lease.objects.values_list("failures", "ran_at").get() == (0, None)


def test_nobody_was_ever_seen_on_a_fresh_database() -> None:
    assert jobs.last_seen() is None


def test_a_worker_that_runs_is_seen_and_so_is_what_fails() -> None:
    once(Counted(ValueError()).job(name="bad"), Counted().job(name="good"))
    assert jobs.last_seen() is not None
    assert jobs.failing() == ["bad"]


def test_a_name_is_registered_once() -> None:
    name = f"test-{time.monotonic_ns()}"
    job = Counted().job(name=name)
    try:
        jobs.register(job)
        jobs.register(job)
        with pytest.raises(ValueError, match=name):
            jobs.register(Counted().job(name=name))
    finally:
        jobs._jobs.pop(name)
