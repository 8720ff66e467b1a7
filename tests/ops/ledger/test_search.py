"""Pages, counts and the funnel of the ledger, on both databases."""

from datetime import date
from itertools import pairwise

import pytest
from django.db import transaction
from django.http import QueryDict

from cognito_portal.ops.index import entries
from cognito_portal.ops.index.filters import BadFilter
from cognito_portal.ops.index.search import NoSuchPlace
from cognito_portal.ops.index.words import Term
from cognito_portal.ops.ledger import funnel, search
from cognito_portal.ops.ledger.filters import ELSEWHERE, LedgerFilter
from cognito_portal.ops.ledger.words import state_of
from cognito_portal.ops.models import Invitation, PoolIndexEntry
from tests.databases import Database
from tests.ops.index.accounts import user
from tests.ops.ledger.world import at

DAY = 24 * 60
# 9:00 on 2 March 2026; invitations live for seven days.
TERM = Term(now=at(0), days=7)
Stage = Invitation.Stage
# Name, days since it was sent, stage, who sent it.
LINES = [
    ("ann", 1, Stage.SENT, "staff:1"),
    ("bob", 2, Stage.OPENED, "staff:2"),
    ("cleo", 6.5, Stage.SENT, "staff:1"),
    ("dan", 6.9, Stage.OPENED, ""),
    ("eve", 8, Stage.SENT, "staff:1"),
    ("fay", 9, Stage.PASSWORD_SET, "staff:1"),
    ("gus", 10, Stage.VERIFIED, ""),
]


@pytest.fixture(autouse=True)
def ledger(database: Database) -> None:
    """One line of each kind."""
    with transaction.atomic():
        entries.store([user(name, email=f"{name}@example.com") for name, *_ in LINES], is_whole=False)
    for name, days, stage, sender in LINES:
        add(name, days=days, stage=stage, sent_by=sender)


def add(name: str, *, days: float, stage: Stage, sent_by: str = "", **more: object) -> None:
    entry = PoolIndexEntry.objects.get(username=name)
    sent_at = at(-days * DAY)
    Invitation.objects.create(
        **{
            "entry": entry,
            "pool_id": entry.pool_id,
            "sent_at": sent_at,
            "moved_at": sent_at,
            "changed_at": entry.modified_at,
            "stage": stage,
            "is_open": stage < Stage.PASSWORD_SET,
            "sent_by": sent_by,
        }
        | more
    )


def names(asked: LedgerFilter, **place: int) -> list[str]:
    return [line.entry.username for line in search.page(asked, TERM, **place).lines]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["ann", "bob", "cleo", "dan", "eve", "fay", "gus"]),
        ({"sort": "sent"}, ["gus", "fay", "eve", "dan", "cleo", "bob", "ann"]),
        ({"state": "sent"}, ["ann", "cleo"]),
        ({"state": "opened"}, ["bob", "dan"]),
        ({"state": "expiring"}, ["cleo", "dan"]),
        ({"state": "expired"}, ["eve"]),
        ({"state": "password"}, ["fay"]),
        ({"state": "verified"}, ["gus"]),
        ({"state": "undelivered"}, []),
        ({"sender": "staff:1"}, ["ann", "cleo", "eve", "fay"]),
        ({"sender": ELSEWHERE}, ["dan", "gus"]),
        ({"since": date(2026, 2, 28)}, ["ann", "bob"]),
        ({"until": date(2026, 2, 20)}, ["gus"]),
        ({"since": date(2026, 2, 21), "until": date(2026, 2, 22)}, ["eve", "fay"]),
        ({"text": "e"}, ["eve"]),
        ({"text": "e@exa"}, ["eve"]),
        ({"text": "nobody has this"}, []),
        ({"text": '"dan"'}, ["dan"]),
        ({"text": "example", "state": "expired"}, ["eve"]),
    ],
    ids=repr,
)
def test_filter_finds_what_it_says(asked: dict[str, object], found: list[str]) -> None:
    wanted = LedgerFilter(**asked)  # type: ignore[arg-type]
    assert names(wanted) == found
    count = search.capped_count(wanted, TERM)
    assert count is not None
    assert count.accounts == len(found)


def test_everything_is_in_the_states_that_their_words_say() -> None:
    found = search.counts(TERM)
    assert {state: count.accounts for state, count in found.items()} == {
        "sent": 2,
        "opened": 2,
        "expiring": 2,
        "expired": 1,
        "password": 1,
        "verified": 1,
    }
    words = {
        line.entry.username: str(state_of(line, TERM).label)
        for line in search.page(LedgerFilter(), TERM).lines
    }
    assert words == {
        "ann": "Sent, never opened",
        "bob": "Opened, no password set",
        "cleo": "Expires within 24 hours",
        "dan": "Expires within 24 hours",
        "eve": "Expired",
        "fay": "Password set",
        "gus": "Password set, address verified",
    }


