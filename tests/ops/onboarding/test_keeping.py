"""How long names stay in lists."""

from datetime import UTC, datetime, timedelta

import pytest

from cognito_portal.audit import forgetting
from cognito_portal.audit.record import By
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding import keeping
from cognito_portal.ops.onboarding.sealed import opened
from tests.conftest import Portal
from tests.ops.onboarding.lists import accounts, again, drafted, item, names, started, states, table, work

OPERATOR = By(actor="shell:root", address="", user_agent="")


def forget(portal: Portal, name: str) -> forgetting.Forgotten:
    pool = portal.cognito.user_pool_id
    return forgetting.forget(pool_id=pool, username=name, reason="GDPR-1", by=OPERATOR)


def test_values_lie_encrypted_and_bound_to_their_row(portal: Portal) -> None:
    job = drafted(table(people := names(2)))
    stored = item(job).sealed
    assert people[0] not in stored
    assert opened(stored, job_id=job.id, number=2)
    assert opened(stored, job_id=job.id, number=3) is None
    assert opened(stored, job_id="0" * 32, number=2) is None


def test_finished_list_keeps_its_results_and_loses_its_names(portal: Portal) -> None:
    job = started(table(names(2)))
    work()
    assert keeping.erase_before(datetime.now(UTC) - timedelta(minutes=1)) == 0
    assert keeping.erase_before(datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert keeping.erase_before(datetime.now(UTC) + timedelta(minutes=1)) == 0
    assert set(OnboardingItem.objects.values_list("sealed", "sub")) == {("", "")}
    assert (again(job).erased_at is not None, states(job)) == (True, {"done": 2})


def test_draft_that_nobody_started_goes(portal: Portal) -> None:
    drafted(table(names(1)))
    keeping.erase_before(datetime.now(UTC) + timedelta(minutes=1))
    assert (OnboardingJob.objects.count(), OnboardingItem.objects.count()) == (0, 0)


def test_list_that_is_not_over_keeps_everything(portal: Portal) -> None:
    job = started(table(names(1)))
    keeping.erase_before(datetime.now(UTC) + timedelta(minutes=1))
    assert item(job).sealed


@pytest.mark.parametrize("by", ["username", "E-mail", "sub"])
def test_forgotten_person_is_in_no_list_any_more(portal: Portal, by: str) -> None:
    job = started(table(people := names(2)))
    work()
    name = {"username": people[0], "E-mail": f"{people[0]}@EXAMPLE.com", "sub": item(job).sub}[by]
    assert forget(portal, name).erased == 1
    assert (item(job).sealed, item(job).sub, item(job).state) == ("", "", "done")
    assert item(job, 3).sealed


def test_forgotten_person_is_not_invited_any_more(portal: Portal) -> None:
    job = started(table(people := names(2)))
    assert forget(portal, people[0]).erased == 1
    work()
    assert states(job) == {"refused": 1, "done": 1}
    assert (item(job).problem, accounts(portal.api, people)) == ("erased", [people[1]])


def test_list_of_another_pool_is_left_alone(portal: Portal) -> None:
    job = drafted(table(people := names(1)))
    OnboardingJob.objects.update(pool_id="another")
    assert forget(portal, people[0]).erased == 0
    assert item(job).sealed
