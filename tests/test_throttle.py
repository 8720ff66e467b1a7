import json
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from cognito_portal import throttle
from cognito_portal.audit import record
from cognito_portal.audit.events import ASKS_MORE, BEGINNINGS, COUNTS, RENEWS_TRIES, TRIES, Event, Outcome
from cognito_portal.audit.summaries import Summaries
from tests.audit.rows import POOL, noted, stored
from tests.databases import Database, environment_for, in_threads

NOW = datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)
HOME, ABROAD = "192.0.2.1", "198.51.100.9"
pytestmark = pytest.mark.usefixtures("database", "counters")


@pytest.fixture
def counters(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Summaries]:
    settings.THROTTLE_ACCOUNT_LIMIT = 5
    settings.THROTTLE_ACCOUNT_WINDOW_MINUTES = 15
    settings.THROTTLE_ADDRESS_LIMIT = 30
    fresh = Summaries()
    monkeypatch.setattr(throttle, "summaries", fresh)
    yield fresh
    fresh.stop()


def admit(
    typed: str = "newhire",
    *,
    address: str = HOME,
    now: datetime = NOW,
    event: Event = Event.SIGNIN_STARTED,
    attempt_id: str = "",
    pool_id: str = POOL,
    turn: int = 0,
) -> record.Call:
    return throttle.admit(
        event=event,
        step="InitiateAuth",
        attempt_id=attempt_id or secrets.token_hex(16),
        turn=turn,
        person=record.Person(pool_id=pool_id, typed=typed),
        client_id="client",
        by=record.By(actor="visitor", address=address, user_agent=""),
        now=now,
    )


def tried(
    typed: str = "newhire",
    outcome: Outcome = Outcome.BAD_CREDENTIALS,
    *,
    address: str = HOME,
    now: datetime = NOW,
    sub: str = "",
    canonical: str = "",
) -> None:
    call = admit(typed, address=address, now=now)
    person = record.Person(pool_id=POOL, typed=typed, canonical=canonical, sub=sub)
    record.end(call, outcome=outcome, person=person, now=now)


def is_refused(typed: str = "newhire", *, address: str = HOME, now: datetime = NOW) -> bool:
    try:
        admit(typed, address=address, now=now)
    except throttle.Throttled:
        return True
    return False


def begin_rows() -> int:
    return sum(row["phase"] == "begin" for row in stored())


def test_sixth_failed_try_is_refused_until_the_first_is_old_enough() -> None:
    for minute in range(5):
        tried(now=NOW + timedelta(minutes=minute))
    with pytest.raises(throttle.Throttled) as caught:
        admit(now=NOW + timedelta(minutes=5))
    assert (caught.value.scope, caught.value.retry_after_s) == ("account", 600)
    assert is_refused(now=NOW + timedelta(minutes=14, seconds=59))
    assert not is_refused(now=NOW + timedelta(minutes=15))


def test_open_calls_count() -> None:
    for _ in range(5):
        admit()
    assert is_refused()


@pytest.mark.parametrize("outcome", sorted(COUNTS))
def test_refusals_that_hang_on_what_was_typed_count(outcome: Outcome) -> None:
    for _ in range(5):
        tried(outcome=outcome)
    assert is_refused()


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.THROTTLED,
        Outcome.SERVICE,
        Outcome.SERVER_ERROR,
        Outcome.NOT_SENT,
        Outcome.GARBAGE,
        Outcome.TLS,
        Outcome.PASSWORD_POLICY,
        Outcome.SECRET_HASH,
        Outcome.NO_SUCH_CLIENT,
    ],
)
def test_what_is_nobodys_guess_does_not_count(outcome: Outcome) -> None:
    for _ in range(8):
        tried(outcome=outcome)
    assert not is_refused()


def test_refused_tries_do_not_keep_the_lock_alive() -> None:
    for _ in range(5):
        tried()
    for minute in range(15):
        assert is_refused(now=NOW + timedelta(minutes=minute))
    assert not is_refused(now=NOW + timedelta(minutes=15))


