"""Workers are killed while people sign in: nobody is in without a row, and every call has an outcome soon after.

The small version is part of `make test`; `make kill` runs it with 100 kills and 5,000 grants.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from cognito_portal.audit.events import TRIES
from cognito_portal.audit.models import AuditEvent
from cognito_portal.audit.proof import seals
from cognito_portal.audit.reconcile import NO_END_ROW, reconcile
from cognito_portal.identity import SIGNED_IN
from cognito_portal.sessions import SessionStore
from tests.audit.proof.logs import fault
from tests.databases import Database
from tests.live import ROOT, LiveSite, Visitor
from tests.security.kills import Load, SlowCognito, run, workers_of
from tests.signin.test_concurrency import site_on

KILLS = int(os.environ.get("KILLS", "3"))
GRANTS = int(os.environ.get("KILL_GRANTS", "60"))
IS_FULL = KILLS >= 100
STRUCK = KILLS * 4 // 5 if IS_FULL else 1
WORKERS, PEOPLE = (4, 16) if IS_FULL else (2, 8)
PAUSE_S = (0.2, 1.5) if IS_FULL else (0.1, 0.5)
OUTCOME_WITHIN = timedelta(seconds=90)

pytestmark = [
    pytest.mark.timeout(0 if IS_FULL else 120),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the workers in /proc"),
]

LEFT_OPEN = """
SELECT COUNT(*) FROM audit_event b WHERE b.phase = 'begin'
AND NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.call_id = b.call_id AND e.phase = 'end')
"""
ROWS = """
SELECT e.phase, e.event, e.outcome, e.error_code, e.call_id, e.attempt_id, p.typed
FROM audit_event e LEFT JOIN audit_person p ON p.commitment = e.person_commitment ORDER BY e.id
"""


def rows() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def session_attempts() -> list[str]:
    """The attempt id of every session in which somebody is signed in."""
    decoded = [SessionStore().decode(row.session_data) for row in Session.objects.all()]
    return [each[SIGNED_IN]["attempt_id"] for each in decoded if SIGNED_IN in each]


@contextmanager
def served(stub: SlowCognito, database: Database, folder: Path) -> Iterator[LiveSite]:
    """A site whose sessions and rows this process can read."""
    more = {
        "SECRET_KEY": settings.SECRET_KEY,
        "AUDIT_KEYS": ",".join(settings.AUDIT_KEYS),
        "TRUSTED_PROXY_COUNT": "1",
        "COGNITO_AUTH_FLOW": "USER_PASSWORD_AUTH",
        "DATABASE_POOL_SIZE": "8",
    }
    with stub, site_on(stub, database, folder, workers=WORKERS, **more) as site:
        yield site


@contextmanager
def worker_beside(site: LiveSite) -> Iterator[None]:
    """The background worker, where there is time for it: it looks every ten seconds."""
    if not IS_FULL:
        yield
        return
    environment = site.environment | {"DATABASE_WAIT_SECONDS": "20", "LOG_LEVEL": "WARNING"}
    process = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(30) == 0


def left_open() -> int:
    with connection.cursor() as cursor:
        cursor.execute(LEFT_OPEN)
        return int(cursor.fetchone()[0])


def slowest_outcome() -> timedelta:
    """The longest time that a call without an end of its own stood open."""
    begun = dict(AuditEvent.objects.filter(phase="begin").values_list("call_id", "time"))
    ended = AuditEvent.objects.filter(error_code=NO_END_ROW).values_list("call_id", "time")
    return max((moment - begun[call_id] for call_id, moment in ended), default=timedelta(0))


def settle() -> float:
    """Let the reconciler come round within its 90 seconds, by the worker or by another clock; how long it took."""
    if not IS_FULL:
        now = datetime.now(UTC)
        reconcile(clock=lambda: now + OUTCOME_WITHIN - timedelta(seconds=10))
        return 0.0
    began = time.monotonic()
    while left_open() and time.monotonic() - began < OUTCOME_WITHIN.total_seconds():
        time.sleep(0.5)
    return time.monotonic() - began


def test_call_whose_process_is_killed_grants_nothing_and_has_an_outcome(
    database: Database, tmp_path: Path
) -> None:
    stub = SlowCognito()
    stub.latency_s = 1.0
    with served(stub, database, tmp_path) as site, ThreadPoolExecutor() as beside:
        user = stub.confirm("newhire")
        visitor = Visitor(site, address="192.0.2.7")
        visitor.get("/sign-in/")
        answer = beside.submit(visitor.post, "/sign-in/", username="newhire", password=user.password)
        assert stub.asked.wait(20)
        for pid in workers_of(site):
            os.kill(pid, signal.SIGKILL)
        assert isinstance(answer.exception(), requests.ConnectionError)
        while not any(call.granted for call in stub.calls):
            time.sleep(0.01)
    assert left_open() == 1
    now = datetime.now(UTC)
    reconcile(clock=lambda: now + OUTCOME_WITHIN - timedelta(seconds=10))
    begin_row, end_row = rows()
    assert end_row["call_id"] == begin_row["call_id"]
    assert (end_row["outcome"], end_row["error_code"]) == ("unknown", NO_END_ROW)
    assert session_attempts() == []


def test_no_kill_makes_a_grant_without_a_row_or_leaves_a_call_without_an_outcome(
    database: Database, tmp_path: Path
) -> None:
    stub = SlowCognito()
    with served(stub, database, tmp_path) as site, worker_beside(site):
        load = Load(site, stub)
        run(load, people=PEOPLE, kills=KILLS, struck=STRUCK, grants=GRANTS, pause_s=PAUSE_S)
        settled_s = settle()
    written = rows()
    report(load, stub, written, settled_s)

    assert left_open() == 0
    assert slowest_outcome() <= OUTCOME_WITHIN
    succeeded = [
        row
        for row in written
        if row["phase"] == "end" and row["outcome"] == "success" and row["event"] in TRIES
    ]
    with_row = {row["typed"] for row in succeeded}
    assert {each.username for each in load.granted} - with_row == set()
    assert set(session_attempts()) - {row["attempt_id"] for row in succeeded} == set()

    assert_cognito_agrees(stub, written, with_row)
    assert len(load.kills) >= KILLS and load.kills_in_flight >= STRUCK and len(load.granted) >= GRANTS
    seals.seal_pending()
    assert fault() == ""


def assert_cognito_agrees(stub: SlowCognito, written: list[dict[str, Any]], with_row: set[str]) -> None:
    """What Cognito has done and what the log says differ only in calls that the log knows nothing of the end of."""
    calls = [call for call in stub.calls if call.operation in ("InitiateAuth", "RespondToAuthChallenge")]
    granted = {call.granted for call in calls if call.granted}
    lost = {row["typed"] for row in written if row["phase"] == "end" and row["error_code"] == NO_END_ROW}
    assert with_row - granted == set()
    assert granted - with_row - lost == set()
    made = Counter(call.username for call in calls)
    begun = Counter(row["typed"] for row in written if row["phase"] == "begin" and row["event"] in TRIES)
    known = Counter(
        row["typed"]
        for row in written
        if row["phase"] == "end" and row["event"] in TRIES and row["error_code"] != NO_END_ROW
    )
    assert {name for name in made if made[name] > begun[name]} == set()
    assert {name for name in known if known[name] > made[name]} == set()


def report(load: Load, stub: SlowCognito, written: list[dict[str, Any]], settled_s: float) -> None:
    """Figures for whoever runs it with -s."""
    lost = sum(row["error_code"] == NO_END_ROW for row in written)
    granted = sum(1 for call in stub.calls if call.granted)
    print(
        f"{time.strftime('%H:%M:%S')} {connection.vendor}: {len(load.kills)} kills, {load.kills_in_flight} with a"
        f" sign-in in flight; {len(load.sent)} forms sent, statuses {dict(load.statuses())};"
        f" {len(load.granted)} grants seen, {granted} by Cognito, {len(session_attempts())} sessions;"
        f" {lost} calls ended by the reconciler, the last {settled_s:.0f} s after the load, each within"
        f" {slowest_outcome().total_seconds():.0f} s; {len(written)} rows"
    )
