"""Each question of flags and reviews to a log of millions of rows is answered from an index."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from cognito_portal.audit.insight import reviews, tries
from cognito_portal.audit.insight.windows import Try
from cognito_portal.audit.sql import fetch
from tests.audit.insight.acts import HOME, NOW, before, tried
from tests.audit.rows import POOL
from tests.databases import Database

SUCCESS = Try(
    row_id=7,
    time=NOW,
    event="signin.started",
    outcome="success",
    pool_id=POOL,
    person_id="p",
    address_key=HOME,
    weight=1,
)
ASKED: dict[str, Callable[[], object]] = {
    "since the last look": lambda: tries.written_since(after=(NOW, 0), limit=10),
    "an address": lambda: tries.failed_from(HOME, since=before(hours=1), until=NOW),
    "an account": lambda: tries.of_people(["p", "q"], since=before(hours=1), until=NOW),
    "expired": lambda: tries.expired_in(POOL, since=before(hours=24), until=NOW),
    "a known address": lambda: tries.is_first_from_there(SUCCESS, ["p"], within=timedelta(days=90)),
    "names of an account": lambda: tries.names_of(["p", "q"]),
    "whom an id stands for": lambda: tries.find_person("p"),
    "not yet reviewed": lambda: reviews.unreviewed(),
    "the newest row of a review": lambda: reviews._newest_row(NOW),
}


@pytest.mark.parametrize("question", ASKED)
def test_no_question_reads_a_whole_table(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    asked: list[tuple[str, Sequence[Any]]] = []

    def note(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        asked.append((sql, params))
        return fetch(sql, params)

    tried()
    for module in (tries, reviews):
        monkeypatch.setattr(module, "fetch", note)
    ASKED[question]()
    plan = [row[3] for sql, params in asked for row in fetch(f"EXPLAIN QUERY PLAN {sql}", params)]
    assert plan
    tables = [step for step in plan if step.startswith("SCAN") and step not in ("SCAN found", "SCAN near")]
    # A SCAN along an index, up to a LIMIT, is how a first page is read.
    assert [step for step in tables if "INDEX" not in step] == []
