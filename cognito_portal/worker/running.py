"""A worker: runs every job in a thread of its own, and holds their leases from the main thread."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import Error, close_old_connections, connection, connections

from cognito_portal.worker import leases
from cognito_portal.worker.jobs import Interrupted, Job

log = logging.getLogger(__name__)

LOOK_S = 0.2
"""How often the main thread looks whether it was told to stop. A signal handler that sets an Event could meet
this very thread inside of that Event, and would wait for itself."""
LONGEST_RETRY_S = 60.0


@dataclass(slots=True)
class _Task:
    """One job, and what this worker knows of it. `held_until` and `due` are monotonic seconds."""

    job: Job
    held_until: float = 0.0
    due: float = 0.0
    ran_at: float | None = None
    failures: int = 0
    error: str = ""
    mutex: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_held(self) -> bool:
        return time.monotonic() < self.held_until

    def report(self) -> leases.Report:
        with self.mutex:
            ago = None if self.ran_at is None else time.monotonic() - self.ran_at
            return leases.Report(ran_s_ago=ago, failures=self.failures, error=self.error)

    def ended_well(self) -> None:
        with self.mutex:
            self.ran_at, self.failures, self.error = time.monotonic(), 0, ""
        self.due = time.monotonic() + self.job.every_s

    def failed(self, error: Exception) -> None:
        """Count it, log it by its class, and pause longer with each: a job of every second within ten."""
        with self.mutex:
            self.failures, self.error = self.failures + 1, type(error).__name__
        longest = min(LONGEST_RETRY_S, max(10.0, self.job.every_s))
        self.due = time.monotonic() + min(longest, 2.0 ** min(self.failures, 8))
        said = {"job": self.job.name, "failures": self.failures, "error": self.error}
        log.error("worker.job_failed", extra=said)


class Worker:
    """Runs jobs until `stopping` is set. What a job or the database raises is logged and never ends it."""

    def __init__(self, jobs: Sequence[Job], *, stopping: threading.Event) -> None:
        self.holder = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._tasks = [_Task(job) for job in jobs]
        self._stopping = stopping

    def serve(self, is_told: Callable[[], bool]) -> None:
        """Run the jobs until `is_told` says to stop; return when those at hand have ended."""
        log.info("worker.started", extra={"holder": self.holder, "jobs": len(self._tasks)})
        self._hold_leases_while([_started(self._keep_running, task) for task in self._tasks], is_told)
        log.info("worker.stopped", extra={"holder": self.holder})

    def run_once(self, is_told: Callable[[], bool]) -> tuple[list[str], list[str]]:
        """Run every job once, in their order; the names of those that failed, and of those held elsewhere."""
        elsewhere: list[str] = []
        self._hold_leases_while([_started(self._run_each, elsewhere)], is_told)
        return [task.job.name for task in self._tasks if task.failures], elsewhere

    def _keep_running(self, task: _Task) -> None:
        while not self._stopping.is_set():
            try:
                self._turn(task)
            except Interrupted:
                task.due = time.monotonic() + task.job.every_s
            except Exception as error:
                task.failed(error)
            close_old_connections()
            self._stopping.wait(max(0.0, min(task.due - time.monotonic(), leases.RENEW_S)))

    def _turn(self, task: _Task) -> None:
        """Run the job if it is this worker's to run, and due."""
        if not task.is_held:
            if not self._take(task):
                task.due = time.monotonic() + leases.RENEW_S
                return
            passed_s = leases.seconds_since_run(task.job.name)
            if passed_s is not None:
                # Never sooner than the pause after a failure of this worker's own.
                task.due = max(task.due, time.monotonic() + task.job.every_s - passed_s)
        if time.monotonic() >= task.due:
            task.job.run()
            task.ended_well()

    def _run_each(self, elsewhere: list[str]) -> None:
        for task in self._tasks:
            if self._stopping.is_set():
                return
            try:
                if not self._take(task):
                    elsewhere.append(task.job.name)
                    continue
                task.job.run()
                task.ended_well()
            except Interrupted:
                return
            except Exception as error:
                task.failed(error)
            close_old_connections()

    def _take(self, task: _Task) -> bool:
        asked_at = time.monotonic()
        if not leases.take(task.job.name, holder=self.holder):
            return False
        if not task.is_held:
            # Others may have run it meanwhile, and have said so.
            task.ran_at = None
        task.held_until = asked_at + leases.LEASE_S
        return True

    def _hold_leases_while(self, threads: Sequence[threading.Thread], is_told: Callable[[], bool]) -> None:
        """Renew what is held until the threads have ended, tell them once to stop, and give everything back."""
        renew_at = time.monotonic() + leases.RENEW_S
        while alive := [thread for thread in threads if thread.is_alive()]:
            if is_told():
                self._stopping.set()
            if time.monotonic() >= renew_at:
                self._each_held(self._renew)
                renew_at = time.monotonic() + leases.RENEW_S
            alive[0].join(LOOK_S)
        self._each_held(self._release)

    def _each_held(self, act: Callable[[_Task], None]) -> None:
        """Do it for every job held. Where the database fails, the leases lapse or are renewed the next time."""
        try:
            for task in self._tasks:
                if task.is_held:
                    act(task)
        except Error as error:
            log.error("worker.lease_failed", extra={"holder": self.holder, "error": type(error).__name__})
            connection.close()
        close_old_connections()

    def _renew(self, task: _Task) -> None:
        asked_at = time.monotonic()
        is_ours = leases.renew(task.job.name, task.report(), holder=self.holder)
        task.held_until = asked_at + leases.LEASE_S if is_ours else 0.0

    def _release(self, task: _Task) -> None:
        leases.release(task.job.name, task.report(), holder=self.holder)
        task.held_until = 0.0


def _started(target: Callable[..., None], *arguments: object) -> threading.Thread:
    """A running thread that closes its database connections when it ends."""

    def closing() -> None:
        try:
            target(*arguments)
        finally:
            connections.close_all()

    thread = threading.Thread(target=closing)
    thread.start()
    return thread
