"""The jobs of the background worker: rooms register theirs in AppConfig.ready(), `manage.py worker` runs them.

A job runs in a thread of its own and under a lease, so that of several workers one does it. A worker that was
held up may find its lease gone while a job of its runs: a job must do no harm where two of it run at once.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from cognito_portal.worker.models import Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing that is done again and again, every `every_s` seconds counted from the end of a run.

    What `run` returns is not looked at; what it raises is logged by its class, and the job is tried again.
    """

    name: str
    run: Callable[[], object]
    every_s: float


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
    """Set once this worker was told to stop. A job that takes longer than some seconds looks at it and ends early."""
    return _stopping


def last_seen() -> datetime | None:
    """When a worker last said that it is alive (UTC), or None where none ever did. Raises django.db.Error."""
    seen: datetime | None = Lease.objects.aggregate(seen=Max("seen_at"))["seen"]
    return seen


def failing() -> list[str]:
    """The names of the jobs whose last run failed. Raises django.db.Error."""
    return list(Lease.objects.filter(failures__gt=0).order_by("name").values_list("name", flat=True))