def test_fifty_spellings_share_one_counter() -> None:
    spellings = [
        f"{blank}{name}{tail}"
        for name in ("newhire", "NewHire", "NEWHIRE", "ｎewhire", "ｎＥｗｈｉｒｅ", "newHIRE")
        for blank in ("", " ", "\t", "\u00a0")
        for tail in ("", " ", "\u3000")
    ][:50]
    assert len({*spellings}) >= 50
    refused = [is_refused(typed, address=f"198.51.100.{place}") for place, typed in enumerate(spellings)]
    assert refused == [False] * 5 + [True] * (len(spellings) - 5)


def test_an_alias_shares_the_counter_once_a_success_linked_it() -> None:
    tried("ann@example.com", Outcome.SUCCESS, sub="s-1", canonical="ann", now=NOW - timedelta(hours=1))
    for typed in ("ann@example.com", "ann", "Ann", "ANN@example.com", "ann"):
        tried(typed, address=ABROAD)
    assert is_refused("ann", address=ABROAD)
    assert is_refused("ann@example.com", address=ABROAD)


def test_two_aliases_of_one_sub_share_the_counter() -> None:
    earlier = NOW - timedelta(hours=1)
    tried("ann@example.com", Outcome.SUCCESS, sub="s-1", canonical="ann", now=earlier)
    tried("+4412345", Outcome.SUCCESS, sub="s-1", canonical="ann", now=earlier)
    for typed in ("ann@example.com", "+4412345", "ann@example.com", "+4412345", "ann@example.com"):
        tried(typed, address=ABROAD)
    assert is_refused("+4412345", address=ABROAD)


def test_a_name_without_a_link_has_its_own_counter() -> None:
    for _ in range(5):
        tried("ann")
    assert not is_refused("bob")


def test_the_same_name_in_another_pool_has_its_own_counter() -> None:
    for _ in range(5):
        tried("ann")
    admit("ann", pool_id="eu-west-1_OTHER")


def test_names_that_exist_nowhere_are_throttled_alike() -> None:
    for _ in range(5):
        tried("nobody", Outcome.UNKNOWN_USER)
    assert is_refused("nobody")


def test_success_resets_the_account() -> None:
    for _ in range(4):
        tried()
    tried(outcome=Outcome.SUCCESS)
    for _ in range(5):
        assert not is_refused()
    assert is_refused()


def test_success_does_not_reset_the_address(settings: Settings) -> None:
    settings.THROTTLE_ADDRESS_LIMIT = 3
    for name in ("a", "b", "c"):
        tried(name, now=NOW - timedelta(seconds=30))
    with pytest.raises(throttle.Throttled) as caught:
        admit("mine")
    assert (caught.value.scope, caught.value.retry_after_s) == ("address", 30)
    tried("mine", Outcome.SUCCESS, address=ABROAD)
    assert is_refused("mine", address=HOME)
    assert not is_refused("mine", address=HOME, now=NOW + timedelta(seconds=30))


def test_addresses_of_one_ipv6_network_share_a_counter(settings: Settings) -> None:
    settings.THROTTLE_ADDRESS_LIMIT = 3
    for host in (1, 2, 3):
        tried(f"user-{host}", address=f"2001:db8:1:2::{host}")
    assert is_refused("user-4", address="2001:db8:1:2:ffff::4")
    assert not is_refused("user-4", address="2001:db8:1:3::4")


def test_strangers_cannot_lock_an_owner_out_of_a_known_address() -> None:
    tried(outcome=Outcome.SUCCESS, address=HOME, now=NOW - timedelta(days=89))
    for _ in range(5):
        tried(address=ABROAD)
    assert is_refused(address=ABROAD)
    for _ in range(5):
        assert not is_refused(address=HOME)
    assert is_refused(address=HOME)


def test_an_address_is_known_for_ninety_days() -> None:
    tried(outcome=Outcome.SUCCESS, address=HOME, now=NOW - timedelta(days=91))
    for _ in range(5):
        tried(address=ABROAD)
    assert is_refused(address=HOME)


def test_an_address_that_is_not_known_to_anyone_is_never_a_known_one() -> None:
    tried(outcome=Outcome.SUCCESS, address="", now=NOW - timedelta(days=1))
    for _ in range(5):
        tried(address=ABROAD)
    assert is_refused(address="")


