"""Whatever is asked for, a search gives what a look at every row gives, in the order of time, page by page."""

import random
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from cognito_portal.audit import record, search, terms, walk
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.exports.selection import Selection, batches, select
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.names import MAX_PEOPLE
from cognito_portal.audit.search import Count, Place, TooManyPeople
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.storable import account_of
from tests.audit.rows import noted, somebody, stored
from tests.databases import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = [
    somebody("Ann"),
    somebody("ann@example.com", canonical="ann", sub="5b0c1f7e-0000-4000-8000-00000000000a"),
    somebody("Joanna", canonical="joanna", sub="77aa0b12-0000-4000-8000-00000000000b"),
    somebody("ＡＮＮＡ%_!"),
    somebody("al"),
    record.Person(pool_id="eu-west-1_OTHER", typed="ann"),
    None,
]
ADDRESSES = ["192.0.2.7", "192.0.2.8", "192.0.3.1", "2001:db8::1", "2001:db8:1::1", "unknown"]
ATTEMPTS = [secrets.token_hex(16) for _ in range(6)]


def write(chance: random.Random, moment: datetime) -> None:
    by = record.By(
        actor=chance.choice(["visitor", "visitor", "staff:1"]),
        address=chance.choice(ADDRESSES),
        user_agent="",
    )
    person = chance.choice(PEOPLE)
    if chance.random() < 0.4 and person is not None:
        call = record.begin(
            event=chance.choice([Event.SIGNIN_STARTED, Event.SIGNIN_ANSWERED]),
            step="",
            attempt_id=secrets.token_hex(16),
            turn=0,
            person=person,
            client_id=chance.choice(["web", "mobile"]),
            by=by,
            now=moment,
        )
        record.end(
            call,
            outcome=chance.choice([Outcome.SUCCESS, Outcome.BAD_CREDENTIALS, Outcome.UNKNOWN]),
            error_code=chance.choice(["", "NotAuthorizedException"]),
            request_id=chance.choice(["", "aws-1", "aws-2"]),
            now=moment + timedelta(seconds=chance.randrange(3)),
        )
        return
    noted(
        by=by,
        now=moment,
        person=person,
        event=chance.choice([Event.ACCESS_DENIED, Event.SIGNIN_EXPIRED]),
        outcome=chance.choice([Outcome.DENIED, Outcome.EXPIRED, Outcome.RECORDED]),
        attempt_id=chance.choice(ATTEMPTS),
        client_id=chance.choice(["", "web"]),
    )


@pytest.fixture
def log(database: Database) -> list[dict[str, Any]]:
    """A log of some hundred rows, many of the same moment and not in the order of time."""
    chance = random.Random(7)
    with record.write_transaction():
        for _ in range(260):
            write(chance, NOW + timedelta(seconds=chance.randrange(120)))
    User.objects.create_user("audrey", pk=1)
    return stored()


