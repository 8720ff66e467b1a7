"""PostgreSQL's roles: what each process needs for onboarding, and no more."""

from datetime import UTC, datetime

from cognito_portal.audit import forgetting
from cognito_portal.ops.onboarding import keeping, steering
from tests.databases import default_database
from tests.ops.onboarding.lists import BY, again, drafted, names, states, table, work
from tests.ops.onboarding.test_faults import FlakyCognito, flaky
from tests.test_roles import Made, roles, roles_apart

__all__ = ["flaky", "roles", "roles_apart"]


def test_site_takes_a_list_and_the_worker_sends_and_erases_it(flaky: FlakyCognito, roles_apart: Made) -> None:
    flaky.is_faultless = True
    with default_database(roles_apart.url("site")):
        job = drafted(table(names(2)))
        assert steering.start(job, by=BY, now=datetime.now(UTC))
    with default_database(roles_apart.url("worker")):
        work()
        assert (again(job).state, states(job)) == ("finished", {"done": 2})
        assert keeping.erase_before(datetime.now(UTC)) == 1


def test_worker_ends_a_list_that_was_left_alone(flaky: FlakyCognito, roles_apart: Made) -> None:
    job = drafted(table(names(1)))
    with default_database(roles_apart.url("worker")):
        assert keeping.erase_before(datetime.now(UTC)) == 1
    assert again(job).state == "cancelled"


def test_whoever_forgets_people_erases_their_rows(flaky: FlakyCognito, roles_apart: Made) -> None:
    job = drafted(table(people := names(2)))
    with default_database(roles_apart.url("retention")):
        forgotten = forgetting.forget(pool_id=job.pool_id, username=people[0], reason="GDPR-1", by=BY)
    assert forgotten.erased == 1
