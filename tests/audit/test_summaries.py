import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.events import Event
from cognito_portal.audit.summaries import Refused, Summaries
from tests.audit.rows import BY, somebody, stored
from tests.databases import Database, in_threads

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def summaries() -> Iterator[Summaries]:
    made = Summaries(capacity=3)
    yield made
    made.stop()


@pytest.fixture
def other_process() -> Iterator[Summaries]:
    made = Summaries()
    yield made
    made.stop()


def refused(key: str = "account:p") -> Refused:
    return Refused(key=key, event=Event.SIGNIN_THROTTLED, person=somebody(), by=BY, client_id="client")


def counts() -> list[int | None]:
    return [row["count"] for row in stored()]


def test_first_refusal_is_a_row_and_the_rest_a_summary(summaries: Summaries) -> None:
    for _ in range(4):
        summaries.add(refused(), crossing=5, now=NOW)
    assert counts() == [None]
    summaries.flush(NOW + MINUTE)
    assert counts() == [None, 3]


def test_a_minute_that_is_not_over_is_not_summed_up(summaries: Summaries) -> None:
    for _ in range(3):
        summaries.add(refused(), crossing=5, now=NOW)
    summaries.flush(NOW + timedelta(seconds=29))
    assert counts() == [None]


def test_each_crossing_of_the_limit_is_a_row(summaries: Summaries) -> None:
    summaries.add(refused(), crossing=5, now=NOW)
    summaries.add(refused(), crossing=10, now=NOW)
    assert counts() == [None, None]


def test_processes_agree_on_one_crossing_row(summaries: Summaries, other_process: Summaries) -> None:
    summaries.add(refused(), crossing=5, now=NOW)
    other_process.add(refused(), crossing=5, now=NOW)
    assert counts() == [None]


def test_the_count_of_the_process_that_came_second_goes_into_the_next_minute(
    summaries: Summaries, other_process: Summaries
) -> None:
    for _ in range(3):
        summaries.add(refused(), crossing=5, now=NOW)
    for _ in range(7):
        other_process.add(refused(), crossing=5, now=NOW)
    for minute in (1, 2, 3):
        summaries.flush(NOW + minute * MINUTE)
        other_process.flush(NOW + minute * MINUTE)
    assert counts() == [None, 2, 7]


def test_keys_beyond_capacity_share_one_summary_without_a_name(summaries: Summaries) -> None:
    for number in range(8):
        summaries.add(refused(f"account:{number}"), crossing=5, now=NOW)
        summaries.add(refused(f"account:{number}"), crossing=5, now=NOW)
    summaries.flush(NOW + MINUTE)
    summed = [(row["count"], bool(row["person_id"]), row["address"]) for row in stored() if row["count"]]
    assert sorted(summed) == [(1, True, BY.address)] * 3 + [(5, False, "")]


def test_counts_survive_a_database_that_was_away(summaries: Summaries, sqlite: Database) -> None:
    for _ in range(3):
        summaries.add(refused(), crossing=5, now=NOW)
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = "/nowhere/at/all.sqlite3"
    summaries.flush(NOW + MINUTE)
    connection.close()
    connection.settings_dict["NAME"] = name
    summaries.flush(NOW + 2 * MINUTE)
    assert counts() == [None, 2]


def test_a_crossing_that_cannot_be_written_is_told(summaries: Summaries) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE audit_person")
    with pytest.raises(AuditUnavailable):
        summaries.add(refused(), crossing=5, now=NOW)


def test_parallel_refusals_are_all_counted(summaries: Summaries) -> None:
    in_threads(lambda _: summaries.add(refused(), crossing=5, now=NOW), range(60), threads=12)
    summaries.flush(NOW + MINUTE)
    assert sum(count or 1 for count in counts()) == 60


def test_the_timer_sums_up_by_itself(summaries: Summaries) -> None:
    earlier = set(threading.enumerate())
    over = (datetime.now(UTC) - MINUTE).replace(second=59)
    for _ in range(3):
        summaries.add(refused(), crossing=5, now=over)
    (timer,) = set(threading.enumerate()) - earlier
    assert isinstance(timer, threading.Timer)
    assert timer.daemon
    timer.function()
    assert counts() == [None, 2]
