"""What a verification says, on both databases; test_tamper.py tries much more on SQLite."""

from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest
from pytest_django import Settings

from cognito_portal.audit.proof import seals, walk
from cognito_portal.audit.proof.verify import verify
from tests.audit.proof.logs import (
    all_seals,
    anchor_lines,
    fault,
    guarded,
    in_an_hour,
    key_line,
    sealed_ids,
    unguarded,
    write_rows,
)
from tests.audit.proof.victim import forget, prune
from tests.audit.rows import begun, noted, somebody, stored
from tests.databases import Database, in_threads

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def sealed(database: Database) -> list[int]:
    """The ids of some rows under three seals, none of which has but one."""
    for _ in range(3):
        write_rows(9)
        seals.seal_pending()
    return sealed_ids()


def test_whole_log_is_counted_and_has_no_fault(sealed: list[int]) -> None:
    noted()
    verdict = verify(anchor_lines())
    assert verdict.first_fault is None
    assert (verdict.rows, verdict.seals, verdict.unsealed, verdict.anchors) == (len(sealed), 3, 1, 3)


def test_log_without_seals_is_whole_and_waits() -> None:
    assert verify().first_fault is None
    noted()
    assert verify([]).unsealed == 1


def test_progress_is_told(sealed: list[int]) -> None:
    told: list[tuple[int, int]] = []
    verify(progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(sealed), len(sealed))


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (
            "UPDATE audit_event SET outcome = 'success' WHERE id = {id}",
            "Row {id}, which seal 2 is over, was altered",
        ),
        ("UPDATE audit_event SET mac = NULL WHERE id = {id}", "Row {id}, which seal 2 is over, was altered"),
        ("UPDATE audit_event SET address_packed = NULL WHERE id = {id}", "Row {id}, which seal 2"),
        ("DELETE FROM audit_event WHERE id = {id}", "Row {id}, which seal 2 is over, is missing"),
        ("UPDATE audit_event SET id = 9999 WHERE id = {id}", "Row {id}, which seal 2 is over, is missing"),
        ("DELETE FROM audit_leaf WHERE event_id = {id}", "Leaf 12 of seal 2 is missing"),
        ("UPDATE audit_seal SET total = 99 WHERE no = 2", "Seal 2 was altered"),
        ("UPDATE audit_seal SET key_id = 'x' WHERE no = 2", "Seal 2 names the key 'x'"),
        ("DELETE FROM audit_seal WHERE no = 2", "Seal 2 is missing"),
        ("UPDATE audit_seal SET no = 0 WHERE no = 1", "Seal 0 is numbered below the first"),
        ("INSERT INTO audit_leaf VALUES (99, 99, 2, '')", "Leaf 99 belongs to no seal"),
        ("INSERT INTO audit_prune VALUES (2, {id}, '2026-01-01')", "Seal 2 is marked as pruned"),
        (
            "UPDATE audit_person SET typed = 'Person.9' WHERE typed = 'Person.1'",
            "of audit_person is not the one",
        ),
        (
            "UPDATE audit_person SET person_id = 'x' WHERE typed = 'Person.1'",
            "of audit_person has two person ids",
        ),
        ("UPDATE audit_person SET person_id = 'x' WHERE account = 'person.1'", "are of two persons"),
    ],
)
def test_fault_is_named(sealed: list[int], sql: str, words: str) -> None:
    row_id = sealed[12]
    unguarded(sql.format(id=row_id))
    assert words.format(id=row_id) in fault(anchor_lines())


def test_first_of_several_faults_is_named(sealed: list[int]) -> None:
    unguarded("DELETE FROM audit_event WHERE id IN (%s, %s)", params=[sealed[20], sealed[4]])
    assert f"Row {sealed[4]}," in fault()


def test_cut_tail_is_found_by_the_anchors_alone(sealed: list[int]) -> None:
    lines = anchor_lines()
    last = all_seals()[1].statement.last_event_id
    unguarded("DELETE FROM audit_leaf WHERE seal_no > 2", "DELETE FROM audit_seal WHERE no > 2")
    unguarded("DELETE FROM audit_event WHERE id > %s", params=[last])
    assert fault() == ""
    assert (
        fault(lines) == "Seal 3 was anchored and is not in the log: its end was cut off, or it was put back."
    )


