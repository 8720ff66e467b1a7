"""Which accounts a member of staff looked at: their own newest looks, and nobody who is gone."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cognito_portal.audit import looks, queries, record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.forgetting import forget
from cognito_portal.audit.sql import fetch
from tests.audit.many import END, fill
from tests.audit.rows import BY, POOL, somebody
from tests.audit.test_search_plans import indexes_in, plan_of

pytestmark = pytest.mark.usefixtures("database")

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SINCE = NOON - timedelta(days=30)
OLGA, OTTO = "staff:1", "staff:11"


def looked(
    name: str,
    *,
    minute: int = 0,
    actor: str = OLGA,
    event: Event = Event.OPS_ACCOUNT_VIEWED,
    outcome: Outcome = Outcome.SUCCESS,
    **person: str,
) -> None:
    record.note(
        event=event,
        outcome=outcome,
        by=record.By(actor=actor, address=BY.address, user_agent=BY.user_agent),
        person=somebody(name, **({"canonical": name, "sub": f"sub-{name}"} | person)),
        now=NOON + timedelta(minutes=minute),
    )


def latest(*, actor: str = OLGA, limit: int = 5, since: datetime = SINCE) -> list[queries.Row]:
    return looks.latest_looks(actor=actor, pool_id=POOL, since=since, limit=limit)


def names(**asked: Any) -> list[str]:
    return [row.canonical_username for row in latest(**asked)]


def test_each_account_stands_once_by_its_newest_look_and_the_newest_first() -> None:
    for minute, name in enumerate(["ann", "bob", "ann", "carl", "bob"]):
        looked(name, minute=minute)
    assert [(row.sub, row.time.minute) for row in latest()] == [
        ("sub-bob", 4),
        ("sub-carl", 3),
        ("sub-ann", 2),
    ]


def test_no_more_than_were_asked_for() -> None:
    for minute in range(7):
        looked(f"user{minute}", minute=minute)
    assert names() == ["user6", "user5", "user4", "user3", "user2"]


def test_one_member_of_staff_never_sees_the_looks_of_another() -> None:
    looked("ann", actor=OLGA)
    looked("bob", actor=OTTO)
    assert (names(actor=OLGA), names(actor=OTTO)) == (["ann"], ["bob"])
    assert names(actor="staff:2") == []


@pytest.mark.parametrize(
    "other",
    [
        {"outcome": Outcome.UNKNOWN_USER, "sub": "", "canonical": ""},
        {"outcome": Outcome.ACCESS_DENIED},
        {"event": Event.OPS_ATTRIBUTES_SHOWN},
        {"actor": "visitor"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_is_no_look_at_an_account_is_left_out(other: dict[str, Any]) -> None:
    looked("ann", **other)
    assert names(actor=other.get("actor", OLGA)) == []


def test_accounts_of_another_pool_are_left_out() -> None:
    looked("ann")
    assert looks.latest_looks(actor=OLGA, pool_id="eu-west-1_OTHER", since=SINCE, limit=5) == []


def test_looks_before_the_time_are_left_out() -> None:
    looked("ann", minute=0)
    looked("bob", minute=2)
    assert names(since=NOON + timedelta(minutes=1)) == ["bob"]


def test_whoever_was_forgotten_does_not_come_back() -> None:
    looked("ann", minute=0)
    looked("bob", minute=1)
    forget(pool_id=POOL, username="bob", reason="ticket 4711", by=BY)
    looked("carl", minute=2)
    assert names() == ["carl", "ann"]


def test_account_that_any_staff_deleted_is_left_out() -> None:
    looked("ann", minute=0)
    looked("bob", minute=1)
    looked("bob", minute=2, actor=OTTO, event=Event.OPS_ACCOUNT_DELETED)
    assert names() == ["ann"]


def test_account_that_could_not_be_deleted_stays() -> None:
    looked("ann")
    looked("ann", minute=1, event=Event.OPS_ACCOUNT_DELETED, outcome=Outcome.ACCESS_DENIED)
    assert names() == ["ann"]


def test_another_account_of_the_name_of_a_deleted_one_is_shown() -> None:
    looked("ann", minute=0)
    looked("ann", minute=1, event=Event.OPS_ACCOUNT_DELETED)
    looked("ann", minute=2, sub="sub-new")
    assert [row.sub for row in latest()] == ["sub-new"]


def test_rows_of_one_actor_lead_to_the_looks_however_long_the_log_is(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(24_000, people=300)
    asked: list[tuple[str, Sequence[Any]]] = []

    def note(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        asked.append((sql, params))
        return fetch(sql, params)

    monkeypatch.setattr(looks, "fetch", note)
    latest(since=END - timedelta(days=30))
    plan = plan_of(*asked[0])
    assert indexes_in(plan) == {"audit_event_actor", "audit_event_event"}
    assert not re.search(r"SCAN [ed]\b", plan)
    assert '"Seq Scan"' not in plan
