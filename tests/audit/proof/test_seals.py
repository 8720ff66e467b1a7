import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from pytest_django import Settings

from cognito_portal.audit.proof import ledger, seals
from cognito_portal.audit.proof.statements import NO_SEAL
from cognito_portal.audit.writing import write_transaction
from tests.audit.proof.logs import (
    all_seals,
    fault,
    guarded,
    in_an_hour,
    key_line,
    leaf_numbers,
    sealed_ids,
    unguarded,
    write_rows,
)
from tests.audit.rows import begun, noted, stored
from tests.databases import Database, in_threads

pytestmark = pytest.mark.usefixtures("database")


def found_tampering() -> list[tuple[str, str]]:
    return [(row["step"], row["error_code"]) for row in stored() if row["event"] == "audit.tampering_found"]


def test_every_row_gets_a_leaf_in_the_order_of_the_rows() -> None:
    write_rows(10)
    assert seals.seal_pending() == len(stored())
    assert sealed_ids() == [row["id"] for row in stored()]
    assert leaf_numbers() == list(range(len(stored())))


def test_what_is_sealed_is_not_sealed_again() -> None:
    write_rows(3)
    seals.seal_pending()
    assert seals.seal_pending() == 0
    assert len(all_seals()) == 1


def test_seals_are_numbered_and_chained_from_nothing() -> None:
    for _ in range(3):
        noted()
        seals.seal_pending()
    first, second, third = (seal.statement for seal in all_seals())
    assert (first.no, first.prev_hash, first.first_leaf, first.total) == (1, NO_SEAL, 0, 1)
    assert (third.no, third.prev_hash) == (3, all_seals()[1].seal_hash)
    assert len({first.log_id, second.log_id, third.log_id}) == 1


def test_batches_have_a_thousand_rows_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seals.MAX_ROWS == 1000
    monkeypatch.setattr(seals, "MAX_ROWS", 4)
    write_rows(10)
    seals.seal_pending()
    assert [seal.statement.count for seal in all_seals()] == [4, 4, 4]


def test_sealer_that_is_told_to_stop_ends_after_the_batch_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "MAX_ROWS", 4)
    write_rows(12)
    stopping = threading.Event()
    stopping.set()
    assert seals.seal_pending(stopping=stopping) == 4
    assert seals.seal_pending() == 8


def test_heartbeat_says_once_a_minute_that_nothing_came() -> None:
    now = datetime.now(UTC)
    noted()
    seals.seal_pending(now=now)
    assert not seals.heartbeat(now + timedelta(seconds=59))
    assert seals.heartbeat(now + timedelta(seconds=60))
    assert not seals.heartbeat(now + timedelta(seconds=119))
    assert [seal.statement.count for seal in all_seals()] == [1, 0]
    assert all_seals()[1].statement.total == 1


def test_heartbeat_begins_an_empty_log() -> None:
    assert seals.heartbeat()
    assert [seal.statement.count for seal in all_seals()] == [0]
    assert fault() == ""


def test_altered_row_is_never_sealed_and_is_reported_once() -> None:
    for _ in range(3):
        noted()
    (_, row, _) = stored()
    unguarded("UPDATE audit_event SET actor = 'staff:9' WHERE id = %s", params=[row["id"]])
    guarded()
    for _ in range(3):
        seals.seal_pending()
    assert row["id"] not in sealed_ids()
    assert found_tampering() == [(f"row {row['id']}", "wrong_mac")]
    assert f"Row {row['id']}" in fault()


def test_row_with_a_key_nobody_knows_is_never_sealed(settings: Settings) -> None:
    settings.AUDIT_KEYS = [key_line("theirs")]
    noted()
    settings.AUDIT_KEYS = [key_line("ours")]
    assert seals.seal_pending() == 0
    assert found_tampering() == [(f"row {stored()[0]['id']}", "unknown_key")]


def test_copy_of_a_row_is_never_sealed_and_its_original_is() -> None:
    noted()
    original = stored()[0]["id"]
    columns = ", ".join(f'"{name}"' for name in stored()[0] if name != "id")
    unguarded(f"INSERT INTO audit_event ({columns}) SELECT {columns} FROM audit_event")
    guarded()
    seals.seal_pending()
    assert original in sealed_ids()
    assert found_tampering() == [(f"row {stored()[1]['id']}", "copy")]


def test_rows_of_before_there_were_macs_are_sealed_first_and_never_after() -> None:
    noted()
    noted()
    old = "UPDATE audit_event SET version = 1, mac = NULL, key_id = NULL, address_packed = NULL"
    unguarded(f"{old} WHERE id = (SELECT MIN(id) FROM audit_event)")
    assert seals.seal_pending() == 2
    noted()
    unguarded(f"{old} WHERE id = (SELECT MAX(id) FROM audit_event)")
    guarded()
    assert seals.seal_pending() == 0
    assert found_tampering()[0][1] == "version"


def test_row_without_a_mac_behind_one_that_has_it_is_not_sealed_in_a_first_batch_either() -> None:
    noted()
    noted()
    unguarded(
        "UPDATE audit_event SET version = 1, mac = NULL, key_id = NULL"
        " WHERE id = (SELECT MAX(id) FROM audit_event)"
    )
    guarded()
    assert seals.seal_pending() == 1
    assert found_tampering() == [(f"row {stored()[1]['id']}", "version")]


def test_many_foreign_rows_do_not_keep_the_others_from_being_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "MAX_ROWS", 2)
    write_rows(9)
    unguarded("UPDATE audit_event SET actor = 'nobody' WHERE id <= (SELECT MIN(id) + 4 FROM audit_event)")
    guarded()
    assert seals.seal_pending() == 4


def test_sealers_at_the_same_time_leave_no_gap_and_seal_nothing_twice() -> None:
    write_rows(60)
    in_threads(lambda _: seals.seal_pending(), range(12), threads=4)
    seals.seal_pending()
    assert sealed_ids() == [row["id"] for row in stored()]
    assert [seal.statement.no for seal in all_seals()] == list(range(1, len(all_seals()) + 1))
    assert fault() == ""


def test_sealing_while_others_write_leaves_nothing_out() -> None:
    writing = threading.Event()

    def act(number: int) -> None:
        if number:
            for _ in range(25):
                begun()
            writing.set()
        else:
            while not writing.is_set():
                seals.seal_pending()

    in_threads(act, range(4), threads=4)
    seals.seal_pending(now=in_an_hour())
    assert set(sealed_ids()) == {row["id"] for row in stored()}
    assert fault() == ""


def test_sealer_whose_turn_it_is_not_seals_nothing(database: Database) -> None:
    noted()
    head = ledger.find_head()
    seals.seal_pending()
    noted()
    with write_transaction():
        assert not seals._is_our_turn(head)
    if database.vendor == "postgresql":
        with _lock_held(database):
            assert seals.seal_pending() == 0
    assert seals.seal_pending() == 1


@contextmanager
def _lock_held(database: Database) -> Iterator[None]:
    with psycopg.connect(database.url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [seals._LOCK])
        yield
