"""An act on many that paused, and that nobody came back to."""

from datetime import timedelta

from cognito_portal.ops.bulk import steering
from cognito_portal.ops.models import BulkAct
from tests.audit.rows import BY, stored
from tests.conftest import Portal
from tests.ops.bulk.many import begun, is_enabled, people, rows, state, work
from tests.ops.bulk.test_bulk import Answers, answers, later, no_pace, refused
from tests.ops.test_desk import desk
from tests.signin.browsing import Tab

__all__ = ["answers", "desk", "no_pace"]


def test_paused_act_that_nobody_resumed_is_ended(portal: Portal, desk: Tab, answers: Answers) -> None:
    names = people(portal.api, 2)
    job = begun(desk, "disable", names)
    answers.next = [refused("AccessDeniedException")]
    work()
    paused_at = BulkAct.objects.get(id=job.id).paused_at
    assert paused_at
    assert steering.end_left_before(paused_at) == 0
    assert steering.end_left_before(paused_at + timedelta(seconds=1)) == 1
    assert (state(job), rows(job, "ops.bulk_cancelled")) == ("cancelled", [("single", "recorded")])
    assert [(row["actor"], row["step"]) for row in stored() if row["event"] == "ops.bulk_cancelled"] == [
        ("worker", "left")
    ]
    work()
    assert all(is_enabled(portal.api, name) for name in names)
    desk.get(f"/ops/bulk/{job.id}/")
    assert "Nobody resumed it for 30 days, so the portal ended it." in desk.text


def test_acts_are_left_alone_for_thirty_days(portal: Portal, desk: Tab) -> None:
    jobs = [begun(desk, "disable", people(portal.api, 1)) for _ in range(3)]
    for job, days in zip(jobs, (29, 31, 31), strict=True):
        BulkAct.objects.filter(id=job.id).update(state="paused", paused_at=later(days=-days))
    assert steering.resume(jobs[2], reason="back again", by=BY, now=later())
    assert steering.end_left() == 1
    assert [state(job) for job in jobs] == ["paused", "cancelled", "running"]
