"""Old rows go by whole sealed batches, the log says so, and what is left still verifies."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import Error, connection
from pytest_django import Settings

from cognito_portal.audit.events import Event
from cognito_portal.audit.models import (
    AuditEvent,
    AuditLeaf,
    AuditNamePart,
    AuditPerson,
    AuditPrune,
    AuditRollup,
)
from cognito_portal.audit.proof import retention, seals
from cognito_portal.worker import jobs
from tests.audit.proof.logs import fault, write_rows
from tests.audit.rows import begun, somebody

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=366)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "MAX_ROWS", 10)
    monkeypatch.setattr(retention, "DELETE_ROWS", 7)
    monkeypatch.setattr(retention, "PAUSE_S", 0)
    monkeypatch.setattr(retention, "SEAL_WAIT_S", 0)


def sealed_rows(count: int, *, at: datetime) -> set[int]:
    """Write rows and seal them at this moment; their ids."""
    before = set(AuditEvent.objects.values_list("id", flat=True))
    write_rows(count)
    seals.seal_pending(now=at)
    return set(AuditEvent.objects.values_list("id", flat=True)) - before


def run(*, now: datetime = NOW) -> retention.Done:
    """Retention, the sealer's turn, and retention once more."""
    marking = retention.work(now=now)
    seals.seal_pending(now=now)
    deleting = retention.work(now=now)
    return retention.Done(
        marked=marking.marked + deleting.marked,
        deleted=marking.deleted + deleting.deleted,
        people=marking.people + deleting.people,
        leaves=marking.leaves + deleting.leaves,
    )


def ids() -> set[int]:
    return set(AuditEvent.objects.values_list("id", flat=True))


def test_rows_of_old_batches_go_and_young_ones_stay() -> None:
    sealed_rows(30, at=NOW - YEAR)
    young = sealed_rows(30, at=NOW - timedelta(days=364))
    done = run()
    assert (done.marked, done.deleted) == (30, 30)
    assert ids() - young == {AuditEvent.objects.get(event=Event.AUDIT_PRUNED).id}
    assert young <= ids()


def test_what_is_left_still_verifies() -> None:
    sealed_rows(30, at=NOW - YEAR)
    sealed_rows(30, at=NOW)
    run()
    assert fault() == ""


def test_the_log_says_what_went_and_who_had_it_done() -> None:
    sealed_rows(25, at=NOW - YEAR)
    run()
    row = AuditEvent.objects.get(event=Event.AUDIT_PRUNED)
    assert (row.step, row.count, row.outcome, row.actor) == ("through seal 3", 27, "recorded", "worker")
    assert set(AuditPrune.objects.values_list("seal_no", "event_id")) == {(no, row.id) for no in (1, 2, 3)}


def test_nothing_is_deleted_before_the_row_that_says_so_is_sealed() -> None:
    old = sealed_rows(30, at=NOW - YEAR)
    assert retention.work(now=NOW) == retention.Done(marked=30, deleted=0, people=0, leaves=0)
    assert retention.work(now=NOW) == retention.Done(marked=0, deleted=0, people=0, leaves=0)
    assert old <= ids()
    seals.seal_pending(now=NOW)
    assert retention.work(now=NOW).deleted == 30


def test_it_waits_for_the_sealer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "SEAL_WAIT_S", 10)
    sealed_rows(30, at=NOW - YEAR)
    sealer = threading.Timer(0.5, closing, [lambda: seals.seal_pending(now=NOW)])
    sealer.start()
    assert retention.work(now=NOW).deleted == 30
    sealer.join()


def closing(act: Callable[[], object]) -> None:
    try:
        act()
    finally:
        connection.close()


def test_leaves_stay_and_roll_ups_stay() -> None:
    sealed_rows(30, at=NOW - YEAR)
    acts = sum(AuditRollup.objects.filter(grain="day").values_list("acts", flat=True))
    run()
    assert AuditLeaf.objects.count() == 31
    assert sum(AuditRollup.objects.filter(grain="day").values_list("acts", flat=True)) == acts + 1


def test_leaves_go_400_days_after_their_rows_and_the_rest_still_verifies() -> None:
    sealed_rows(30, at=NOW - YEAR)
    run()
    young = sealed_rows(30, at=NOW + timedelta(days=399))
    assert run(now=NOW + timedelta(days=399)).leaves == 0
    assert run(now=NOW + timedelta(days=401)).leaves == 30
    assert AuditLeaf.objects.count() == 1 + len(young) + 1
    assert fault() == ""


