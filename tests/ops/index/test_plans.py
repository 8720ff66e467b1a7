"""A page of accounts is led to by an index, and the time it takes hangs on no pool's size that a table scan has."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.index import entries, search, text
from cognito_portal.ops.index.filters import AccountFilter
from cognito_portal.ops.index.words import Term
from cognito_portal.ops.models import PoolIndexEntry
from tests.databases import Database
from tests.ops.index.accounts import user
from tests.ops.index.test_search import NOW

ACCOUNTS = 3_000
TERM = Term(now=NOW, days=7)

# What is asked for, and the index that leads to the page.
LEADS: list[tuple[dict[str, Any], str]] = [
    ({}, "ops_pool_index_name"),
    ({"sort": "-name"}, "ops_pool_index_name"),
    ({"sort": "created"}, "ops_pool_index_created"),
    ({"sort": "-sign_in"}, "ops_pool_index_sign_in"),
    ({"status": "UNCONFIRMED"}, "ops_pool_index_status"),
    ({"text": '"someone0042"'}, "ops_pool_index_(name|email|phone|sub)|sqlite_autoindex_ops_pool_index"),
]


@pytest.fixture
def pool(database: Database) -> None:
    """Some thousands of accounts, a fiftieth of them not confirmed."""
    with transaction.atomic():
        for first in range(0, ACCOUNTS, 500):
            entries.store([somebody(number) for number in range(first, first + 500)], is_whole=False)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def somebody(number: int) -> PoolUser:
    status = "CONFIRMED" if number % 50 else "UNCONFIRMED"
    return user(f"someone{number:04d}", at=NOW.timestamp() - number, status=status)


def plan_of(sql: str, params: Sequence[Any] = ()) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            return "\n".join(row[3] for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        return json.dumps(cursor.fetchall())


def plan_of_page(asked: AccountFilter, **place: int) -> str:
    found = search._in_order(asked, TERM, place.get("after", 0), backwards=False)[:51]
    return plan_of(*found.query.sql_with_params())


def test_every_page_is_led_to_by_its_index(pool: None) -> None:
    middle = PoolIndexEntry.objects.get(username="someone1500").pk
    for asked, index in LEADS:
        for place in ({}, {"after": middle}):
            plan = plan_of_page(AccountFilter(**asked), **place)
            assert re.search(index, plan), (asked, place, plan)
            assert not re.search(r"Seq Scan|SCAN ops_pool_index$", plan, re.MULTILINE), (asked, place, plan)


def test_states_are_counted_out_of_indexes_alone(pool: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        search.counts()
    plan = plan_of(asked.captured_queries[-1]["sql"])
    assert "ops_pool_index_status" in plan
    assert "SCAN ops_pool_index" not in plan
    if connection.vendor == "sqlite":
        assert plan.count("COVERING INDEX") == plan.count("SEARCH ops_pool_index") > 0


def test_rare_part_of_a_text_is_led_to_by_its_letters(pool: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with CaptureQueriesContext(connection) as asked:
        plan = plan_of_page(AccountFilter(text="eone0042"))
    assert re.search("INTEGER PRIMARY KEY|ops_pool_index_pkey", plan)
    found = next(
        each["sql"] for each in asked.captured_queries if text.TABLE in each["sql"] and "LIMIT" in each["sql"]
    )
    assert re.search(f"VIRTUAL TABLE INDEX|{text.TABLE}_parts", plan_of(found))


def test_part_that_many_have_is_looked_for_in_the_order_of_the_page(
    pool: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "FEW", 10)
    assert "ops_pool_index_name" in plan_of_page(AccountFilter(text="eone"))
