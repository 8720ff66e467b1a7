"""What SQLite lets somebody store that PostgreSQL does not, and how it plans what is asked of every row."""

import pytest
from django.db import connection

from cognito_portal.audit.proof import leftovers, seals
from tests.audit.proof.logs import fault, guarded, unguarded, write_rows
from tests.audit.rows import noted
from tests.databases import Database

pytestmark = pytest.mark.usefixtures("sqlite")
NO_TEXT = "UPDATE audit_event SET step = CAST(x'ff' AS TEXT) WHERE id = (SELECT MAX(id) FROM audit_event)"


def test_text_that_is_none_is_a_fault_and_no_crash(sqlite: Database) -> None:
    write_rows(9)
    seals.seal_pending()
    unguarded(NO_TEXT)
    assert fault() == "Row 9, which seal 1 is over, was altered: it cannot be read."


def test_text_that_is_none_keeps_nothing_else_from_being_sealed() -> None:
    noted()
    noted()
    unguarded(NO_TEXT)
    guarded()
    assert seals.seal_pending() == 1
    assert fault() == "Row 2, which is not sealed, is not the portal's: it cannot be read."


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_event SET time = replace(time, ' ', 'T') WHERE id = 3",
        "UPDATE audit_event SET time = time || '+00:00' WHERE id = 3",
        "UPDATE audit_event SET time = CAST(time AS BLOB) WHERE id = 3",
        "UPDATE audit_event SET actor = CAST(actor AS BLOB) WHERE id = 3",
        "UPDATE audit_event SET mac = CAST(mac AS TEXT) WHERE id = 3",
        "UPDATE audit_seal SET time = time || '+00:00'",
        "UPDATE audit_seal SET root = CAST(root AS TEXT)",
        "UPDATE audit_leaf SET leaf_hash = CAST(leaf_hash AS TEXT)",
        "UPDATE audit_person SET typed = CAST(x'ff' AS TEXT) WHERE id = 1",
        "UPDATE audit_person SET salt = upper(salt) || ' '",
    ],
)
def test_the_same_said_in_another_way_is_a_fault_too(sql: str) -> None:
    write_rows(9)
    seals.seal_pending()
    unguarded(sql)
    assert fault() != ""


def test_checks_of_names_go_by_an_index() -> None:
    plans = []
    with connection.cursor() as cursor:
        for sql in (leftovers._OTHER_ID, leftovers._TWO_IDS):
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plans += [row[3] for row in cursor.fetchall()]
    assert not [plan for plan in plans if "AUTOMATIC" in plan or "TEMP B-TREE" in plan or "SCAN p" in plan]
