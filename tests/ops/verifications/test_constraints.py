"""What the database itself keeps apart, and what of a verification nobody can change, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction

from cognito_portal.ops.models import AccountVerification
from cognito_portal.ops.models.verifications import Method
from tests.audit.rows import POOL
from tests.databases import Database

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
APPROVED = {"approved_at": NOW, "approved_by": "staff:2"}
REFUSED = {"refused_at": NOW, "refused_by": "staff:2", "refused_why": "not them"}
UNDONE = {"undone_at": NOW, "undone_by": "staff:1", "undone_why": "the wrong account"}


def made(**more: Any) -> AccountVerification:
    columns: dict[str, Any] = {
        "pool_id": POOL,
        "sub": "sub-1",
        "method": Method.DOCUMENT,
        "note": "passport",
        "needs_second": True,
        "asked_at": NOW,
        "asked_by": "staff:1",
    }
    return AccountVerification.objects.create(**columns | more)


GOOD: dict[str, dict[str, Any]] = {
    "waiting": {},
    "alone": {"needs_second": False},
    "approved": APPROVED,
    "refused": REFUSED,
    "undone after approval": APPROVED | UNDONE,
    "withdrawn": UNDONE,
}
BAD: dict[str, dict[str, Any]] = {
    "approved by whoever asked": APPROVED | {"approved_by": "staff:1"},
    "refused by whoever asked": REFUSED | {"refused_by": "staff:1"},
    "approved by nobody": {"approved_at": NOW},
    "approved at no time": {"approved_by": "staff:2"},
    "approved and refused": APPROVED | REFUSED,
    "approved where nobody had to": APPROVED | {"needs_second": False},
    "refused where nobody had to": REFUSED | {"needs_second": False},
    "refused without a remark": REFUSED | {"refused_why": ""},
    "undone without a reason": UNDONE | {"undone_why": ""},
    "a reason and nobody": {"undone_why": "so"},
    "refused and undone": REFUSED | UNDONE,
    "asked by nobody": {"asked_by": ""},
    "by another method": {"method": "hearsay"},
}


@pytest.mark.parametrize("state", GOOD)
def test_state_that_can_be_is_taken(state: str) -> None:
    assert made(**GOOD[state]).pk


@pytest.mark.parametrize("state", BAD)
def test_state_that_cannot_be_is_refused(state: str) -> None:
    with pytest.raises(IntegrityError):
        made(**BAD[state])


def test_one_verification_of_an_account_waits_at_a_time() -> None:
    made(**REFUSED)
    made()
    with pytest.raises(IntegrityError), transaction.atomic():
        made()
    made(sub="sub-2")


CHANGES = {
    "removed": "DELETE FROM ops_verification",
    "another method": "UPDATE ops_verification SET method = 'manager'",
    "another person": "UPDATE ops_verification SET sub = 'sub-2'",
    "another note": "UPDATE ops_verification SET note = 'driving licence'",
    "another asker": "UPDATE ops_verification SET asked_by = 'staff:9'",
    "earlier": "UPDATE ops_verification SET asked_at = '2020-01-01 00:00:00'",
    "needing nobody": "UPDATE ops_verification SET approved_at = NULL, approved_by = '', needs_second = false",
    "approved by another": "UPDATE ops_verification SET approved_by = 'staff:9'",
    "not approved after all": "UPDATE ops_verification SET approved_at = NULL, approved_by = ''",
    "undone for another reason": "UPDATE ops_verification SET undone_why = 'no reason'",
    "not undone after all": ("UPDATE ops_verification SET undone_at = NULL, undone_by = '', undone_why = ''"),
    "other marks": """UPDATE ops_verification SET marks = '{"confirm": ""}'""",
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_written_is_never_changed_or_removed(change: str) -> None:
    before = made(**APPROVED, **UNDONE)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CHANGES[change])
    assert AccountVerification.objects.values().get() == {
        name: value for name, value in vars(before).items() if name != "_state"
    }


def test_row_cannot_be_replaced(sqlite: Database) -> None:
    made()
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT OR REPLACE INTO ops_verification SELECT * FROM ops_verification")
