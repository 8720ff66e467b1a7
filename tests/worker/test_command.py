"""`manage.py worker` as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from cognito_portal.audit import record
from cognito_portal.audit.events import Event
from cognito_portal.worker.models import Lease
from tests.audit.rows import BY, somebody, stored
from tests.databases import Database, environment_for

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
POOL = {
    "AWS_REGION": "us-east-1",
    "COGNITO_USER_POOL_ID": "us-east-1_UnSet0000",
    "COGNITO_CLIENT_ID": "1example",
}


def worker(database: Database, *options: str) -> subprocess.Popen[str]:
    environment = os.environ | environment_for(database) | POOL
    return subprocess.Popen(
        [sys.executable, "manage.py", "worker", *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_open() -> None:
    record.begin(
        event=Event.SIGNIN_STARTED,
        step="InitiateAuth",
        attempt_id="a",
        turn=0,
        person=somebody(),
        client_id="client",
        by=BY,
        now=datetime.now(UTC) - timedelta(seconds=61),
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_worker_ends_the_open_call_and_when_told_ends_itself_with_its_leases_free(
    database: Database, number: signal.Signals
) -> None:
    left_open()
    with worker(database) as process:
        deadline = time.monotonic() + PATIENCE_S
        while len(stored()) < 2:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.1)
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert stored()[1]["outcome"] == "unknown"
    assert set(Lease.objects.values_list("holder", flat=True)) == {""}


def test_once_runs_every_job_and_ends(database: Database) -> None:
    left_open()
    with worker(database, "--once") as process:
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert stored()[1]["outcome"] == "unknown"
    assert {"reconcile", "sessions", "retention"} <= set(
        Lease.objects.filter(ran_at__isnull=False).values_list("name", flat=True)
    )


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_once_says_what_failed(database: Database) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE django_session")
    with worker(database, "--once") as process:
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "These jobs failed: sessions." in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_job_that_is_left_out_is_not_run(database: Database) -> None:
    left_open()
    with worker(database, "--once", "--without", "reconcile") as process:
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert len(stored()) == 1
