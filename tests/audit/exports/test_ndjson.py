import pytest
from django.db import connection

from cognito_portal.audit import record
from cognito_portal.audit.events import Outcome
from cognito_portal.audit.exports.columns import KEYS
from cognito_portal.audit.exports.seal_numbers import SealNumbers
from cognito_portal.audit.exports.selection import Facts
from cognito_portal.audit.proof.seals import seal_pending
from cognito_portal.audit.verifier import root_of
from tests.audit.exports.made import exported, objects
from tests.audit.proof.logs import all_seals, write_rows
from tests.audit.rows import begun, noted, somebody, stored

pytestmark = pytest.mark.usefixtures("database")


def test_keys_stand_in_their_order_and_a_proof_only_where_there_is_a_seal() -> None:
    record.end(begun(), outcome=Outcome.SUCCESS)
    seal_pending()
    noted(count=7)
    begin_row, end_row, summary = objects(exported("ndjson"))
    assert tuple(begin_row) == tuple(end_row) == (*KEYS, "proof")
    assert tuple(summary) == (*KEYS, "count")


def test_each_line_leads_to_the_root_of_its_seal() -> None:
    for count in (5, 1, 12):
        write_rows(count)
        seal_pending()
    facts = Facts()
    proofs = [row["proof"] for row in objects(exported("ndjson", facts=facts))]
    leaves = {leaf["event_id"]: bytes(leaf["leaf_hash"]) for leaf in stored_leaves()}
    seals = {seal.statement.no: seal.statement for seal in all_seals()}
    for proof in proofs:
        seal = seals[proof["seal"]]
        path = [bytes.fromhex(node) for node in proof["path"]]
        found = root_of(leaves[proof["id"]], proof["leaf"], seal.count, path)
        assert found == seal.root
    assert [*facts.seals.runs()] == [(min(seals), max(seals))]


def stored_leaves() -> list[dict[str, object]]:
    return stored("audit_leaf", order="leaf_no")


def test_of_somebody_who_was_forgotten_the_names_are_gone_and_the_proof_is_not() -> None:
    begun(somebody("Forgotten.One", canonical="forgotten", sub="s-1"))
    seal_pending()
    (before,) = objects(exported("ndjson"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_person")
    (after,) = objects(exported("ndjson"))
    assert (after["username"], after["sub"], after["proof"]["salt"]) == ("", "", None)
    assert after["proof"] | {"salt": before["proof"]["salt"]} == before["proof"]
    assert b"orgotten" not in exported("ndjson")
    assert b"orgotten" not in exported("csv")


@pytest.mark.parametrize(
    ("numbers", "runs"),
    [
        ([], []),
        ([4], [(4, 4)]),
        ([1, 2, 2, 3], [(1, 3)]),
        ([1, 2, 5, 6, 4, 3], [(1, 6)]),
        ([9, 1, 5, 1], [(1, 1), (5, 5), (9, 9)]),
        ([3, 1, 2, 8], [(1, 3), (8, 8)]),
    ],
)
def test_numbers_of_seals_are_kept_as_runs(numbers: list[int], runs: list[tuple[int, int]]) -> None:
    kept = SealNumbers()
    for number in numbers:
        kept.add(number)
    assert ([*kept.runs()], bool(kept)) == (runs, bool(numbers))
