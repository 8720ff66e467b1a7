"""How long names stay in lists."""

from datetime import UTC, datetime, timedelta

import pytest

from cognito_portal.audit import forgetting
from cognito_portal.audit.record import By
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding import holding, keeping, steering
from cognito_portal.ops.onboarding.results import Why
from cognito_portal.ops.onboarding.sealed import opened
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.ops.onboarding.lists import BY, accounts, again, drafted, item, names, started, states, table, work
from tests.ops.test_desk import desk
from tests.signin.browsing import Tab

__all__ = ["desk"]

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


def emptied(job: OnboardingJob) -> bool:
    return not OnboardingItem.objects.filter(job_id=job.id).exclude(sealed="", sub="").exists()


def ended(job: OnboardingJob) -> list[tuple[str, str]]:
    found = [row for row in stored() if row["event"] == "ops.onboarding_cancelled"]
    return [(row["actor"], row["step"]) for row in found if row["attempt_id"] == job.id]


def test_draft_that_nobody_started_is_ended_and_loses_its_names(portal: Portal, desk: Tab) -> None:
    job = drafted(table(names(1), "no-address,,"))
    assert keeping.erase_before(job.made_at) == 0
    assert keeping.erase_before(datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert (again(job).state, emptied(job), ended(job)) == ("cancelled", True, [("worker", "left")])
    assert not steering.start(again(job), by=BY, now=datetime.now(UTC))
    desk.get(f"/ops/onboarding/{job.id}/")
    assert "Nobody started or resumed it in time, so the portal ended it." in desk.text
    assert "It was left alone for 30 days, so names and addresses were erased" in desk.text


def test_paused_list_that_nobody_resumed_is_ended_and_loses_its_names(portal: Portal) -> None:
    job = started(table(people := names(2)))
    steering.pause(job, reason="lunch break", by=BY, now=datetime.now(UTC))
    paused_at = again(job).paused_at
    assert paused_at
    assert keeping.erase_before(paused_at) == 0
    assert (again(job).state, ended(job), emptied(job)) == ("paused", [], False)
    assert keeping.erase_before(paused_at + timedelta(seconds=1)) == 1
    assert (again(job).state, ended(job), emptied(job)) == ("cancelled", [("worker", "left")], True)
    assert keeping.erase_before(paused_at + timedelta(seconds=1)) == 0
    work()
    assert (states(job), accounts(portal.api, people)) == ({"waiting": 2}, [])


def test_time_of_a_pause_begins_with_it(portal: Portal) -> None:
    job = started(table(names(1)))
    first, second = (datetime.now(UTC) - timedelta(days=days) for days in (40, 1))
    steering.pause(job, reason="lunch break", by=BY, now=first)
    steering.resume(job, reason="back again", by=BY, now=first)
    assert again(job).paused_at is None
    steering.pause(job, reason="another one", by=BY, now=second)
    keeping.erase_old()
    assert (again(job).state, again(job).paused_at) == ("paused", second)


def test_pause_of_the_workers_own_ends_as_well(portal: Portal) -> None:
    job = started(table(names(1)))
    holding.pause(job.id, Why.ACCESS_DENIED, now=datetime.now(UTC) - timedelta(days=31))
    keeping.erase_old()
    assert (again(job).why, ended(job), emptied(job)) == ("left", [("worker", "left")], True)


def test_pause_of_an_earlier_release_begins_when_the_worker_sees_it(portal: Portal) -> None:
    job = started(table(names(1)))
    OnboardingJob.objects.update(state="paused", started_at=datetime.now(UTC) - timedelta(days=90))
    keeping.erase_old()
    assert (again(job).state, again(job).paused_at is not None) == ("paused", True)


def test_row_of_a_list_left_alone_is_looked_up_before_its_name_goes(portal: Portal) -> None:
    job = started(table(people := names(2)))
    work()
    OnboardingItem.objects.filter(job_id=job.id, number=2).update(state="unknown", sub="")
    OnboardingJob.objects.update(
        state="paused", finished_at=None, paused_at=datetime.now(UTC) - timedelta(days=31)
    )
    assert keeping.erase_old() == 0
    assert (again(job).state, emptied(job)) == ("cancelled", False)
    work()
    assert keeping.erase_old() == 1
    assert (states(job), emptied(job)) == ({"done": 2}, True)
    assert accounts(portal.api, people) == people


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