@pytest.mark.parametrize("sort", ["-sent", "sent", "-moved"])
def test_pages_go_on_and_back_without_a_gap(monkeypatch: pytest.MonkeyPatch, sort: str) -> None:
    every = names(LedgerFilter(sort=sort))
    monkeypatch.setattr(search, "PAGE", 3)
    first = search.page(LedgerFilter(sort=sort), TERM)
    second = search.page(LedgerFilter(sort=sort), TERM, after=first.following)
    third = search.page(LedgerFilter(sort=sort), TERM, after=second.following)
    back = search.page(LedgerFilter(sort=sort), TERM, before=third.earlier)
    shown = [[line.entry.username for line in page.lines] for page in (first, second, third)]
    assert [name for page in shown for name in page] == every
    assert [line.entry.username for line in back.lines] == shown[1]
    assert (first.earlier, third.following) == (0, 0)


def test_many_that_were_sent_at_once_are_each_on_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    Invitation.objects.update(sent_at=at(0))
    monkeypatch.setattr(search, "PAGE", 2)
    places, found = [0], []
    while len(places) == 1 or places[-1]:
        page = search.page(LedgerFilter(), TERM, after=places[-1])
        found += [line.pk for line in page.lines]
        places.append(page.following)
    assert len(found) == len(set(found)) == len(LINES)
    assert all(one > other for one, other in pairwise(found))


def test_page_that_begins_at_a_line_that_is_gone_is_none() -> None:
    with pytest.raises(NoSuchPlace):
        search.page(LedgerFilter(), TERM, after=999_999)


def test_senders_are_each_named_once() -> None:
    assert search.senders() == ["", "staff:1", "staff:2"]


def test_funnel_counts_who_came_how_far() -> None:
    Invitation.objects.filter(stage=Stage.VERIFIED).update(factor_at=at(-1))
    found = funnel.funnel(LedgerFilter(), TERM)
    assert [(step.name, step.people) for step in found.steps] == [
        ("invited", 7),
        ("opened", 4),
        ("password", 2),
        ("factor", 1),
        ("verified", 1),
    ]
    assert [step.of_before for step in found.steps] == [None, pytest.approx(400 / 7), 50, 50, 50]
    assert dict(found.by_sender)["staff:1"] == {
        "invited": 4,
        "opened": 1,
        "password": 1,
        "factor": 0,
        "verified": 0,
    }


def test_funnel_of_a_time_and_a_sender_counts_those_alone() -> None:
    asked = LedgerFilter(sender="staff:1", since=date(2026, 2, 22), until=date(2026, 2, 28))
    assert [step.people for step in funnel.funnel(asked, TERM).steps] == [2, 0, 0, 0, 0]


def test_funnel_of_nobody_has_no_shares() -> None:
    found = funnel.funnel(LedgerFilter(sender="staff:9"), TERM)
    assert {(step.people, step.of_invited, step.of_before) for step in found.steps} == {(0, None, None)}


def test_csv_has_the_numbers_and_no_formula() -> None:
    text = funnel.csv_of(
        funnel.funnel(LedgerFilter(), TERM), {"staff:1": "=cmd()", "staff:2": "hedda, the desk"}
    )
    lines = text.split("\r\n")
    assert lines[0] == "Step,People,Per cent of the invited,Per cent of the step before"
    assert lines[2] == "Opened,4,57.1,57.1"
    assert "'=cmd(),4,1,1,0,0" in lines
    assert '"hedda, the desk",1,1,0,0,0' in lines


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=open", "state"),
        ("sort=name", "sort"),
        ("since=yesterday", "since"),
        ("since=0001-01-01", "since"),
        ("until=2026-13-01", "until"),
        ("since=2026-03-02&until=2026-03-01", "until"),
        ("sender=" + "x" * 151, "sender"),
        ("sender=a%00b", "sender"),
        ("name=ann", ""),
    ],
)
def test_what_is_no_filter_is_refused_by_field(query: str, field: str) -> None:
    with pytest.raises(BadFilter) as refused:
        LedgerFilter.parse(QueryDict(query))
    assert list(refused.value.problems) == [field]


def test_address_of_a_filter_leads_back_to_it_without_what_was_typed() -> None:
    asked = LedgerFilter(state="expired", sender="staff:1", since=date(2026, 3, 1), text="ann")
    assert "ann" not in asked.query()
    assert LedgerFilter.parse(QueryDict(asked.query()), text="ann") == asked
