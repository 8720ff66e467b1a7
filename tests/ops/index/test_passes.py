"""Passes through the pool: whole, cut short and gone on with, throttled, without rights."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.errors import CognitoUnavailable, NoCredentials, error_for
from cognito_portal.ops.index import entries, passes
from cognito_portal.ops.models import PoolIndexEntry, PoolIndexState, PoolIndexValue
from cognito_portal.worker import jobs
from tests.conftest import Portal
from tests.databases import Database
from tests.ops.index.accounts import NOON, Listing, sub_of, user

NAMES = ["ann", "bob", "cleo", "dan", "eve"]


@pytest.fixture
def listing(database: Database, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Listing]:
    """A pool of five accounts, two a page, whose pages come without a pause between them."""
    settings.POOL_INDEX_CALLS_PER_SECOND = 10_000
    listing = Listing([user(name, email=f"{name}@example.com") for name in NAMES])
    monkeypatch.setattr(clients, "cognito", lambda: listing)
    monkeypatch.setattr(passes, "FIRST_WAIT_S", 0.001)
    jobs.stopping().clear()
    yield listing
    jobs.stopping().clear()


def refused(code: str) -> Any:
    return error_for(code, "", status=400, operation="ListUsers", request_id=None)


def names() -> list[str]:
    return list(PoolIndexEntry.objects.order_by("username").values_list("username", flat=True))


def state() -> PoolIndexState:
    return PoolIndexState.objects.get()


def pass_again() -> None:
    """Another pass, for which it is time."""
    PoolIndexState.objects.update(whole_at=timezone.now() - timedelta(days=1))
    passes.work()


def test_pass_has_every_account_of_every_page(listing: Listing) -> None:
    passes.work()
    assert names() == NAMES
    assert (state().is_running, state().accounts, state().token) == (False, 5, "")


def test_pages_that_are_empty_or_short_end_nothing(listing: Listing) -> None:
    listing.size = 1
    pages: list[tuple[Any, str | None]] = [((), "1"), ((listing.accounts[0],), "2"), ((), None)]
    listing.list_users = lambda **_: pages.pop(0)  # type: ignore[method-assign,assignment]
    passes.work()
    assert names() == ["ann"]
    assert pages == []


def test_pass_that_was_whole_is_not_made_again_before_its_minutes(listing: Listing) -> None:
    passes.work()
    asked = len(listing.tokens)
    passes.work()
    assert len(listing.tokens) == asked
    passes.work(now=lambda: timezone.now() + timedelta(minutes=10))
    assert len(listing.tokens) == 2 * asked


def test_no_pass_is_made_where_the_index_is_off(listing: Listing, settings: Settings) -> None:
    settings.POOL_INDEX_MINUTES = 0
    passes.work()
    entries.refresh(listing.accounts[0])
    assert (listing.tokens, names()) == ([], [])


def test_whoever_is_gone_goes_with_the_end_of_a_whole_pass_and_not_before(listing: Listing) -> None:
    passes.work()
    del listing.accounts[1:3]
    seen: list[list[str]] = []
    listing.before = lambda: seen.append(names())
    pass_again()
    assert seen == [NAMES, NAMES]
    assert names() == ["ann", "dan", "eve"]
    assert set(PoolIndexValue.objects.values_list("entry__username", flat=True)) == {"ann", "dan", "eve"}


def test_account_that_was_read_while_a_pass_runs_is_not_gone_with_it(listing: Listing) -> None:
    made: list[None] = []

    def invite_somebody() -> None:
        if len(listing.tokens) == 2 and not made:
            made.append(entries.refresh(user("zoe")))

    listing.before = invite_somebody
    passes.work()
    assert names() == [*NAMES, "zoe"]


def test_worker_that_is_told_to_stop_keeps_its_place_and_the_next_goes_on_there(listing: Listing) -> None:
    listing.before = lambda: jobs.stopping().set() if len(listing.tokens) == 2 else None
    with pytest.raises(jobs.Interrupted):
        passes.work()
    assert (state().is_running, state().token, state().seen) == (True, "4", 4)
    assert state().whole_at is None
    jobs.stopping().clear()
    listing.before = None
    passes.work()
    assert listing.tokens == [None, "2", "4"]
    assert (names(), state().accounts) == (NAMES, 5)


def test_worker_that_dies_loses_the_page_at_hand_alone(listing: Listing) -> None:
    listing.faults = []

    def die() -> None:
        if len(listing.tokens) == 2:
            raise MemoryError

    listing.before = die
    with pytest.raises(MemoryError):
        passes.work()
    listing.before = None
    passes.work()
    assert listing.tokens == [None, "2", "2", "4"]
    assert names() == NAMES


def test_token_that_is_over_begins_the_pass_anew(listing: Listing) -> None:
    PoolIndexState.objects.create(
        pool_id=settings_pool(), generation=7, is_running=True, token="long ago", attributes=passes.chosen()
    )
    listing.faults = [refused("InvalidParameterException")]
    passes.work()
    assert listing.tokens == ["long ago", None, "2", "4"]
    assert (names(), state().generation, state().accounts) == (NAMES, 8, 5)


def settings_pool() -> str:
    return passes.state_of_pool().pool_id


def test_throttled_in_the_middle_it_waits_and_goes_on(listing: Listing) -> None:
    listing.before = lambda: (
        listing.faults.extend([refused("TooManyRequestsException")] * 2) if len(listing.tokens) == 2 else None
    )
    passes.work()
    assert listing.tokens == [None, "2", "2", "2", "4"]
    assert names() == NAMES


def test_throttled_for_long_it_fails_with_its_place_kept_and_rests(listing: Listing) -> None:
    listing.faults = [refused("TooManyRequestsException")] * (passes.WAITS + 1)
    with pytest.raises(Exception, match="TooManyRequests"):
        passes.work()
    assert (state().problem, state().is_running) == ("throttled", True)
    asked = len(listing.tokens)
    passes.work()
    assert len(listing.tokens) == asked
    passes.work(now=lambda: timezone.now() + timedelta(seconds=61))
    assert (names(), state().problem) == (NAMES, "")


@pytest.mark.parametrize(
    ("fault", "problem", "lacking"),
    [
        (refused("AccessDeniedException"), "access_denied", "cognito-idp:ListUsers"),
        (NoCredentials(operation="ListUsers"), "no_credentials", ""),
    ],
)
def test_right_that_is_missing_is_named_and_fails_nothing(
    listing: Listing, fault: Any, problem: str, lacking: str
) -> None:
    listing.faults = [fault]
    passes.work()
    assert (state().problem, state().lacking) == (problem, lacking)


def test_cognito_that_does_not_answer_fails_the_run(listing: Listing) -> None:
    listing.faults = [CognitoUnavailable("not_sent", operation="ListUsers")]
    with pytest.raises(CognitoUnavailable):
        passes.work()
    assert state().problem == "not_sent"


def test_of_two_workers_at_one_pass_one_gives_way(listing: Listing) -> None:
    def other_worker() -> None:
        if len(listing.tokens) == 2:
            PoolIndexState.objects.update(token="elsewhere")

    listing.before = other_worker
    passes.work()
    assert (state().token, state().is_running) == ("elsewhere", True)
    assert names() == ["ann", "bob"]


def test_other_choice_of_attributes_takes_out_what_is_no_longer_chosen(
    listing: Listing, settings: Settings
) -> None:
    settings.POOL_INDEX_ATTRIBUTES = ["email", "custom:team"]
    listing.accounts[0] = user("ann", **{"email": "ann@example.com", "custom:team": "Blue", "name": "Ann A"})
    passes.work()
    ann = PoolIndexEntry.objects.get(username="ann")
    assert ann.attributes == {"custom:team": "Blue", "email": "ann@example.com"}
    settings.POOL_INDEX_ATTRIBUTES = ["custom:team"]
    passes.work()
    ann.refresh_from_db()
    assert (ann.attributes, ann.email, "example.com" in ann.search_text) == (
        {"custom:team": "Blue"},
        "",
        False,
    )
    assert set(PoolIndexValue.objects.values_list("name", flat=True)) == {"custom:team"}


def test_nothing_is_kept_that_was_not_chosen(listing: Listing) -> None:
    listing.accounts[0] = user("ann", **{"custom:salary": "ninety", "address": "Elm Street", "name": "Ann"})
    passes.work()
    kept = str(PoolIndexEntry.objects.filter(username="ann").values().get())
    assert "ninety" not in kept and "Elm Street" not in kept and "'name': 'Ann'" in kept


def test_what_a_page_has_later_than_somebody_read_it_changes_nothing(listing: Listing) -> None:
    entries.refresh(user("ann", at=NOON + 60, enabled=False))
    passes.work()
    assert PoolIndexEntry.objects.get(username="ann").enabled is False


def test_second_factors_stay_as_they_were_read(listing: Listing) -> None:
    read = user("ann", email="ann@example.com")
    entries.refresh(
        type(read)(**{name: getattr(read, name) for name in read.__slots__} | {"mfa_factors": ("SMS_MFA",)})
    )
    passes.work()
    assert PoolIndexEntry.objects.get(username="ann").mfa == "SMS_MFA"


def test_dates_are_cognitos(listing: Listing) -> None:
    passes.work()
    assert PoolIndexEntry.objects.get(username="ann").created_at == datetime.fromtimestamp(NOON, UTC)


def test_rebuilding_forgets_everything_first_and_comes_to_the_same(listing: Listing) -> None:
    passes.work()
    before = PoolIndexEntry.objects.values("sub", "search_text", "attributes").order_by("sub")
    kept = list(before)
    passes.begin_anew()
    assert names() == []
    passes.work()
    assert list(before.all()) == kept


def test_calls_keep_to_their_rate(listing: Listing, settings: Settings) -> None:
    settings.POOL_INDEX_CALLS_PER_SECOND = 20
    began = time.monotonic()
    passes.work()
    assert time.monotonic() - began >= 2 / 20


# --- on the embedded Cognito


@pytest.fixture
def crowded(portal: Portal, settings: Settings) -> Portal:
    """A pool of some dozens of accounts more than one page holds."""
    settings.POOL_INDEX_CALLS_PER_SECOND = 1_000
    clients.forget()
    for number in range(64):
        portal.api.signed(
            "AdminCreateUser",
            Username=f"crowd{number:03d}-{time.monotonic_ns()}",
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": f"c{time.monotonic_ns()}@example.com"}],
        )
    return portal


def listed(portal: Portal) -> set[str]:
    found: set[str] = set()
    token = None
    while True:
        more = {"PaginationToken": token} if token else {}
        body = portal.api.signed("ListUsers", **more).body
        found |= {each["Username"] for each in body["Users"]}
        token = body.get("PaginationToken")
        if not token:
            return found


def test_whole_pool_is_there_though_the_worker_stopped_half_way(
    crowded: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_after(1, monkeypatch)
    with pytest.raises(jobs.Interrupted):
        passes.work()
    assert 0 < PoolIndexEntry.objects.count() < len(listed(crowded))
    jobs.stopping().clear()
    monkeypatch.undo()
    set_pool(crowded, monkeypatch)
    passes.work()
    assert set(names()) == listed(crowded)


def stop_after(pages: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stored: Callable[..., None] = entries.store
    count: list[int] = []

    def storing(*given: Any, **more: Any) -> None:
        stored(*given, **more)
        count.append(1)
        if len(count) == pages:
            jobs.stopping().set()

    monkeypatch.setattr(entries, "store", storing)


def set_pool(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `monkeypatch.undo` has taken away with the rest."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", portal.cognito.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", portal.cognito.secret_access_key)


def test_site_goes_on_while_a_pass_runs(crowded: Portal) -> None:
    thread = threading.Thread(target=passes.work)
    thread.start()
    while thread.is_alive():
        entries.refresh(clients.cognito().admin_get_user(username="active"))
    thread.join()
    assert set(names()) == listed(crowded)
    assert PoolIndexEntry.objects.get(username="active").sub != sub_of("active")
