"""The jobs of the background worker: rooms register theirs in AppConfig.ready(), `manage.py worker` runs them.

A job runs in a thread of its own and under a lease, so that of several workers one does it. A worker that was
held up may find its lease gone while a job of its runs: a job must do no harm where two of it run at once.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from cognito_portal.worker.models import Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing that is done again and again, every `every_s` seconds counted from the end of a run.

    What `run` returns is not looked at; what it raises is logged by its class, and the job is tried again.
    """

    name: str
    run: Callable[[], object]
    every_s: float


class Interrupted(Exception):
    """A job that was told to stop ends by raising this: it neither failed nor did it end well."""


_jobs: dict[str, Job] = {}
_stopping = threading.Event()


def register(job: Job) -> None:
    """Have workers run this job. Raises ValueError where its name is taken by another one, or is too long."""
    if len(job.name) > 64 or _jobs.setdefault(job.name, job) != job:
        raise ValueError(f"there is a job {job.name!r} already, or the name is too long")


def registered() -> tuple[Job, ...]:
    """All jobs, in the order of their registration."""
    return tuple(_jobs.values())


def stopping() -> threading.Event:
    """Set once this worker was told to stop. A job that may wait waits for this."""
    return _stopping


def stop_if_told() -> None:
    """Raise Interrupted where this worker was told to stop: for a job between two parts of its work."""
    if _stopping.is_set():
        raise Interrupted


def last_run(name: str) -> datetime | None:
    """When this job last ended well (UTC), some seconds late, or None where it never did. Raises django.db.Error."""
    ran_at: datetime | None = Lease.objects.filter(name=name).values_list("ran_at", flat=True).first()
    return ran_at


def last_seen() -> datetime | None:
    """When a worker last said that it is alive (UTC), or None where none ever did. Raises django.db.Error."""
    seen: datetime | None = Lease.objects.aggregate(seen=Max("seen_at"))["seen"]
    return seen


ASLEEP = timedelta(minutes=1)
"""Silent for longer, a worker does not do what somebody waits for."""
LATE = timedelta(minutes=2)
"""Silent for longer, no worker does what goes on in the background."""


def is_silent(seen: datetime | None, than: timedelta) -> bool:
    """Whether a worker that was last seen then (`last_seen`) has said nothing for longer than `than`."""
    return seen is None or timezone.now() - seen > than


def failing() -> list[str]:
    """The names of the jobs whose last run failed. Raises django.db.Error."""
    return list(Lease.objects.filter(failures__gt=0).order_by("name").values_list("name", flat=True))
