"""One worker does a job; where it dies another one takes over."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from cognito_portal.worker import leases
from cognito_portal.worker.leases import Report
from cognito_portal.worker.models import Lease
from tests.databases import in_threads

pytestmark = pytest.mark.usefixtures("database")


def lapse() -> None:
    Lease.objects.update(until=Now() - timedelta(seconds=0.01))


def test_a_lease_that_nobody_holds_is_taken() -> None:
    assert leases.take("seal", holder="one")
    assert Lease.objects.get().holder == "one"


def test_a_lease_that_is_held_is_not_taken() -> None:
    leases.take("seal", holder="one")
    assert not leases.take("seal", holder="two")
    assert Lease.objects.get().holder == "one"


def test_its_holder_takes_it_again() -> None:
    leases.take("seal", holder="one")
    assert leases.take("seal", holder="one")


def test_a_lease_that_lapsed_is_taken_by_another_and_the_first_cannot_renew_it() -> None:
    leases.take("seal", holder="one")
    lapse()
    assert leases.take("seal", holder="two")
    assert not leases.renew("seal", Report(), holder="one")


def test_a_lease_lasts_fifteen_seconds_by_the_databases_clock() -> None:
    leases.take("seal", holder="one")
    left = Lease.objects.get().until - timezone.now()
    assert timedelta(seconds=13) < left <= timedelta(seconds=15.5)


def test_renewing_keeps_it_for_fifteen_seconds_from_then_on() -> None:
    leases.take("seal", holder="one")
    lapse()
    assert leases.renew("seal", Report(), holder="one")
    assert not leases.take("seal", holder="two")


def test_a_lease_given_back_is_anybodys_at_once() -> None:
    leases.take("seal", holder="one")
    leases.release("seal", Report(), holder="one")
    assert leases.take("seal", holder="two")


def test_only_its_holder_gives_a_lease_back() -> None:
    leases.take("seal", holder="one")
    leases.release("seal", Report(), holder="two")
    assert not leases.take("seal", holder="two")


def test_a_job_that_never_ran_has_no_time() -> None:
    leases.take("seal", holder="one")
    assert leases.seconds_since_run("seal") is None


def test_a_run_is_known_to_whoever_takes_over() -> None:
    leases.take("seal", holder="one")
    leases.release("seal", Report(ran_s_ago=100), holder="one")
    passed_s = leases.seconds_since_run("seal")
    assert passed_s is not None
    assert 100 <= passed_s < 110


def test_failures_stand_in_the_lease_until_the_job_ends_well() -> None:
    leases.take("seal", holder="one")
    leases.renew("seal", Report(failures=2, error="OperationalError"), holder="one")
    leases.renew("seal", Report(), holder="one")
    assert Lease.objects.values_list("failures", "error").get() == (2, "OperationalError")
    leases.renew("seal", Report(ran_s_ago=0), holder="one")
    assert Lease.objects.values_list("failures", "error").get() == (0, "")


def test_of_twenty_workers_at_once_one_gets_the_lease() -> None:
    taken = in_threads(lambda number: leases.take("seal", holder=str(number)), range(20), threads=8)
    assert sum(taken) == 1