@pytest.fixture(params=["as it is", "as if it were long"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way through a filter is taken: with the limits as they are, and so small that a short log is long."""
    if request.param == "as if it were long":
        monkeypatch.setattr(walk, "FEW", 12)
        monkeypatch.setattr(walk, "FIRST_CHUNK", 8)
        monkeypatch.setattr(walk, "LAST_CHUNK", 30)
        monkeypatch.setattr(walk, "FEW_BRANCHES", 1)
        monkeypatch.setattr(terms, "MAX_BRANCHES", 2)


# --- what a look at every row gives


def people_with(text: str) -> set[str]:
    """The ids of those with this in their name, by going through everybody."""
    rows = stored("audit_person")
    folded = account_of(text.strip('"'))
    if text.startswith('"'):
        hits = [row for row in rows if folded in (row["account"], account_of(row["sub"]))]
    elif len(folded) < 3:
        hits = [row for row in rows if row["account"].startswith(folded)]
    else:
        hits = [row for row in rows if folded in row["account"] or folded in account_of(row["sub"])]
    hits += [row for row in rows if row["person_id"] == text]
    ids = {row["person_id"] for row in hits}
    subs = {(row["pool_id"], row["sub"]) for row in rows if row["person_id"] in ids and row["sub"]}
    return ids | {row["person_id"] for row in rows if (row["pool_id"], row["sub"]) in subs}


def lies_in(address: str, wanted: str) -> bool:
    """IPv4 addresses are among the IPv6 addresses, as ::ffff:0:0/96."""
    network = ip_network(wanted)
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if found.version < network.version:
        found = ip_address(f"::ffff:{found}")
    return found in network


def moment_of(row: dict[str, Any]) -> datetime:
    moment: datetime = row["time"]
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def belongs(row: dict[str, Any], asked: Filter, people: set[str]) -> bool:
    return (
        (asked.begun or row["phase"] != "begin")
        and (asked.since is None or moment_of(row) >= asked.since)
        and (asked.until is None or moment_of(row) < asked.until)
        and (not asked.event or row["event"] == asked.event)
        and (not asked.outcome or row["outcome"] in asked.outcomes())
        and (not asked.error_code or row["error_code"] == asked.error_code)
        and (not asked.client_id or row["client_id"] == asked.client_id)
        and (not asked.attempt_id or row["attempt_id"] == asked.attempt_id)
        and (not asked.request_id or row["request_id"] == asked.request_id)
        and (not asked.actor or row["actor"] == {"audrey": "staff:1"}.get(asked.actor, asked.actor))
        and (not asked.address or lies_in(row["address"], asked.address))
        and (not asked.person or row["person_id"] in people)
    )


def recount(log: list[dict[str, Any]], asked: Filter) -> list[int]:
    """The ids of the rows that are meant, newest first."""
    people = people_with(asked.person) if asked.person else set()
    hits = [row for row in log if belongs(row, asked, people)]
    return [row["id"] for row in sorted(hits, key=lambda row: (moment_of(row), row["id"]), reverse=True)]


# --- asking


def pages_back(asked: Filter, limit: int = 7) -> list[list[int]]:
    """Every page from the newest to the oldest."""
    found, place = [], None
    while True:
        page = search.page(asked, before=place, limit=limit)
        found.append([row.id for row in page.rows])
        if page.older is None:
            return found
        place = page.older


def exported(selection: Selection) -> list[int]:
    """The ids of the rows that an export takes, in its order."""
    return [row_id for batch in batches(selection, "e.id", size=9) for (row_id,) in batch]


def assert_finds(log: list[dict[str, Any]], asked: Filter) -> None:
    expected = recount(log, asked)
    assert [row_id for page in pages_back(asked) for row_id in page] == expected, asked
    assert exported(select(asked)) == sorted(expected), asked
    assert search.capped_count(asked, cap=1000) == Count(len(expected)), asked
    condition, params = search.where(asked)
    sql = f"SELECT e.id FROM audit_event e WHERE {condition} ORDER BY e.time DESC, e.id DESC"
    assert [row[0] for row in fetch(sql, params)] == expected, asked


SINGLE: dict[str, list[str]] = {
    "event": ["signin.started", "access.denied", "ops.throttle_lifted"],
    "outcome": ["success", "failure", "expired", "error"],
    "error_code": ["NotAuthorizedException", "NoSuchException"],
    "client_id": ["web", "mobile", "desktop"],
    "actor": ["visitor", "staff:1", "audrey", "nobody", "staff:2"],
    "address": ["192.0.2.7", "192.0.2.0/24", "192.0.0.0/16", "2001:db8::/32", "10.0.0.0/8", "::/0"],
    "attempt_id": [ATTEMPTS[0], "none"],
    "request_id": ["aws-1", "aws-9"],
    "person": [
        *("ann", '"ann"', "Ann@", "joan", "JOANNA", "anna%_!", "%", "_", "a", "an", "al", "ala", "0000-4000"),
        *("5b0c", '"77aa0b12-0000-4000-8000-00000000000b"', "a%a", "nobody", "!"),
    ],
}
SINGLE_FILTERS = [Filter(**{name: value}) for name, values in SINGLE.items() for value in values]  # type: ignore[arg-type]
WINDOW = {"since": NOW + timedelta(seconds=20), "until": NOW + timedelta(seconds=90)}


def test_each_filter_finds_what_a_look_at_every_row_finds(log: list[dict[str, Any]], way: None) -> None:
    for asked in [Filter(), *SINGLE_FILTERS]:
        assert_finds(log, asked)
        assert_finds(log, replace(asked, begun=True, **WINDOW))  # type: ignore[arg-type]


def test_filters_combine(log: list[dict[str, Any]], way: None) -> None:
    chance = random.Random(11)
    for _ in range(120):
        names = chance.sample(sorted(SINGLE), chance.randrange(2, 5))
        more: dict[str, Any] = {name: chance.choice(SINGLE[name]) for name in names}
        if chance.random() < 0.5:
            more |= WINDOW
        assert_finds(log, Filter(begun=chance.random() < 0.3, **more))


@pytest.mark.parametrize(
    "asked", [Filter(), Filter(outcome="failure"), Filter(person="ann", client_id="web")]
)
def test_paging_back_and_forth_shows_every_row_once_each_way(
    log: list[dict[str, Any]], way: None, asked: Filter
) -> None:
    back = pages_back(asked)
    page = search.page(asked, limit=7)
    while page.older is not None:
        page = search.page(asked, before=page.older, limit=7)
    forth = [[row.id for row in page.rows]]
    while page.newer is not None:
        page = search.page(asked, after=page.newer, limit=7)
        forth.append([row.id for row in page.rows])
    assert sorted(row_id for each in forth for row_id in each) == sorted(
        row_id for each in back for row_id in each
    )
    assert forth[0] == back[-1]


def test_a_page_before_everything_is_empty_and_leads_back(log: list[dict[str, Any]]) -> None:
    page = search.page(Filter(), before=Place(NOW - timedelta(days=1), 1), limit=7)
    assert (page.rows, page.older) == ([], None)
    assert page.newer is not None
    assert len(search.page(Filter(), after=page.newer, limit=7).rows) == 7


def test_a_page_after_everything_is_empty_and_leads_back(log: list[dict[str, Any]]) -> None:
    page = search.page(Filter(), after=Place(NOW + timedelta(days=1), 1), limit=7)
    assert (page.rows, page.newer) == ([], None)
    assert [row.id for row in search.page(Filter(), before=page.older, limit=7).rows] == pages_back(Filter())[
        0
    ]


def test_the_count_stops_at_its_cap(log: list[dict[str, Any]], way: None) -> None:
    for asked in (Filter(), Filter(outcome="failure"), Filter(client_id="web", outcome="failure")):
        assert search.capped_count(asked, cap=10) == Count(10, is_capped=True)


def test_export_ends_with_what_was_there_when_it_was_begun(log: list[dict[str, Any]]) -> None:
    selection = select(Filter(begun=True))
    noted(now=NOW + timedelta(days=1))
    assert exported(selection) == sorted(recount(log, Filter(begun=True)))


# --- people


def test_a_forgotten_person_is_found_by_their_id_alone(database: Database) -> None:
    noted(person=somebody("ann"), now=NOW)
    ((person_id,),) = fetch("SELECT person_id FROM audit_person", [])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_person")
    assert search.page(Filter(person="ann")).rows == []
    (row,) = search.page(Filter(person=person_id)).rows
    assert (row.username, row.canonical_username, row.sub) == ("", "", "")


def test_all_names_of_one_account_are_one_person(database: Database) -> None:
    noted(person=somebody("ann@example.com", canonical="Ann", sub="s-1"), now=NOW)
    noted(person=somebody("ann"), now=NOW)
    noted(person=somebody("bob"), now=NOW)
    assert len(search.page(Filter(person="@example")).rows) == 2


@pytest.fixture
def crowd(database: Database) -> Iterator[None]:
    """More people with `user` in their name than a search takes."""
    with record.write_transaction():
        for number in range(MAX_PEOPLE + 1):
            record.person_columns(somebody(f"user{number:04d}"))
    yield


def test_a_name_that_too_many_have_asks_for_more_of_it(crowd: None) -> None:
    with pytest.raises(TooManyPeople):
        search.page(Filter(person="user"))
    with pytest.raises(TooManyPeople):
        search.page(Filter(person="us"))


def test_where_too_many_have_it_in_their_name_those_whose_name_it_is_are_meant(crowd: None) -> None:
    noted(person=somebody("user"), now=NOW)
    noted(person=somebody("user0001"), now=NOW)
    page = search.page(Filter(person="user"))
    assert [row.username for row in page.rows] == ["user"]
    assert page.only_exact


def test_a_rare_part_of_a_name_finds_its_people_among_many(crowd: None) -> None:
    noted(person=somebody("user0777"), now=NOW)
    assert [row.username for row in search.page(Filter(person="er077")).rows] == ["user0777"]


def test_no_letter_of_a_name_stands_for_others(database: Database) -> None:
    for name in ("abcxabc", "1bc_ab", "2bc_ab", "3bc_ab"):
        noted(person=somebody(name), now=NOW)
    assert [row.username for row in search.page(Filter(person="abc_abc")).rows] == []


def test_the_beginnings_of_names_that_are_there_already_are_found_after_the_migration(
    database: Database,
) -> None:
    noted(person=somebody("al"), now=NOW)
    noted(person=somebody(""), now=NOW)
    call_command("migrate", "audit", "0002", verbosity=0, skip_checks=True)
    assert search.page(Filter(person="a")).rows == []
    call_command("migrate", "audit", "0003", verbosity=0, skip_checks=True)
    assert [row.username for row in search.page(Filter(person="a")).rows] == ["al"]


# --- the limit of time


def slow(database: Database) -> str:
    if database.vendor == "postgresql":
        return "SELECT pg_sleep(20)"
    return "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"


def test_the_database_is_stopped_when_the_time_is_over(database: Database) -> None:
    with pytest.raises(search.OutOfTime), search.time_limit(0.2) as clock:
        clock.fetch(slow(database), [])
    assert fetch("SELECT 1", []) == [(1,)]


def test_limit_that_stops_what_the_clock_did_not_ask_is_the_time_over_too(postgresql: Database) -> None:
    """The COMMIT for instance, which has what the last statement left."""
    with pytest.raises(search.OutOfTime), search.time_limit(0.2) as clock:
        clock.fetch("SELECT 1", [])
        with connection.cursor() as cursor:
            cursor.execute(slow(postgresql))
    assert fetch("SELECT 1", []) == [(1,)]


def test_after_a_limit_the_next_statement_may_take_its_time(sqlite: Database) -> None:
    with search.time_limit(0.001):
        pass
    long = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT COUNT(*) FROM n"
    assert fetch(long, []) == [(300000,)]


def test_a_search_that_runs_out_of_time_says_how_far_it_came(
    log: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("FEW", 12), ("FIRST_CHUNK", 8), ("LAST_CHUNK", 8)):
        monkeypatch.setattr(walk, name, value)
    asked = Filter(client_id="web", outcome="recorded")
    clocks = Clocks(looks=9)
    monkeypatch.setattr(search, "time_limit", clocks)
    page = search.page(asked, limit=50)
    assert page.stopped
    assert page.searched_to is not None
    monkeypatch.undo()
    rest = search.page(asked, before=page.searched_to, limit=100)
    assert [row.id for row in (*page.rows, *rest.rows)] == recount(log, asked)


class Clocks:
    """Clocks whose time is over after so many statements."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __call__(self, _seconds: float | None) -> "Clocks":
        return self

    def __enter__(self) -> "Clocks":
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def fetch(self, sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
        self.looks -= 1
        if self.looks < 0:
            raise search.OutOfTime
        return fetch(sql, params)


# --- places


@pytest.mark.parametrize("text", ["20260302T090000.000001-7", "00010101T000000.000000-9223372036854775807"])
def test_a_place_reads_as_it_was_written(text: str) -> None:
    assert str(Place.parse(text)).rjust(len(text), "0") == text


NO_PLACES = [
    "",
    "1",
    "x-1",
    "20260302T090000.000000-",
    "20260302T090000.000000--1",
    "20260302T090000.000000-²",
    "20260302T090000.000000-9223372036854775808",
    "20261302T090000.000000-1",
    "20260302T090000.000000-1\n",
    "' OR 1=1--",
    "\x00-1",
]


@pytest.mark.parametrize("text", NO_PLACES)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"place|time|match|range"):
        Place.parse(text)
