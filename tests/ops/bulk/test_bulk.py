"""An act on many accounts, from the list to the file of its results, on the embedded Cognito."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.audit.forgetting import Forgetting
from cognito_portal.cognito.errors import CognitoError, CognitoUnavailable, error_for
from cognito_portal.ops.bulk.jobs import forget
from cognito_portal.ops.bulk.offers import WILL
from cognito_portal.ops.models import BulkAct, BulkActItem, PoolIndexEntry
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.ops.bulk.many import (
    asked,
    begun,
    confirm,
    indexed,
    is_enabled,
    people,
    rows,
    state,
    states,
    sub,
    value_of,
    work,
)
from tests.ops.test_desk import desk, staff
from tests.ops.test_why import unconfirmed
from tests.signin.browsing import Tab

__all__ = ["desk"]


@pytest.fixture(autouse=True)
def no_pace(settings: Settings) -> None:
    settings.BULK_PER_SECOND = 0.0


def later(**more: float) -> datetime:
    return datetime.now(UTC) + timedelta(**more)


def refused(code: str, operation: str = "AdminDisableUser") -> CognitoError:
    return error_for(code, "", status=400, operation=operation, request_id=None)


class Answers:
    """What AdminDisableUser answers next, one after the other; None, and what comes after, is Cognito's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.next: list[CognitoError | None] = []
        self.calls: list[str] = []
        self._really = clients.cognito().admin_disable_user
        monkeypatch.setattr(clients.cognito(), "admin_disable_user", self._answer)

    def _answer(self, *, username: str) -> Any:
        self.calls.append(username)
        error = self.next.pop(0) if self.next else None
        if error is not None:
            raise error
        return self._really(username=username)


