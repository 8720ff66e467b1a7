"""What raises a flag and what does not, on both databases."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from pytest_django import Settings

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import Filter
from cognito_portal.audit.insight import flags
from cognito_portal.audit.insight.rules import RULES, Kind
from cognito_portal.audit.models import AuditEvent, AuditPerson, Flag
from cognito_portal.audit.proof.keys import BadKeys
from cognito_portal.worker import jobs
from cognito_portal.worker.models import Lease
from tests.audit.insight.acts import HOME, NOW, before, throttled, tried
from tests.audit.rows import POOL, somebody
from tests.databases import Database

AUDITOR = record.By(actor="staff:1", address="", user_agent="")


def found(*kinds: Kind) -> list[Flag]:
    return list(Flag.objects.filter(kind__in=kinds or list(Kind)).order_by("id"))


def looked(now: datetime = NOW) -> list[str]:
    flags.look(now=now)
    return [flag.kind for flag in found()]


def spray(names: int = 10, *, address: str = HOME, first: datetime = NOW, apart_s: float = 30) -> None:
    for number in range(names):
        tried(f"name{number}", at=first + timedelta(seconds=number * apart_s), address=address)


def person_id(name: str = "ann") -> str:
    return AuditPerson.objects.get(typed=name, canonical="", sub="").person_id


def test_ten_accounts_from_one_address_are_spraying(database: Database) -> None:
    spray(10, first=before(minutes=5))
    assert looked() == ["spraying"]
    (flag,) = found()
    assert (flag.subject, flag.rows, flag.state) == (HOME, 10, "open")
    assert flag.window_start == flag.first_at == before(minutes=5)


def test_nine_accounts_are_not(database: Database) -> None:
    spray(9, first=before(minutes=5))
    assert looked() == []


def test_ten_accounts_over_more_than_ten_minutes_are_not(database: Database) -> None:
    spray(10, first=before(minutes=11), apart_s=70)
    assert looked() == []


def test_ten_accounts_that_each_come_from_elsewhere_are_not(database: Database) -> None:
    for number in range(10):
        tried(f"name{number}", address=f"198.51.100.{number}")
    assert looked() == []


def test_successes_are_no_spraying(database: Database) -> None:
    for number in range(12):
        tried(f"name{number}", Outcome.SUCCESS)
    assert looked() == []


def test_one_network_of_ipv6_is_one_address(database: Database) -> None:
    for number in range(10):
        tried(f"name{number}", address=f"2001:db8::{number:x}")
    assert looked() == ["spraying"]
    assert found()[0].subject == "2001:db8::/64"


def test_what_is_no_address_is_nobody(database: Database) -> None:
    spray(12, address="unknown", apart_s=1)
    assert looked() == []


def test_thirty_failures_over_twenty_names_that_do_not_exist_are_stuffing(database: Database) -> None:
    for number in range(30):
        tried(f"name{number % 20}", Outcome.UNKNOWN_USER, at=before(seconds=number))
    assert looked() == ["spraying", "stuffing"]


def test_thirty_failures_over_nineteen_names_that_do_not_exist_are_not(database: Database) -> None:
    for number in range(30):
        tried(f"name{number % 19}", Outcome.UNKNOWN_USER, at=before(seconds=number))
    assert "stuffing" not in looked()


def test_ten_failures_of_one_account_are_a_burst(database: Database) -> None:
    for number in range(10):
        tried(at=before(seconds=number), address=f"198.51.100.{number}")
    assert looked() == ["burst"]
    assert found()[0].subject == person_id()


def test_what_the_throttle_turned_away_counts_as_often_as_it_was(database: Database) -> None:
    for number in range(5):
        tried(at=before(seconds=10 - number))
    throttled(at=before(seconds=4))
    throttled(count=3, at=before(seconds=3))
    assert looked() == []
    throttled(count=1, at=before(seconds=2))
    assert looked() == ["burst"]


def test_account_is_one_under_all_its_names(database: Database) -> None:
    tried("ann", Outcome.SUCCESS, at=before(hours=5), canonical="ann", sub="sub-1")
    tried("ann@example.com", Outcome.SUCCESS, at=before(hours=5), canonical="ann", sub="sub-1")
    for number in range(10):
        tried("ann" if number % 2 else "ann@example.com", at=before(seconds=number))
    assert looked() == ["burst"]


def test_success_after_five_failures_is_flagged(database: Database) -> None:
    for number in range(5):
        tried(at=before(minutes=20 - number))
    tried(outcome=Outcome.SUCCESS)
    assert looked() == ["success_after_failures"]
    (flag,) = found()
    assert (flag.rows, flag.first_at, flag.last_at) == (6, before(minutes=20), NOW)


@pytest.mark.parametrize("minutes", [31, 60])
def test_success_long_after_is_not(database: Database, minutes: int) -> None:
    for number in range(5):
        tried(at=before(minutes=minutes, seconds=-number))
    tried(outcome=Outcome.SUCCESS)
    assert looked() == []


def test_success_between_failures_lets_the_count_start_anew(database: Database) -> None:
    for minutes in (9, 8, 7):
        tried(at=before(minutes=minutes))
    tried(outcome=Outcome.SUCCESS, at=before(minutes=6))
    for minutes in (5, 4, 3):
        tried(at=before(minutes=minutes))
    tried(outcome=Outcome.SUCCESS)
    assert looked() == []


def test_first_sign_in_from_an_address_is_flagged(database: Database) -> None:
    tried(outcome=Outcome.SUCCESS, at=before(days=3))
    tried(outcome=Outcome.SUCCESS, address="198.51.100.1")
    assert looked() == ["first_address"]
    (flag,) = found()
    assert (flag.subject, RULES[Kind(flag.kind)].severity) == (person_id(), "low")


def test_first_sign_in_ever_is_not(database: Database) -> None:
    tried(outcome=Outcome.SUCCESS)
    assert looked() == []


@pytest.mark.parametrize(("days", "kinds"), [(89, []), (91, ["first_address"])])
def test_address_is_known_for_ninety_days(database: Database, days: int, kinds: list[str]) -> None:
    tried(outcome=Outcome.SUCCESS, at=before(days=days))
    tried(outcome=Outcome.SUCCESS)
    assert looked() == kinds


def test_address_known_under_another_name_of_the_person_is_known(database: Database) -> None:
    tried("ann", Outcome.SUCCESS, at=before(days=3), canonical="ann", sub="sub-1")
    tried("ann@example.com", Outcome.SUCCESS, canonical="ann", sub="sub-1")
    assert looked() == []


def test_five_expired_invitations_of_a_day_are_a_storm(database: Database) -> None:
    for number in range(5):
        tried(
            f"name{number}",
            Outcome.TEMPORARY_PASSWORD_EXPIRED,
            at=before(hours=5 * number),
            address=f"198.51.100.{number}",
        )
    assert looked() == ["expired_invitations"]
    assert found()[0].subject == POOL


def test_looking_twice_raises_nothing_twice(database: Database) -> None:
    spray(12, first=before(minutes=5), apart_s=10)
    assert looked() == ["spraying"]
    rows = found()[0].rows
    assert (looked(), found()[0].rows) == (["spraying"], rows)
    assert AuditEvent.objects.filter(event=Event.AUDIT_FLAG_RAISED).count() == 1


def test_flag_grows_while_it_goes_on(database: Database) -> None:
    spray(10, first=before(minutes=5))
    looked()
    for number in range(10, 13):
        tried(f"name{number}", at=NOW + timedelta(seconds=number))
    later = NOW + timedelta(seconds=20)
    assert looked(later) == ["spraying"]
    (flag,) = found()
    assert (flag.rows, flag.last_at, flag.raised_at) == (13, NOW + timedelta(seconds=12), NOW)


def test_new_window_is_a_new_flag(database: Database) -> None:
    spray(10, first=before(hours=2))
    spray(10, first=before(minutes=5))
    assert looked() == ["spraying", "spraying"]


def test_judged_flag_is_not_raised_again_for_the_same_rows(database: Database) -> None:
    spray(10, first=before(minutes=5))
    looked()
    flags.judge(found()[0], valid=False, note="the office", by=AUDITOR)
    assert looked() == ["spraying"]


def test_judged_flag_does_not_grow_and_enough_new_rows_are_a_new_one(database: Database) -> None:
    spray(10, first=before(minutes=5))
    looked()
    flags.judge(found()[0], valid=False, note="the office", by=AUDITOR)
    tried("one-more", at=NOW + timedelta(seconds=5))
    assert looked(NOW + timedelta(seconds=10)) == ["spraying"]
    spray(10, first=NOW + timedelta(seconds=6), apart_s=1)
    assert looked(NOW + timedelta(seconds=20)) == ["spraying", "spraying"]
    assert [(flag.state, flag.rows) for flag in found()] == [("not valid", 10), ("open", 11)]


def test_look_goes_on_where_the_worker_says_the_last_one_ended(database: Database) -> None:
    spray(10, first=before(hours=2))
    Lease.objects.create(name=flags.JOB, until=NOW, ran_at=before(hours=1))
    assert looked() == []
    Lease.objects.update(ran_at=before(hours=2))
    assert looked() == ["spraying"]


def test_look_reads_everything_batch_by_batch(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "BATCH", 3)
    spray(10, first=before(minutes=5), apart_s=0)
    assert flags.look(now=NOW) == 10
    assert [flag.rows for flag in found()] == [10]


def test_stopped_look_does_not_pass_for_a_whole_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flags, "BATCH", 3)
    spray(10, first=before(minutes=5))
    jobs.stopping().set()
    try:
        with pytest.raises(flags.Interrupted):
            flags.look(now=NOW)
    finally:
        jobs.stopping().clear()


def test_flag_of_a_person_is_in_the_log_under_their_name(database: Database) -> None:
    for number in range(10):
        tried(at=before(seconds=number))
    looked()
    row = AuditEvent.objects.get(event=Event.AUDIT_FLAG_RAISED)
    assert (row.person_id, row.actor, row.step) == (person_id(), "worker", f"burst:{found()[0].id}")


def test_flag_holds_no_name(database: Database) -> None:
    for number in range(10):
        tried("ann-with-a-name", at=before(seconds=number))
    looked()
    (flag,) = found()
    assert "ann-with-a-name" not in f"{flag.subject} {flag.query}"


def test_person_who_was_forgotten_can_be_flagged(database: Database) -> None:
    for number in range(10):
        tried(at=before(seconds=number))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_person")
    assert looked() == ["burst"]
    assert AuditEvent.objects.get(event=Event.AUDIT_FLAG_RAISED).person_id == ""


@pytest.mark.parametrize("kind", Kind)
def test_filter_of_every_kind_can_be_read(kind: Kind) -> None:
    subject = {"address": "2001:db8::/64", "person": "0" * 32, "pool": POOL}[RULES[kind].subject]
    query = flags.rows_behind(kind, subject, before(minutes=5), NOW)
    made = Filter.parse(QueryDict(query), now=NOW)
    assert (made.since, made.until) == (before(minutes=5), NOW + timedelta(microseconds=1))


@pytest.mark.parametrize("kind", Kind)
def test_every_rule_explains_itself_with_its_numbers(kind: Kind) -> None:
    rule = RULES[kind]
    numbers = [number for number in (rule.failures, rule.accounts, rule.unknown) if number]
    assert all(str(number) in rule.sentence for number in numbers)
    assert "%" not in rule.sentence


def test_judging_that_cannot_be_written_down_does_not_count(database: Database, settings: Settings) -> None:
    spray(10, first=before(minutes=5))
    looked()
    settings.AUDIT_KEYS = ["none"]
    with pytest.raises(BadKeys):
        flags.judge(found()[0], valid=True, note="seen", by=AUDITOR)
    assert found()[0].state == "open"


def test_judging_is_in_the_log(database: Database) -> None:
    spray(10, first=before(minutes=5))
    looked()
    flags.judge(found()[0], valid=True, note="seen", by=AUDITOR)
    row = AuditEvent.objects.get(event=Event.AUDIT_FLAG_JUDGED)
    assert (row.actor, row.step) == ("staff:1", f"spraying:{found()[0].id}:valid")
    assert (found()[0].state, found()[0].note) == ("valid", "seen")


def test_sign_in_of_staff_is_flagged_as_well(database: Database) -> None:
    for number in range(10):
        call = record.begin(
            event=Event.STAFF_SIGNED_IN,
            step="password",
            attempt_id=f"a{number}",
            turn=0,
            person=somebody("audrey"),
            client_id="",
            by=record.By(actor="visitor", address=HOME, user_agent=""),
            now=NOW,
        )
        record.end(call, outcome=Outcome.BAD_CREDENTIALS, now=NOW)
    assert looked() == ["burst"]