def test_a_lift_by_ops_gives_the_account_a_new_start() -> None:
    for _ in range(5):
        tried()
    noted(
        event=Event.OPS_THROTTLE_LIFTED,
        outcome=Outcome.RECORDED,
        person=record.Person(pool_id=POOL, typed="NewHire"),
        now=NOW,
    )
    assert not is_refused()


def test_renewals_and_answers_fill_the_same_counter() -> None:
    for event in (Event.SIGNIN_RENEWED, Event.SIGNIN_ANSWERED, Event.SIGNIN_STARTED) * 2:
        try:
            admit(event=event)
        except throttle.Throttled:
            break
    assert begin_rows() == 5


def test_requests_that_try_no_secret_have_a_counter_of_their_own() -> None:
    for _ in range(5):
        call = admit(event=Event.SIGNIN_INVITATION_REQUESTED)
        record.end(call, outcome=Outcome.RECORDED, now=NOW)
    with pytest.raises(throttle.Throttled):
        admit(event=Event.SIGNIN_INVITATION_REQUESTED)
    assert not is_refused()


@pytest.mark.parametrize("event", sorted(TRIES - RENEWS_TRIES))
def test_a_success_that_anybody_inside_can_have_resets_nothing(event: Event) -> None:
    for number in range(5):
        record.end(admit(), outcome=Outcome.BAD_CREDENTIALS, now=NOW)
        if number == 3:
            record.end(admit(event=event), outcome=Outcome.SUCCESS, now=NOW)
    with pytest.raises(throttle.Throttled):
        admit()


@pytest.mark.parametrize("event", sorted(BEGINNINGS))
def test_codes_cannot_be_asked_for_without_end(event: Event) -> None:
    for _ in range(5):
        record.end(admit(event=event), outcome=Outcome.CHALLENGE, now=NOW)
    with pytest.raises(throttle.Throttled):
        admit(event=event)
    admit(event=Event.SIGNIN_STARTED)


@pytest.mark.parametrize("outcome", sorted(ASKS_MORE))
def test_a_right_password_sends_no_codes_without_end(outcome: Outcome) -> None:
    for _ in range(5):
        tried(outcome=outcome)
    assert is_refused()
    assert not is_refused(now=NOW + timedelta(minutes=15))


def test_nobody_learns_by_guessing_that_somebody_else_is_signing_in() -> None:
    for _ in range(4):
        tried(outcome=Outcome.CHALLENGE)
    for _ in range(5):
        tried(outcome=Outcome.BAD_CREDENTIALS, address=ABROAD)
    assert is_refused(address=ABROAD)


def test_guesses_by_srp_fill_the_counter_of_tries_alone() -> None:
    for _ in range(4):
        tried(outcome=Outcome.CHALLENGE)
    for _ in range(5):
        attempt_id = secrets.token_hex(16)
        record.end(admit(attempt_id=attempt_id), outcome=Outcome.CHALLENGE, now=NOW)
        proof = admit(event=Event.SIGNIN_ANSWERED, attempt_id=attempt_id, turn=1)
        record.end(proof, outcome=Outcome.BAD_CREDENTIALS, now=NOW)
    assert is_refused()


def test_sign_ins_that_come_to_a_success_are_never_stopped() -> None:
    for _ in range(40):
        attempt_id = secrets.token_hex(16)
        for _ in range(4):
            tried(outcome=Outcome.CHALLENGE)
        record.end(admit(attempt_id=attempt_id), outcome=Outcome.CHALLENGE, now=NOW)
        answer = admit(event=Event.SIGNIN_ANSWERED)
        record.end(answer, outcome=Outcome.SUCCESS, now=NOW)


def test_whoever_was_asked_something_has_every_try_to_answer() -> None:
    for _ in range(4):
        tried(outcome=Outcome.CHALLENGE)
    for _ in range(5):
        record.end(admit(event=Event.SIGNIN_ANSWERED), outcome=Outcome.CODE_MISMATCH, now=NOW)
    with pytest.raises(throttle.Throttled):
        admit(event=Event.SIGNIN_ANSWERED)


