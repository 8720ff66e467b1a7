"""Long lists, and a worker that is killed in the middle of one: nobody is lost and nobody invited twice."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from cognito_portal.ops.models import OnboardingItem
from tests.conftest import Portal
from tests.databases import environment_for
from tests.live import ROOT
from tests.ops.onboarding.lists import accounts, again, mails, names, rows, started, states, table, work

COUNT = 40
# As many as the embedded outbox keeps: ONBOARDING_PEOPLE=1000.
MANY = int(os.environ.get("ONBOARDING_PEOPLE", "200"))
# Dies on the seventeenth call: either as it goes out, or once it is answered and nothing of that is written down.
WORKER = """
import os, signal, sys
import django
django.setup()
from cognito_portal import clients
from cognito_portal.ops.onboarding import running

really, calls = clients.cognito().admin_create_user, []

def call(**given):
    calls.append(given)
    if len(calls) == 17 and sys.argv[1] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    made = really(**given)
    if len(calls) == 17:
        os.kill(os.getpid(), signal.SIGKILL)
    return made

clients.cognito().admin_create_user = call
running.work()
"""


def process(portal: Portal, *command: str) -> int:
    """What another process of the portal's ends with."""
    environment = {
        **os.environ,
        **environment_for(portal.database),
        "AWS_REGION": portal.cognito.region,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": portal.cognito.endpoint,
        "COGNITO_USER_POOL_ID": portal.cognito.user_pool_id,
        "COGNITO_CLIENT_ID": portal.cognito.client_id,
        "ONBOARDING_PER_SECOND": "0",
        "ONBOARDING_MAILS_PER_DAY": "0",
    }
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, timeout=60, check=False
    ).returncode


def test_worker_command_sends_lists(portal: Portal) -> None:
    job = started(table(names(2)))
    assert process(portal, "manage.py", "worker", "--once") == 0
    assert (again(job).state, states(job)) == ("finished", {"done": 2})


@pytest.mark.parametrize("when", ["before", "after"])
def test_next_worker_loses_nobody_and_invites_nobody_twice(portal: Portal, when: str) -> None:
    people = names(COUNT)
    job = started(table(people))
    assert process(portal, "-c", WORKER, when) == -signal.SIGKILL
    assert states(job) == {"done": 16, "sending": 1, "waiting": COUNT - 17}
    work()
    assert states(job) == {"done": COUNT - 1, "sending": 1}
    work(datetime.now(UTC) + timedelta(seconds=31))
    assert (again(job).state, states(job)) == ("finished", {"done": COUNT})
    assert mails(portal.api, people) == dict.fromkeys(people, 1)
    assert len(accounts(portal.api, people)) == COUNT
    outcome = "success" if when == "after" else "unknown_user"
    assert rows(job, "ops.onboarding_settled") == [("single", outcome, "worker")]
    assert not OnboardingItem.objects.filter(job_id=job.id, sub="").exists()


def test_long_list_invites_each_of_its_people_once(portal: Portal) -> None:
    people = names(MANY)
    job = started(table(people))
    work()
    assert (again(job).state, states(job)) == ("finished", {"done": MANY})
    assert mails(portal.api, people) == dict.fromkeys(people, 1)
    assert len(rows(job)) == 2 * MANY
