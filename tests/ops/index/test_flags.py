"""What keeps accounts out, as flags of their entries, on both databases."""

import pytest
from django.db import transaction

from cognito_portal import clients
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.index import entries, flags, search
from cognito_portal.ops.index.filters import AccountFilter
from cognito_portal.ops.index.words import TROUBLES, Term
from cognito_portal.ops.models import PoolIndexEntry
from tests.databases import Database
from tests.ops.index.accounts import user
from tests.ops.index.test_search import TERM


@pytest.fixture(autouse=True)
def index(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "required_attributes", lambda: frozenset({"email", "name"}))


def store(*accounts: PoolUser) -> None:
    with transaction.atomic():
        entries.store(accounts, is_whole=False)


def those(trouble: str, term: Term = TERM) -> list[str]:
    asked = AccountFilter(trouble=trouble)
    found = [each.username for each in search.page(asked, term).entries]
    count = search.capped_count(asked, term)
    assert count is not None
    assert (count.accounts, search.is_any(asked, term)) == (len(found), bool(found))
    return found


FINE = {"email": "a@example.com", "email_verified": "true", "name": "A"}


def test_account_without_trouble_is_in_no_list() -> None:
    store(user("ann", **FINE))
    assert {trouble: those(trouble) for trouble in TROUBLES} == {each: [] for each in TROUBLES}


@pytest.mark.parametrize(
    ("changed", "troubles"),
    [
        ({"email_verified": "false"}, {"unreachable", "unverified_email"}),
        ({"email": ""}, {"unreachable", "incomplete"}),
        ({"name": ""}, {"incomplete"}),
        (
            {"email_verified": "false", "phone_number": "+1", "phone_number_verified": "true"},
            {"unverified_email"},
        ),
    ],
)
def test_trouble_of_an_account_is_in_its_lists_and_in_no_other(
    changed: dict[str, str], troubles: set[str]
) -> None:
    store(user("ann", **FINE), user("bob", **FINE | changed))
    assert {trouble for trouble in TROUBLES if those(trouble) == ["bob"]} == troubles
    store(user("bob", **FINE))
    assert not any(those(trouble) for trouble in TROUBLES)


def test_twins_come_and_go_together() -> None:
    store(user("Ann", **FINE), user("bob", **FINE))
    twin = user("ANN", **FINE | {"sub": "another"})
    store(twin)
    assert those("twin") == ["Ann", "ANN"]
    with transaction.atomic():
        entries.remove(list(PoolIndexEntry.objects.filter(username="ANN").values_list("pk", flat=True)))
    assert those("twin") == []


def test_twin_that_is_named_otherwise_now_leaves_the_other_alone() -> None:
    store(user("ann", **FINE), user("ANN", **FINE | {"sub": "another"}))
    store(user("anna", **FINE | {"sub": "another"}))
    assert those("twin") == []


def test_settings_that_cannot_be_read_change_nothing_that_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    store(user("bob", **FINE | {"name": ""}))
    monkeypatch.setattr(flags, "required_attributes", lambda: None)
    store(user("bob", **FINE | {"name": "", "given_name": "B"}))
    assert those("incomplete") == ["bob"]


def test_what_is_required_is_read_of_the_pools_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(clients, "pool_settings", lambda: None)
    assert flags.required_attributes() is None