def test_seals_made_anew_after_a_cut_are_found(sealed: list[int]) -> None:
    lines = anchor_lines()
    unguarded("DELETE FROM audit_leaf WHERE seal_no > 2", "DELETE FROM audit_seal WHERE no > 2")
    guarded()
    seals.seal_pending()
    assert fault() == ""
    assert "Seal 3 is not the one that was anchored" in fault(lines)


def test_anchors_of_another_log_are_a_fault(sealed: list[int]) -> None:
    lines = [line.replace(all_seals()[0].statement.log_id, "0" * 32) for line in anchor_lines()]
    assert "its log_id is another" in fault(lines)


def test_lines_beside_the_anchors_are_passed_over_and_none_at_all_is_a_fault(sealed: list[int]) -> None:
    others = ["worker started\n", '{"event": "worker.started"}\n']
    assert fault([*others, *anchor_lines()]) == ""
    assert "no anchor" in fault(others)


@pytest.mark.parametrize(("minutes", "is_fault"), [(4, False), (6, True)])
def test_row_below_sealed_ones_is_a_fault_unless_it_may_have_committed_late(
    minutes: int, is_fault: bool
) -> None:
    noted()
    noted()
    early = stored()[0]
    unguarded("DELETE FROM audit_event WHERE id = %s", params=[early["id"]])
    guarded()
    seals.seal_pending()
    names = ", ".join(f'"{name}"' for name in early)
    unguarded(
        f"INSERT INTO audit_event ({names}) VALUES ({', '.join(['%s'] * len(early))})",
        params=list(early.values()),
    )
    found = verify(now=datetime.now(UTC) + timedelta(minutes=minutes)).first_fault or ""
    assert ("has no leaf" in found) == is_fault


def test_pages_of_any_size_find_the_same(sealed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    seals.heartbeat(in_an_hour())
    for rows, seals_a_page in ((1, 1), (10, 2), (5000, 1)):
        monkeypatch.setattr(walk, "ROWS_A_PAGE", rows)
        monkeypatch.setattr(walk, "SEALS_A_PAGE", seals_a_page)
        verdict = verify(anchor_lines())
        assert (verdict.first_fault, verdict.rows, verdict.seals) == (None, len(sealed), 4)


@pytest.mark.parametrize("all_leaves", [False, True])
def test_pruned_batches_are_no_fault_and_the_rest_is_still_checked(
    sealed: list[int], all_leaves: bool
) -> None:
    prune(2, all_leaves=all_leaves)
    verdict = verify(anchor_lines())
    assert (verdict.first_fault, verdict.pruned, verdict.seals) == (None, 18, 4)
    unguarded("UPDATE audit_event SET actor = 'x' WHERE id = %s", params=[sealed[-1]])
    assert f"Row {sealed[-1]}," in fault()


def test_pruning_what_no_sealed_row_names_is_a_fault(sealed: list[int]) -> None:
    prune(1)
    unguarded(
        "INSERT INTO audit_prune SELECT 2, event_id, time FROM audit_prune",
        "DELETE FROM audit_event WHERE id IN (SELECT event_id FROM audit_leaf WHERE seal_no = 2)",
    )
    assert f"Row {sealed[9]}, which seal 2 is over, is missing" in fault()


def test_missing_rows_that_audit_prune_does_not_name_are_a_fault(sealed: list[int]) -> None:
    prune(1)
    unguarded("DELETE FROM audit_prune")
    assert f"Row {sealed[0]}, which seal 1 is over, is missing" in fault()


def test_forgotten_person_is_no_fault(sealed: list[int]) -> None:
    forget("Person.1")
    assert fault(anchor_lines()) == ""


def test_log_is_verified_while_it_is_written_and_sealed(database: Database) -> None:
    write_rows(30)
    seals.seal_pending()

    def act(number: int) -> list[str]:
        if number == 0:
            return [fault(anchor_lines()) for _ in range(10)]
        for _ in range(20):
            begun(somebody(f"name-{number}"))
            if number == 1:
                seals.seal_pending()
        return []

    assert set(chain(*in_threads(act, range(4), threads=4))) == {""}


def test_signature_of_another_key_under_a_known_name_is_a_fault(
    sealed: list[int], settings: Settings
) -> None:
    settings.AUDIT_KEYS = [key_line("tests")]
    assert "Seal 1 was altered" in fault()
