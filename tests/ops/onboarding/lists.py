"""Lists of people to invite, and what became of them."""

import secrets
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from cognito_portal import clients
from cognito_portal.audit.record import By
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding import running, steering
from cognito_portal.ops.onboarding.checking import check_table, write_down
from tests.audit.rows import stored
from tests.demo.conftest import Caller

BY = By(actor="staff:1", address="192.0.2.1", user_agent="test")
TITLE = "INC-4711"


def names(count: int) -> list[str]:
    mark = secrets.token_hex(4)
    return [f"p{mark}-{number:04}" for number in range(count)]


def table(usernames: list[str], *more: str) -> str:
    rows = [f"{name},{name}@example.com,Some Body" for name in usernames]
    return "\n".join(["username,email,name", *rows, *more])


def drafted(text: str, *, medium: str = "", existing: Any = lambda names: set()) -> OnboardingJob:
    pool = clients.pool_settings()
    sheet = check_table(text, pool=pool, medium=medium)
    return write_down(sheet, title=TITLE, pool=pool, existing=existing, by=BY, now=datetime.now(UTC))


def started(text: str) -> OnboardingJob:
    job = drafted(text)
    assert steering.start(job, by=BY, now=datetime.now(UTC))
    return again(job)


def again(job: OnboardingJob) -> OnboardingJob:
    return OnboardingJob.objects.get(id=job.id)


def item(job: OnboardingJob, number: int = 2) -> OnboardingItem:
    return OnboardingItem.objects.get(job_id=job.id, number=number)


def work(at: datetime | None = None) -> None:
    running.work(clock=lambda: at or datetime.now(UTC))


def states(job: OnboardingJob) -> dict[str, int]:
    return dict(Counter(OnboardingItem.objects.filter(job_id=job.id).values_list("state", flat=True)))


def rows(job: OnboardingJob, event: str = "ops.user_invited") -> list[tuple[str, str, str]]:
    """(phase, outcome, actor) of the log's rows of a list."""
    found = [row for row in stored() if row["attempt_id"] == job.id and row["event"] == event]
    return [(row["phase"], row["outcome"], row["actor"]) for row in found]


def mails(api: Caller, usernames: list[str]) -> dict[str, int]:
    """How many invitations each of these was sent."""
    messages = api.http.get(api.cognito.outbox_url + "/messages.json", timeout=20).json()
    wanted = set(usernames)
    return dict(Counter(each["username"] for each in messages if each["username"] in wanted))


def accounts(api: Caller, usernames: list[str]) -> list[str]:
    """Those of these names that have an account."""
    return [name for name in usernames if not api.signed("AdminGetUser", Username=name).refusal]
