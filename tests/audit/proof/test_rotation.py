from dataclasses import replace

import pytest
from pytest_django import Settings

from cognito_portal.audit.proof import keys, ledger, seals, waiting
from cognito_portal.audit.proof.statements import Seal
from tests.audit.proof.logs import all_seals, fault, in_an_hour, key_line, sealed_ids, unguarded, write_rows
from tests.audit.rows import noted, stored

pytestmark = pytest.mark.usefixtures("database")
OLD, NEW = key_line("old"), key_line("new")


@pytest.fixture(autouse=True)
def old_key(settings: Settings) -> None:
    settings.AUDIT_KEYS, settings.AUDIT_SIGNING_KEYS, settings.AUDIT_PUBLIC_KEYS = [OLD], [], []


def signers() -> list[tuple[str, int]]:
    return [(seal.statement.key_id, seal.statement.count) for seal in all_seals()]


def test_change_of_key_is_sealed_by_the_old_one_alone_and_then_the_new_one_signs(settings: Settings) -> None:
    for _ in range(2):
        noted()
        seals.seal_pending()
    settings.AUDIT_KEYS = [NEW, OLD]
    noted()
    noted()
    seals.seal_pending()
    assert signers() == [("old", 1), ("old", 1), ("old", 1), ("new", 2)]
    assert [row["step"] for row in stored() if row["event"] == "audit.key_rotated"] == ["old to new"]
    assert fault() == ""


def test_heartbeat_after_a_change_of_key_announces_it_too(settings: Settings) -> None:
    seals.heartbeat()
    settings.AUDIT_KEYS = [NEW, OLD]
    seals.heartbeat(in_an_hour())
    assert signers() == [("old", 0), ("old", 1), ("new", 0)]
    assert fault() == ""


def test_change_of_key_is_sealed_by_the_new_one_where_the_old_one_is_gone(settings: Settings) -> None:
    old_public = keys.as_setting(keys.public_keys())
    seals.heartbeat()
    signing = key_line("signing")
    settings.AUDIT_SIGNING_KEYS, settings.AUDIT_PUBLIC_KEYS = [signing], [old_public]
    noted()
    seals.seal_pending()
    assert signers() == [("old", 0), ("signing", 1), ("signing", 1)]
    assert fault() == ""


def test_rows_that_a_sealer_left_behind_when_it_died_amid_a_change_are_sealed_by_the_next(
    settings: Settings,
) -> None:
    seals.heartbeat()
    settings.AUDIT_KEYS = [NEW, OLD]
    write_rows(6)
    seals._head_and_key(in_an_hour())
    waiting._known.clear()
    assert seals.seal_pending(now=in_an_hour()) == 6
    assert sorted(sealed_ids()) == [row["id"] for row in stored()]
    assert fault() == ""


def test_key_may_go_back_to_an_earlier_one_and_says_so(settings: Settings) -> None:
    for listed in ([OLD], [NEW, OLD], [OLD, NEW]):
        settings.AUDIT_KEYS = listed
        noted()
        seals.seal_pending()
    assert [row["step"] for row in stored() if row["event"] == "audit.key_rotated"] == [
        "old to new",
        "new to old",
    ]
    assert fault() == ""


def test_seal_by_another_known_key_without_a_word_is_a_fault(settings: Settings) -> None:
    settings.AUDIT_KEYS = [OLD, NEW]
    for _ in range(2):
        noted()
        seals.seal_pending()
    said = all_seals()[1].statement
    private = next(key.private for key in keys.signing_keys() if key.key_id == "new")
    forged = Seal.signed(replace(said, key_id="new"), private)
    unguarded("DELETE FROM audit_seal WHERE no = 2")
    ledger.append_seal(forged, [])
    assert "another key" in fault()


def test_rows_of_a_key_that_was_taken_away_are_a_fault(settings: Settings) -> None:
    noted()
    seals.seal_pending()
    public = keys.as_setting(keys.public_keys())
    settings.AUDIT_KEYS, settings.AUDIT_PUBLIC_KEYS = [NEW], [public]
    assert "key 'old'" in fault()
