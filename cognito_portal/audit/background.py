"""Whether somebody does the background work, for the pages that rest on it."""

from dataclasses import dataclass
from datetime import datetime

from cognito_portal.worker import jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSeen:
    """When a worker last said that it is alive, whether that is too long ago, and which of its jobs fail."""

    at: datetime | None
    is_late: bool
    failing: tuple[str, ...]


def worker_seen() -> WorkerSeen:
    """What `templates/audit/worker_note.html` shows, under the context key `worker`. Raises django.db.Error."""
    at = jobs.last_seen()
    is_late = jobs.is_silent(at, jobs.LATE)
    return WorkerSeen(at=at, is_late=is_late, failing=tuple(jobs.failing()))