@pytest.fixture
def answers(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(monkeypatch)


def test_many_are_dealt_with_once_and_each_leaves_two_rows(portal: Portal, desk: Tab) -> None:
    names = people(portal.api, 30)
    job = begun(desk, "disable", names)
    work()
    assert (state(job), states(job)) == ("finished", {"done": 30})
    assert not any(is_enabled(portal.api, name) for name in names)
    assert rows(job, "ops.account_disabled") == [("begin", ""), ("end", "success")] * 30
    assert rows(job, "ops.bulk_started") == rows(job, "ops.bulk_finished") == [("single", "recorded")]


def test_confirm_page_names_count_and_act_and_whom_it_leaves_out(portal: Portal, desk: Tab) -> None:
    enabled, disabled = people(portal.api, 2), people(portal.api, 1)
    portal.api.signed("AdminDisableUser", Username=disabled[0])
    indexed(disabled[0])
    asked(desk, "disable", [*enabled, *disabled])
    assert "Disable the account: 2 accounts" in desk.text
    assert "1 is left out" in desk.text
    assert "The account is disabled already." in desk.text
    assert BulkAct.objects.count() == 0


def test_nobody_is_their_own_case(portal: Portal, desk: Tab) -> None:
    mine, other = people(portal.api, 2)
    User.objects.update(username=mine)
    asked(desk, "disable", [mine, other])
    assert "Nobody acts on an account of their own" in desk.text
    confirm(desk, "disable")
    work()
    assert (is_enabled(portal.api, mine), is_enabled(portal.api, other)) == (True, False)


def test_whoever_became_ones_own_since_is_left_out_when_the_turn_comes(portal: Portal, desk: Tab) -> None:
    mine, other = people(portal.api, 2)
    job = begun(desk, "disable", [mine, other])
    User.objects.update(username=mine)
    work()
    assert states(job) == {"skipped": 1, "done": 1}
    assert is_enabled(portal.api, mine)
    assert [row["error_code"] for row in stored() if row["event"] == "ops.act_refused"] == ["oneself"]


def test_whom_it_applies_to_no_more_is_left_out_with_why(portal: Portal, desk: Tab) -> None:
    changed, gone, other = people(portal.api, 3)
    job = begun(desk, "disable", [changed, gone, other])
    portal.api.signed("AdminDisableUser", Username=changed)
    portal.api.signed("AdminDeleteUser", Username=gone)
    work()
    assert states(job) == {"skipped": 2, "done": 1}
    desk.get(desk.path)
    assert "The account is disabled already." in desk.text
    assert "There is no such account any more." in desk.text


def test_act_is_done_once_however_often_its_form_is_sent(portal: Portal, desk: Tab) -> None:
    names = people(portal.api, 2)
    asked(desk, "disable", names)
    form = {name: value_of(desk, name) for name in ("subs", "form_id")}
    for _ in range(2):
        desk.post("/ops/bulk/new/", {"act": "disable", "step": "begin", "reason": "INC-1", **form})
    assert BulkActItem.objects.count() == 2


def test_throttled_in_the_middle_it_waits_and_goes_on(portal: Portal, desk: Tab, answers: Answers) -> None:
    names = people(portal.api, 4)
    job = begun(desk, "disable", names)
    answers.next = [None, refused("TooManyRequestsException")]
    work()
    assert (state(job), states(job)) == ("waiting", {"done": 1, "waiting": 3})
    work(later(minutes=2))
    assert (state(job), states(job)) == ("finished", {"done": 4})
    assert not any(is_enabled(portal.api, name) for name in names)


def test_answer_that_was_lost_is_unknown_and_never_sent_again(
    portal: Portal, desk: Tab, answers: Answers
) -> None:
    names = people(portal.api, 3)
    job = begun(desk, "disable", names)
    answers.next = [CognitoUnavailable("unknown", operation="AdminDisableUser")]
    work()
    work(later(hours=1))
    assert (state(job), states(job)) == ("finished", {"unknown": 1, "done": 2})
    assert sorted(answers.calls) == sorted(names)
    desk.get(desk.path)
    assert "The answer was lost" in desk.text


def test_right_that_is_missing_pauses_it_and_is_named(portal: Portal, desk: Tab, answers: Answers) -> None:
    job = begun(desk, "disable", people(portal.api, 2))
    answers.next = [refused("AccessDeniedException")]
    work()
    assert (state(job), states(job)) == ("paused", {"waiting": 2})
    desk.get(desk.path)
    assert "cognito-idp:AdminDisableUser" in desk.text
    desk.post(f"{desk.path}act/", {"act": "resume", "reason": "mended"})
    work()
    assert (state(job), states(job)) == ("finished", {"done": 2})


def test_account_that_cognito_refuses_stops_no_other(portal: Portal, desk: Tab, answers: Answers) -> None:
    job = begun(desk, "disable", people(portal.api, 3))
    answers.next = [refused("InvalidParameterException")]
    work()
    assert (state(job), states(job)) == ("finished", {"refused": 1, "done": 2})


def test_cancelled_half_way_the_rest_is_left_as_it_is(portal: Portal, desk: Tab, answers: Answers) -> None:
    names = people(portal.api, 3)
    job = begun(desk, "disable", names)
    answers.next = [None, refused("TooManyRequestsException")]
    work()
    desk.post(f"/ops/bulk/{job.id}/act/", {"act": "cancel", "reason": "wrong list"})
    work(later(minutes=5))
    assert (state(job), states(job)) == ("cancelled", {"done": 1, "waiting": 2})
    assert [is_enabled(portal.api, name) for name in names] == [False, True, True]


def test_cancel_needs_a_reason(portal: Portal, desk: Tab) -> None:
    job = begun(desk, "disable", people(portal.api, 1))
    desk.post(f"/ops/bulk/{job.id}/act/", {"act": "cancel", "reason": " "})
    assert (desk.status, state(job)) == (400, "running")


@pytest.mark.parametrize("reason", ["", "x", "y" * 65])
def test_without_a_reason_nothing_begins(portal: Portal, desk: Tab, reason: str) -> None:
    names = people(portal.api, 1)
    confirm(asked(desk, "disable", names), "disable", reason=reason)
    assert (desk.status, BulkAct.objects.count()) == (400, 0)
    assert sub(names[0]) in value_of(desk, "subs")


def test_reason_that_names_somebody_is_refused(portal: Portal, desk: Tab) -> None:
    names = people(portal.api, 2)
    confirm(asked(desk, "disable", names), "disable", reason=f"for {names[1]}")
    assert (desk.status, BulkAct.objects.count()) == (400, 0)


def test_nobody_chosen_is_told_so(portal: Portal, desk: Tab) -> None:
    desk.post("/ops/bulk/new/", {"act": "disable", "scope": "chosen"})
    assert desk.status == 400
    assert "No account is chosen" in desk.text


@pytest.mark.parametrize("act", ["", "delete", "edit", "no-such-act"])
def test_what_is_no_act_for_many_is_asked_for_again(portal: Portal, desk: Tab, act: str) -> None:
    names = people(portal.api, 1)
    asked(desk, act, names)
    assert desk.status == 400
    assert sub(names[0]) in value_of(desk, "subs")


def test_all_of_a_filter_are_taken_up_to_the_most(portal: Portal, desk: Tab, settings: Settings) -> None:
    people(portal.api, 3)
    settings.BULK_MOST = 2
    desk.post("/ops/bulk/new/", {"act": "disable", "scope": "all", "filter": "status=CONFIRMED"})
    assert "Disable the account: 2 accounts" in desk.text
    assert "2 accounts at most" in desk.text


def test_what_is_no_filter_does_nothing(portal: Portal, desk: Tab) -> None:
    people(portal.api, 1)
    desk.post("/ops/bulk/new/", {"act": "disable", "scope": "all", "filter": "status=NONSENSE"})
    assert desk.status == 400


def test_list_offers_acts_to_ops_alone(portal: Portal, desk: Tab) -> None:
    people(portal.api, 2)
    desk.get("/ops/accounts/")
    assert desk.text.count('type="checkbox" name="sub"') == PoolIndexEntry.objects.count()
    auditor = staff("auditors")
    auditor.get("/ops/accounts/")
    assert "With the chosen" not in auditor.text
    auditor.post("/ops/bulk/new/", {"act": "disable", "scope": "all"})
    assert auditor.status == 403


def test_file_has_every_account_and_no_formula(portal: Portal, desk: Tab) -> None:
    names = people(portal.api, 2)
    job = begun(desk, "disable", names)
    PoolIndexEntry.objects.filter(username=names[0]).update(username="=cmd()")
    work()
    PoolIndexEntry.objects.filter(sub=sub(names[0])).update(username="=cmd()")
    desk.get(f"/ops/bulk/{job.id}/results.csv")
    assert desk.page is not None
    lines = list(csv.DictReader(io.StringIO(desk.page.content.decode("utf-8-sig"))))
    assert [(line["username"], line["result"]) for line in lines] == [("'=cmd()", "Done"), (names[1], "Done")]
    assert rows(job, "ops.bulk_fetched") == [("single", "recorded")]


def test_invitations_are_sent_again_and_the_trouble_is_gone(portal: Portal, desk: Tab) -> None:
    names = people(portal.api, 2, confirmed=False)
    job = begun(desk, "resend_invitation", names)
    work()
    assert states(job) == {"done": 2}
    assert [len(portal.api.outbox(name)) for name in names] == [2, 2]


@pytest.mark.parametrize("act", [act.value for act in WILL])
def test_every_act_for_many_is_carried_out_by_the_one_flow(portal: Portal, desk: Tab, act: str) -> None:
    name = portal.api.confirm()
    if act == "resend_invitation":
        name = portal.api.invite()
    elif act == "enable":
        portal.api.signed("AdminDisableUser", Username=name)
    elif act == "mark_verified":
        portal.api.signed(
            "AdminUpdateUserAttributes",
            Username=name,
            UserAttributes=[{"Name": "email_verified", "Value": "false"}],
        )
    elif act == "confirm":
        name = unconfirmed(portal.api)
    job = begun(desk, act, [indexed(name)])
    work()
    assert (state(job), states(job)) == ("finished", {"done": 1})


def test_person_who_is_forgotten_is_dealt_with_no_more(portal: Portal, desk: Tab) -> None:
    names = people(portal.api, 2)
    job = begun(desk, "disable", names)
    subs = [sub(name) for name in names]
    assert forget(Forgetting(pool_id=job.pool_id, accounts=frozenset(), sub=subs[0])) == 1
    work()
    assert is_enabled(portal.api, names[0])
    assert subs[0] not in set(BulkActItem.objects.filter(job_id=job.id).values_list("sub", flat=True))
