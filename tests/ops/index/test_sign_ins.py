"""Last sign-in and last failure of each account, out of the log: under every name, once, and forgotten with it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as live
from pytest_django import Settings

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.forgetting import forget
from cognito_portal.audit.proof import seals
from cognito_portal.ops.index import entries, passes, sign_ins
from cognito_portal.ops.models import NEVER, PoolIndexEntry
from tests.audit.rows import BY
from tests.databases import Database
from tests.ops.index.accounts import sub_of, user

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Times = tuple[datetime, datetime]


@pytest.fixture(autouse=True)
def index(database: Database, settings: Settings) -> None:
    """An index that is begun, with ann in it."""
    passes.begin_anew()
    entries.refresh(user("Ann", email="ann@example.com"))


def tried(
    typed: str,
    outcome: Outcome,
    *,
    minutes: int,
    of: str = "",
    event: Event = Event.SIGNIN_STARTED,
) -> None:
    """A try `minutes` after NOW; `of` is the account that Cognito told."""
    person = record.Person(pool_id=live.COGNITO_USER_POOL_ID, typed=typed)
    told = record.Person(pool_id=person.pool_id, typed=typed, canonical=of, sub=sub_of(of)) if of else person
    moment = NOW + timedelta(minutes=minutes)
    call = record.begin(
        event=event,
        step="",
        attempt_id=f"{typed}{minutes}",
        turn=0,
        person=person,
        client_id="",
        by=BY,
        now=moment,
    )
    record.end(call, outcome=outcome, person=told, now=moment)


def read() -> None:
    """What the worker does: seal, then read what was sealed."""
    seals.seal_pending()
    sign_ins.work()


def times(name: str = "Ann") -> tuple[int | None, int | None]:
    """Minutes after NOW of the last sign-in and the last failure."""
    entry = PoolIndexEntry.objects.get(sub=sub_of(name))
    moments = entry.last_sign_in_at, entry.last_failure_at
    return tuple(None if each == NEVER else round((each - NOW).total_seconds() / 60) for each in moments)  # type: ignore[return-value]


def test_account_nobody_ever_tried_has_no_times() -> None:
    read()
    assert times() == (None, None)


def test_newest_of_each_kind_counts() -> None:
    for minutes in (1, 5, 3):
        tried("ann", Outcome.SUCCESS, minutes=minutes, of="Ann")
        tried("ann", Outcome.BAD_CREDENTIALS, minutes=minutes + 1)
    read()
    assert times() == (5, 6)
    tried("ann", Outcome.SUCCESS, minutes=9, of="Ann")
    read()
    assert times() == (9, 6)


def test_what_is_neither_a_sign_in_nor_a_failed_try_changes_nothing() -> None:
    tried("ann", Outcome.CHALLENGE, minutes=1)
    tried("ann", Outcome.SUCCESS, minutes=2, of="Ann", event=Event.ACCOUNT_PASSWORD_CHANGED)
    tried("ann", Outcome.SERVICE, minutes=3)
    tried("ann", Outcome.SUCCESS, minutes=4, of="Ann", event=Event.SIGNIN_RESET_CONFIRMED)
    read()
    assert times() == (None, None)


def test_failure_under_the_name_alone_is_found_before_cognito_told_anybody() -> None:
    tried(" ANN ", Outcome.BAD_CREDENTIALS, minutes=1)
    read()
    assert times() == (None, 1)


def test_alias_counts_from_when_it_is_known_with_what_it_had_before() -> None:
    tried("annie", Outcome.BAD_CREDENTIALS, minutes=1)
    read()
    assert times() == (None, None)
    tried("annie", Outcome.SUCCESS, minutes=2, of="Ann")
    read()
    assert times() == (2, 1)


def test_address_of_the_account_is_a_name_of_it() -> None:
    tried("Ann@Example.com", Outcome.BAD_CREDENTIALS, minutes=4)
    read()
    assert times() == (None, 4)


def test_name_that_another_account_had_before_brings_nothing_of_that_one() -> None:
    entries.refresh(user("Old"))
    tried("shared", Outcome.SUCCESS, minutes=1, of="Old")
    tried("shared", Outcome.SUCCESS, minutes=5, of="Ann")
    read()
    assert (times("Old")[0], times("Ann")[0]) == (1, 5)


def test_account_that_comes_later_has_its_times_out_of_rows_read_before() -> None:
    tried("bob", Outcome.SUCCESS, minutes=3, of="Bob")
    read()
    entries.refresh(user("Bob"))
    read()
    assert times("Bob") == (3, None)


def test_address_that_an_account_has_from_now_on_brings_its_rows() -> None:
    tried("new@example.com", Outcome.BAD_CREDENTIALS, minutes=3)
    read()
    entries.refresh(user("Ann", email="new@example.com"))
    read()
    assert times() == (None, 3)


def test_index_made_anew_has_the_same_times() -> None:
    tried("ann", Outcome.SUCCESS, minutes=3, of="Ann")
    read()
    passes.begin_anew()
    entries.refresh(user("Ann"))
    read()
    assert times() == (3, None)


def test_what_is_not_sealed_yet_is_read_once_it_is() -> None:
    read()
    tried("ann", Outcome.SUCCESS, minutes=3, of="Ann")
    sign_ins.work()
    assert times() == (None, None)
    read()
    assert times() == (3, None)


def test_many_rows_are_read_in_several_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_ins, "LEAVES", 3)
    monkeypatch.setattr(sign_ins, "BATCH", 1)
    entries.refresh(user("Bob"))
    for minutes in range(5):
        tried("ann", Outcome.SUCCESS, minutes=minutes, of="Ann")
        tried("bob", Outcome.SUCCESS, minutes=minutes + 10, of="Bob")
    read()
    assert (times(), times("Bob")) == ((4, None), (14, None))


# --- forgetting


def test_whoever_is_forgotten_has_no_times_any_more_and_others_keep_theirs() -> None:
    entries.refresh(user("Bob"))
    tried("ann", Outcome.SUCCESS, minutes=1, of="Ann")
    tried("annie", Outcome.BAD_CREDENTIALS, minutes=2, of="Ann")
    tried("bob", Outcome.SUCCESS, minutes=3, of="Bob")
    read()
    forget(pool_id=live.COGNITO_USER_POOL_ID, username="ann", reason="t", by=BY)
    read()
    assert (times(), times("Bob")) == ((None, None), (3, None))


def test_forgotten_stays_forgotten_though_somebody_looks_at_the_account() -> None:
    tried("ann", Outcome.SUCCESS, minutes=1, of="Ann")
    read()
    forget(pool_id=live.COGNITO_USER_POOL_ID, username="ann", reason="t", by=BY)
    pool_id = live.COGNITO_USER_POOL_ID
    record.note(
        event=Event.OPS_ACCOUNT_VIEWED,
        outcome=Outcome.SUCCESS,
        by=BY,
        person=record.Person(pool_id=pool_id, typed="Ann", canonical="Ann", sub=sub_of("Ann")),
    )
    read()
    assert times() == (None, None)


def test_what_retention_took_out_of_the_log_is_kept_here() -> None:
    tried("ann", Outcome.BAD_CREDENTIALS, minutes=2, of="Ann")
    read()
    PoolIndexEntry.objects.update(last_sign_in_at=NOW - timedelta(days=500))
    tried("ann", Outcome.BAD_CREDENTIALS, minutes=4)
    read()
    assert times() == (-500 * 24 * 60, 4)


def test_index_that_is_off_reads_nothing(settings: Settings) -> None:
    tried("ann", Outcome.SUCCESS, minutes=3, of="Ann")
    settings.POOL_INDEX_MINUTES = 0
    read()
    assert times() == (None, None)