def test_codes_sent_to_a_stranger_do_not_lock_an_owner_out_of_a_known_address() -> None:
    tried(outcome=Outcome.SUCCESS, sub="sub-1", canonical="newhire")
    for _ in range(5):
        tried(outcome=Outcome.CHALLENGE, address=ABROAD)
    assert is_refused(address=ABROAD)
    assert not is_refused()


def test_parallel_right_passwords_send_five_codes() -> None:
    def start(number: int) -> bool:
        try:
            call = admit(address=f"203.0.113.{number}")
        except throttle.Throttled:
            return False
        record.end(call, outcome=Outcome.CHALLENGE, now=NOW)
        return True

    assert sum(in_threads(start, range(40), threads=8)) == 5


@pytest.mark.parametrize("event", sorted(BEGINNINGS))
def test_sign_ins_that_succeed_leave_their_beginnings_uncounted(event: Event) -> None:
    for _ in range(40):
        attempt_id = secrets.token_hex(16)
        record.end(admit(event=event, attempt_id=attempt_id), outcome=Outcome.CHALLENGE, now=NOW)
        answer = record.begin(
            event=Event.SIGNIN_ANSWERED,
            step="EMAIL_OTP",
            attempt_id=attempt_id,
            turn=1,
            person=record.Person(pool_id=POOL, typed="newhire"),
            client_id="client",
            by=record.By(actor="visitor", address=HOME, user_agent=""),
            now=NOW,
        )
        record.end(answer, outcome=Outcome.SUCCESS, now=NOW)


def test_a_form_that_was_sent_already_is_told_so_even_when_no_try_is_left() -> None:
    for number in range(5):
        admit(attempt_id=f"attempt-{number}")
    with pytest.raises(throttle.AlreadyTaken):
        admit(attempt_id="attempt-4")


def test_a_flood_of_refusals_leaves_one_row_and_a_summary_each_minute(counters: Summaries) -> None:
    for _ in range(5):
        tried()
    for _ in range(100):
        assert is_refused()
    counters.flush(NOW + timedelta(minutes=1))
    rows = [row for row in stored() if row["event"] == "signin.throttled"]
    assert [(row["outcome"], row["count"]) for row in rows] == [
        ("throttled_here", None),
        ("throttled_here", 99),
    ]
    assert {row["person_id"] for row in rows} == {stored()[0]["person_id"]}


def test_refused_staff_have_their_own_event() -> None:
    for _ in range(5):
        admit("root", event=Event.STAFF_SIGNED_IN)
    with pytest.raises(throttle.Throttled):
        admit("root", event=Event.STAFF_SIGNED_IN)
    assert stored()[-1]["event"] == "staff.throttled"


def test_two_hundred_parallel_guesses_get_five_tries() -> None:
    refused = in_threads(lambda place: is_refused(address=f"198.51.100.{place}"), range(200), threads=20)
    assert Counter(refused) == {True: 195, False: 5}
    assert begin_rows() == 5


def test_parallel_tries_of_many_names_from_one_address_stay_within_its_limit() -> None:
    refused = in_threads(lambda number: is_refused(f"user-{number}"), range(60), threads=20)
    assert Counter(refused) == {True: 30, False: 30}


def test_four_processes_together_get_five_tries_and_honest_people_pass(database: Database) -> None:
    start_at = str(time.time() + 2.5)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.throttle_load", str(number), "50", "15", start_at],
            env=os.environ | environment_for(database),
            cwd=Path(__file__).parent.parent,
            stdout=subprocess.PIPE,
        )
        for number in range(4)
    ]
    total: Counter[str] = Counter()
    for process in processes:
        total.update(json.loads(process.communicate(timeout=60)[0]))
    assert total["admitted"] == 5
    assert total["honest"] == 4
    assert total["throttled"] + total["failed"] == 195


def test_no_count_no_try() -> None:
    admit()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE audit_person")
    with pytest.raises(throttle.AuditUnavailable):
        admit()
    assert begin_rows() == 1
