"""Each question to a log of millions of rows is answered from an index."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from cognito_portal.audit import queries
from cognito_portal.audit.events import Event
from cognito_portal.audit.sql import fetch
from tests.audit.rows import POOL, begun, somebody
from tests.databases import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

ASKED: dict[str, Callable[[], object]] = {
    "account": lambda: queries.account_tries(
        person_ids=["p"], event=Event.SIGNIN_STARTED, since=NOW, limit=5
    ),
    "account from one address": lambda: queries.account_tries(
        person_ids=["p"], event=Event.SIGNIN_STARTED, since=NOW, limit=5, address_key="192.0.2.1"
    ),
    "codes sent to an account": lambda: queries.account_tries(
        person_ids=["p"], event=Event.SIGNIN_CODE_REQUESTED, since=NOW, limit=5
    ),
    "codes sent for an address": lambda: queries.address_tries(
        address_key="192.0.2.1", event=Event.SIGNIN_USERNAME_SENT, since=NOW, limit=30
    ),
    "address": lambda: queries.address_tries(
        address_key="192.0.2.1", event=Event.SIGNIN_STARTED, since=NOW, limit=30
    ),
    "refusals at an address": lambda: queries.address_refused_at(address_keys=["192.0.2.1"], since=NOW),
    "known address": lambda: queries.is_known_address(person_ids=["p"], address_key="192.0.2.1", since=NOW),
    "identity": lambda: queries.find_identity(pool_id=POOL, account="ann"),
    "taken": lambda: queries.is_taken(attempt_id="a", turn=1),
    "recent": lambda: queries.has_recent(
        event=Event.SIGNIN_INVITATION_REQUESTED, pool_id=POOL, typed="ann", since=NOW
    ),
    "end of a session": lambda: queries.find_end_of_session(
        pool_id=POOL, sub="s-1", attempt_id="a", since=NOW
    ),
    "begun": lambda: queries.begun_at(attempt_id="a", turn=1),
    "own sign-ins": lambda: queries.own_sign_ins(pool_id=POOL, sub="s-1", since=NOW, limit=30),
    "rows by their ids": lambda: queries.rows_by_id([1, 2]),
}


@pytest.mark.parametrize("question", ASKED)
def test_no_question_reads_a_whole_table(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    asked: list[tuple[str, Sequence[Any]]] = []

    def note(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        asked.append((sql, params))
        return fetch(sql, params)

    begun(somebody("ann"))
    monkeypatch.setattr(queries, "fetch", note)
    ASKED[question]()
    plan = [row[3] for sql, params in asked for row in fetch(f"EXPLAIN QUERY PLAN {sql}", params)]
    assert plan
    # A SCAN along an index, up to a LIMIT, is how a first page is read.
    assert [step for step in plan if step.startswith("SCAN") and "INDEX" not in step] == []
