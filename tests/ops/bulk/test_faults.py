"""A Cognito that throttles, fails and loses answers in the middle of an act on many, over real HTTP."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.audit.record import By
from cognito_portal.ops.acts.table import BY_ACT
from cognito_portal.ops.bulk import steering
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.models import BulkAct, BulkActItem
from tests.audit.rows import stored
from tests.databases import Database
from tests.ops.bulk.many import states, work
from tests.ops.onboarding.test_faults import FlakyCognito

COUNT = 40


class FlakyPool(FlakyCognito):
    """The same with accounts in it, whose subs are their names, and AdminDisableUser counted."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.users = {name: name for name in (f"p{number}" for number in range(COUNT))}
        self.disabled: Counter[str] = Counter()
        self.operation = ""

    def answer(self, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        self.operation = operation
        return super().answer(operation, body)

    def _get(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.operation != "AdminDisableUser":
            return super()._get(body)
        self.disabled[body["Username"]] += 1
        return 200, {}


@pytest.fixture
def pool(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlakyPool]:
    settings.BULK_PER_SECOND = 0.0
    with FlakyPool(seed=4711) as cognito:
        settings.AWS_REGION = "eu-west-1"
        settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = cognito.url  # type: ignore[attr-defined]
        settings.COGNITO_USER_POOL_ID = "eu-west-1_Flaky0002"
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        clients.forget()
        yield cognito  # type: ignore[misc]
        clients.forget()


def disabling(pool: FlakyPool) -> BulkAct:
    staff = User.objects.create_user("olga")
    by = By(actor=f"staff:{staff.pk}", address="192.0.2.1", user_agent="test")
    steering.begin(
        BY_ACT[Act.DISABLE],
        list(pool.users),
        form_id="b" * 32,
        reason="INC-1",
        staff=staff,
        by=by,
        now=datetime.now(UTC),
    )
    return BulkAct.objects.get()


def test_faults_in_the_middle_lose_nobody_and_double_nobody(database: Database, pool: FlakyPool) -> None:
    job, at = disabling(pool), datetime.now(UTC)
    for _ in range(20 * COUNT):
        if (job := BulkAct.objects.get()).state == "finished":
            break
        # What the portal waits for passes at once.
        at = job.wait_until or at
        work(at)
    assert min(pool.faults[fault] for fault in ("throttled", "failed", "lost")) >= 3
    assert set(states(job)) == {"done", "unknown"}
    done = set(BulkActItem.objects.filter(state="done").values_list("sub", flat=True))
    assert {name for name, times in pool.disabled.items() if times == 1} >= done
    assert max(pool.disabled.values()) == 1
    ended = Counter(row["outcome"] for row in stored() if row["phase"] == "end")
    assert ended["success"] == len(done)
    begun = [row["call_id"] for row in stored() if row["phase"] == "begin"]
    assert sorted(begun) == sorted(row["call_id"] for row in stored() if row["phase"] == "end")
