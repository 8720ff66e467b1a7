"""Workers that are killed half-way, and two at once: nobody is lost, and nobody is dealt with twice."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.audit.forgetting import Forgetting
from cognito_portal.audit.record import By
from cognito_portal.cognito.errors import CognitoError, error_for
from cognito_portal.cognito.types import PoolUser, Receipt
from cognito_portal.ops.acts.table import BY_ACT
from cognito_portal.ops.bulk import steering
from cognito_portal.ops.bulk.jobs import forget
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.models import BulkAct
from tests.conftest import Portal
from tests.databases import Database, default_database, environment_for, in_threads
from tests.live import ROOT
from tests.ops.bulk.many import begun, people, rows, state, states, work
from tests.ops.index.accounts import sub_of, user
from tests.ops.test_desk import desk
from tests.signin.browsing import Tab
from tests.test_roles import Made, roles_apart

__all__ = ["desk", "roles_apart"]

COUNT = 30
# Dies on the twelfth call: either as it goes out, or once it is answered and nothing of that is written down.
WORKER = """
import os, signal, sys
import django
django.setup()
from cognito_portal import clients
from cognito_portal.ops.bulk import running

really, calls = clients.cognito().admin_resend_invitation, []

def call(**given):
    calls.append(given)
    if len(calls) == 12 and sys.argv[1] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = really(**given)
    if len(calls) == 12:
        os.kill(os.getpid(), signal.SIGKILL)
    return done

clients.cognito().admin_resend_invitation = call
running.work()
"""


def killed(portal: Portal, when: str) -> None:
    environment = {
        **os.environ,
        **environment_for(portal.database),
        "AWS_REGION": portal.cognito.region,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": portal.cognito.endpoint,
        "COGNITO_USER_POOL_ID": portal.cognito.user_pool_id,
        "COGNITO_CLIENT_ID": portal.cognito.client_id,
        "BULK_PER_SECOND": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", WORKER, when], cwd=ROOT, env=environment, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL


@pytest.fixture(autouse=True)
def no_pace(settings: Settings) -> None:
    settings.BULK_PER_SECOND = 0.0


@pytest.mark.parametrize(("when", "sent"), [("before", 11), ("after", 12)])
def test_next_worker_loses_nobody_and_sends_nothing_twice(
    portal: Portal, desk: Tab, when: str, sent: int
) -> None:
    names = people(portal.api, COUNT, confirmed=False)
    job = begun(desk, "resend_invitation", names)
    killed(portal, when)
    assert states(job) == {"done": 11, "sending": 1, "waiting": COUNT - 12}
    work(datetime.now(UTC) + timedelta(seconds=31))
    assert (state(job), states(job)) == ("finished", {"done": COUNT - 1, "unknown": 1})
    # The first mail of each is the invitation itself.
    mails = Counter(len(portal.api.outbox(name)) for name in names)
    assert mails == ({2: COUNT - 1, 1: 1} if when == "before" else {2: COUNT})
    assert rows(job, "ops.invitation_resent").count(("begin", "")) == COUNT


class Pool:
    """A pool of accounts in memory. `faults` are raised by the next calls of AdminDisableUser."""

    def __init__(self, names: list[str]) -> None:
        self.by_sub: dict[str, PoolUser] = {sub_of(name): user(name) for name in names}
        self.disabled: Counter[str] = Counter()
        self.faults: list[CognitoError] = []
        self._mutex = threading.Lock()

    def admin_get_user(self, *, username: str) -> PoolUser:
        return self.by_sub.get(username) or user(username)

    def admin_disable_user(self, *, username: str) -> Receipt:
        with self._mutex:
            if self.faults:
                raise self.faults.pop()
            self.disabled[username] += 1
        return Receipt(request_id=None)

    def describe_user_pool(self, **_: Any) -> Any:
        raise error_for(
            "AccessDeniedException", "", status=400, operation="DescribeUserPool", request_id=None
        )


@pytest.fixture
def pool(database: Database, monkeypatch: pytest.MonkeyPatch) -> Pool:
    made = Pool([f"p{number}" for number in range(COUNT)])
    clients.forget()
    monkeypatch.setattr(clients, "cognito", lambda: made)
    return made


def disabling(pool: Pool, staff: User | None = None) -> BulkAct:
    staff = staff or User.objects.create_user("olga")
    by = By(actor=f"staff:{staff.pk}", address="192.0.2.1", user_agent="test")
    now = datetime.now(UTC)
    entry, job_id = BY_ACT[Act.DISABLE], "a" * 32
    assert steering.begin(
        entry, list(pool.by_sub), form_id=job_id, reason="INC-1", staff=staff, by=by, now=now
    )
    return BulkAct.objects.get(id=job_id)


def test_two_workers_at_once_share_the_accounts(pool: Pool) -> None:
    job = disabling(pool)
    in_threads(lambda _: work(), range(2), threads=2)
    assert (state(job), states(job)) == ("finished", {"done": COUNT})
    assert pool.disabled == dict.fromkeys((f"p{number}" for number in range(COUNT)), 1)


def test_throttled_in_the_middle_it_goes_on_on_both_databases(pool: Pool) -> None:
    job = disabling(pool)
    throttled = error_for(
        "TooManyRequestsException", "", status=400, operation="AdminDisableUser", request_id=None
    )
    pool.faults = [throttled, throttled]
    for minutes in (0, 5, 10):
        work(datetime.now(UTC) + timedelta(minutes=minutes))
    assert (state(job), states(job)) == ("finished", {"done": COUNT})
    assert set(pool.disabled.values()) == {1}


def test_staff_who_is_gone_acts_on_nobody(pool: Pool) -> None:
    job = disabling(pool)
    User.objects.all().delete()
    work()
    assert states(job) == {"skipped": COUNT}
    assert not pool.disabled


def test_site_begins_an_act_and_the_worker_carries_it_out_with_no_more_rights(
    roles_apart: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(["p1", "p2"])
    clients.forget()
    monkeypatch.setattr(clients, "cognito", lambda: pool)
    staff = User.objects.create_user("olga")
    with default_database(roles_apart.url("site")):
        job = disabling(pool, staff)
    with default_database(roles_apart.url("worker")):
        work()
        assert (state(job), states(job)) == ("finished", {"done": 2})


def test_whoever_forgets_people_erases_them_from_the_acts(
    roles_apart: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(["p1"])
    monkeypatch.setattr(clients, "cognito", lambda: pool)
    job = disabling(pool)
    with default_database(roles_apart.url("retention")):
        assert forget(Forgetting(pool_id=job.pool_id, accounts=frozenset(), sub=sub_of("p1"))) == 1
    assert states(job) == {"skipped": 1}
