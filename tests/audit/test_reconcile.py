"""Every begun call gets its end row, also where the process that began it is dead."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from cognito_portal.audit import reconcile as reconciling
from cognito_portal.audit import record
from cognito_portal.audit.events import Outcome
from cognito_portal.audit.proof.canonical import mac_of, signed_values
from cognito_portal.audit.proof.keys import row_keys
from cognito_portal.audit.reconcile import reconcile
from cognito_portal.worker import jobs, leases
from cognito_portal.worker.models import Lease
from tests.audit.rows import begun, noted, somebody, stored

pytestmark = pytest.mark.usefixtures("database")
LATER = timedelta(seconds=61)


def in_a_minute(*, more: timedelta = LATER) -> int:
    now = datetime.now(UTC) + more
    return reconcile(clock=lambda: now)


def ran(*, ago: timedelta) -> None:
    leases.take(reconciling.JOB, holder="w")
    Lease.objects.update(ran_at=Now() - ago)


def test_call_left_open_is_ended_as_unknown() -> None:
    call = begun(somebody("newhire"), attempt_id="attempt-1")
    assert in_a_minute() == 1
    begin_row, end_row = stored()
    said = {
        name: end_row[name] for name in ("phase", "outcome", "error_code", "actor", "turn", "duration_ms")
    }
    assert said == {
        "phase": "end",
        "outcome": "unknown",
        "error_code": "NoEndRow",
        "actor": "worker",
        "turn": None,
        "duration_ms": None,
    }
    assert end_row["call_id"] == call.call_id
    for name in record.OF_ITS_CALL:
        assert end_row[name] == begin_row[name]


def test_its_end_row_carries_a_mac() -> None:
    begun()
    in_a_minute()
    row = stored()[-1]
    row["time"] = row["time"].replace(tzinfo=UTC)
    assert bytes(row["mac"]) == mac_of(signed_values(row), key=row_keys()[row["key_id"]])


def test_call_that_may_still_run_is_left_alone() -> None:
    begun()
    assert in_a_minute(more=timedelta(seconds=55)) == 0
    assert len(stored()) == 1


def test_ended_calls_and_single_rows_are_left_alone() -> None:
    record.end(begun(), outcome=Outcome.SUCCESS)
    noted()
    assert in_a_minute() == 0
    assert len(stored()) == 3


def test_a_call_is_ended_once() -> None:
    begun()
    assert (in_a_minute(), in_a_minute()) == (1, 0)


def test_call_that_was_ended_here_cannot_grant_any_more() -> None:
    call = begun()
    in_a_minute()
    with pytest.raises(record.AuditUnavailable):
        record.end(call, outcome=Outcome.SUCCESS)
    assert [row["outcome"] for row in stored()] == ["", "unknown"]


def test_call_that_ends_while_it_is_looked_at_keeps_its_own_end() -> None:
    call = begun()
    (row,) = stored()
    record.end(call, outcome=Outcome.SUCCESS)
    assert not record.end_left_open(row, by=reconciling.WORKER, error_code="NoEndRow")
    assert [row["outcome"] for row in stored()] == ["", "success"]


def test_all_of_a_long_time_are_ended_a_window_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "WINDOW", 3)
    monkeypatch.setattr(reconciling, "BATCH", 2)
    open_calls = {begun().call_id for _ in range(8)}
    for _ in range(5):
        record.end(begun(), outcome=Outcome.SUCCESS)
    assert in_a_minute() == 8
    assert {row["call_id"] for row in stored() if row["outcome"] == "unknown"} == open_calls


def test_after_a_run_that_ended_well_only_what_came_since_is_looked_at() -> None:
    begun()
    ran(ago=timedelta(0))
    assert in_a_minute(more=timedelta(hours=1)) == 1
    begun()
    ran(ago=timedelta(hours=-2))
    assert in_a_minute(more=timedelta(hours=3)) == 0


def test_told_to_stop_it_does_not_say_that_it_has_seen_everything() -> None:
    jobs.stopping().set()
    try:
        with pytest.raises(jobs.Interrupted):
            in_a_minute()
    finally:
        jobs.stopping().clear()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_statement_goes_by_an_index() -> None:
    now = datetime.now(UTC).isoformat()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {reconciling._OPEN}", [now, now])
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "audit_event_time (time>? AND time<?)" in plan
    assert "audit_event_end (call_id=?)" in plan
    assert "SCAN" not in plan