def test_a_run_that_was_stopped_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed_rows(60, at=NOW - YEAR)
    looks = iter([None, None, None])

    def stop_at_last() -> None:
        if next(looks, "over") == "over":
            raise jobs.Interrupted

    retention.work(now=NOW)
    seals.seal_pending(now=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "stop_if_told", stop_at_last)
        with pytest.raises(jobs.Interrupted):
            retention.work(now=NOW)
    assert AuditEvent.objects.count() == 60 - 3 * 7 + 1
    assert fault() == ""
    assert run().deleted == 60 - 3 * 7
    assert fault() == ""


def test_a_second_run_finds_nothing_to_do() -> None:
    sealed_rows(30, at=NOW - YEAR)
    run()
    before = ids()
    assert run() == retention.Done(marked=0, deleted=0, people=0, leaves=0)
    assert ids() == before


def test_many_batches_are_marked_by_several_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MARK_SEALS", 2)
    sealed_rows(60, at=NOW - YEAR)
    assert run().deleted == 60
    assert list(AuditEvent.objects.filter(event=Event.AUDIT_PRUNED).values_list("step", "count")) == [
        ("through seal 2", 20),
        ("through seal 4", 20),
        ("through seal 6", 20),
    ]
    assert fault() == ""


def test_years_later_the_row_that_said_so_goes_as_well() -> None:
    sealed_rows(30, at=NOW - YEAR)
    run()
    sealed_rows(30, at=NOW + YEAR)
    assert run(now=NOW + 2 * YEAR).deleted == 31
    assert fault() == ""


def test_kept_for_ever_nothing_goes(settings: Settings) -> None:
    settings.AUDIT_RETENTION_DAYS = 0
    sealed_rows(30, at=NOW - 10 * YEAR)
    assert run() == retention.Done(marked=0, deleted=0, people=0, leaves=0)


def test_names_that_no_row_points_to_any_more_go() -> None:
    begun(somebody("leaver", canonical="the-leaver", sub="sub-l"))
    begun(somebody("stayer"))
    seals.seal_pending(now=NOW - YEAR)
    begun(somebody("stayer"))
    seals.seal_pending(now=NOW)
    assert run().people == 4
    assert set(AuditPerson.objects.values_list("account", flat=True)) == {"stayer"}
    assert set(AuditNamePart.objects.values_list("part", flat=True)) == {
        *("sta", "tay", "aye", "yer"),
        *("\x02s", "\x02st"),
    }


def test_alias_of_somebody_who_is_still_mentioned_stays() -> None:
    begun(somebody("mail@example.com", canonical="mary", sub="sub-m"))
    seals.seal_pending(now=NOW - YEAR)
    begun(somebody("mary", canonical="mary", sub="sub-m"))
    seals.seal_pending(now=NOW)
    assert run().people == 0
    assert set(AuditPerson.objects.values_list("account", flat=True)) == {"mail@example.com", "mary"}


def test_the_database_refuses_to_delete_what_is_not_marked() -> None:
    sealed_rows(30, at=NOW)
    with pytest.raises(Error), connection.cursor() as cursor:
        cursor.execute(retention._DELETE_ROWS, [0, 1])


def test_last_run_says_when_and_what() -> None:
    assert retention.last_run() == retention.LastRun(ran_at=None, pruned_at=None, rows=0, step="")
    sealed_rows(30, at=NOW - YEAR)
    run()
    assert retention.last_run() == retention.LastRun(
        ran_at=None, pruned_at=NOW, rows=30, step="through seal 3"
    )


def said(*options: str) -> str:
    output = StringIO()
    call_command("audit_prune", *options, stdout=output)
    return output.getvalue()


def test_dry_run_says_what_would_go_and_changes_nothing() -> None:
    sealed_rows(30, at=datetime.now(UTC) - YEAR)
    before = ids()
    assert said("--dry-run").startswith("30 rows in 3 batches were sealed before ")
    assert ids() == before


def test_command_deletes_and_is_itself_in_the_log() -> None:
    sealed_rows(30, at=datetime.now(UTC) - YEAR)
    assert said().startswith("30 rows marked, 0 deleted")
    seals.seal_pending()
    assert said().startswith("0 rows marked, 30 deleted")
    assert AuditEvent.objects.get(event=Event.AUDIT_PRUNED).actor.startswith("shell:")


def test_dry_run_of_a_log_kept_for_ever_says_so(settings: Settings) -> None:
    settings.AUDIT_RETENTION_DAYS = 0
    assert "every row is kept" in said("--dry-run")
