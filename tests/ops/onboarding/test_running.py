"""A list from its draft to its end, on the embedded Cognito."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from cognito_portal import clients
from cognito_portal.cognito.errors import CognitoError, CognitoUnavailable, error_for
from cognito_portal.cognito.refusal_table import TABLE
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding import claiming, running, steering
from cognito_portal.ops.onboarding.results import result_of
from tests.audit.rows import stored
from tests.conftest import Portal
from tests.ops.onboarding.lists import (
    BY,
    TITLE,
    accounts,
    again,
    drafted,
    item,
    mails,
    names,
    rows,
    started,
    states,
    table,
    work,
)


def refused(code: str, operation: str = "AdminCreateUser") -> CognitoError:
    return error_for(code, "", status=400, operation=operation, request_id=None)


def unanswered(kind: str) -> CognitoError:
    return CognitoUnavailable(kind, operation="AdminCreateUser")


class Answers:
    """What AdminCreateUser answers next, one after the other; None, and what comes after, is Cognito's own.

    With `made` the account is made before the answer is lost or refused.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.next: list[CognitoError | None] = []
        self.made = False
        self.calls = 0
        self._really = clients.cognito().admin_create_user
        monkeypatch.setattr(clients.cognito(), "admin_create_user", self._answer)

    def _answer(self, **given: Any) -> Any:
        self.calls += 1
        error = self.next.pop(0) if self.next else None
        if error is None or self.made:
            account = self._really(**given)
        if error is not None:
            raise error
        return account


@pytest.fixture
def answers(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(monkeypatch)


def later(**more: float) -> datetime:
    return datetime.now(UTC) + timedelta(**more)


def test_everybody_is_invited_once_and_each_leaves_two_rows(portal: Portal) -> None:
    people = names(3)
    job = started(table(people))
    work()
    assert (again(job).state, states(job)) == ("finished", {"done": 3})
    assert mails(portal.api, people) == dict.fromkeys(people, 1)
    assert rows(job) == [("begin", "", "staff:1"), ("end", "success", "staff:1")] * 3
    assert {row["step"] for row in stored() if row["event"] == "ops.user_invited"} == {TITLE}
    assert rows(job, "ops.onboarding_finished") == [("single", "recorded", "worker")]


def test_result_leads_to_the_account(portal: Portal) -> None:
    people = names(1)
    job = started(table(people))
    work()
    attributes = portal.api.signed("AdminGetUser", Username=people[0]).body["UserAttributes"]
    assert {"Name": "sub", "Value": item(job).sub} in attributes


def test_row_with_a_problem_is_never_sent(portal: Portal) -> None:
    people = names(1)
    job = started(table(people, "broken,no-address,X"))
    work()
    assert (again(job).state, states(job)) == ("finished", {"done": 1, "bad": 1})
    assert accounts(portal.api, ["broken"]) == []


def test_same_file_once_more_harms_nobody(portal: Portal) -> None:
    people = names(2)
    started(table(people))
    work()
    job = started(table(people))
    work()
    assert (again(job).state, states(job)) == ("finished", {"exists": 2})
    assert mails(portal.api, people) == dict.fromkeys(people, 1)


def test_nothing_is_sent_before_it_is_started(portal: Portal) -> None:
    people = names(1)
    job = drafted(table(people))
    work()
    assert (again(job).state, accounts(portal.api, people)) == ("draft", [])


def test_draft_is_started_once(portal: Portal) -> None:
    job = started(table(names(1)))
    assert not steering.start(job, by=BY, now=datetime.now(UTC))
    assert len(rows(job, "ops.onboarding_started")) == 1


def test_paused_list_waits_for_staff_and_goes_on(portal: Portal) -> None:
    people = names(2)
    job = started(table(people))
    assert steering.pause(job, reason="lunch", by=BY, now=datetime.now(UTC))
    work()
    assert (again(job).state, accounts(portal.api, people)) == ("paused", [])
    assert steering.resume(job, reason="back", by=BY, now=datetime.now(UTC))
    work()
    assert (again(job).state, states(job)) == ("finished", {"done": 2})


def test_pause_on_the_way_stops_after_the_row_at_hand(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = names(3)
    job = started(table(people))
    monkeypatch.setattr(
        running, "_pace", lambda _: steering.pause(job, reason="stop", by=BY, now=datetime.now(UTC))
    )
    work()
    assert (again(job).state, states(job)) == ("paused", {"done": 1, "waiting": 2})


def test_cancelled_list_sends_nothing_more(portal: Portal) -> None:
    people = names(2)
    job = started(table(people))
    assert steering.cancel(job, reason="wrong list", by=BY, now=datetime.now(UTC))
    work()
    assert (again(job).state, accounts(portal.api, people)) == ("cancelled", [])
    assert not steering.resume(job, reason="again", by=BY, now=datetime.now(UTC))
    assert not steering.cancel(job, reason="again", by=BY, now=datetime.now(UTC))
    assert not steering.discard(job, by=BY, now=datetime.now(UTC))
    assert states(job) == {"waiting": 2}


def test_of_a_discarded_draft_nothing_is_kept(portal: Portal) -> None:
    job = drafted(table(names(1)))
    assert steering.discard(job, by=BY, now=datetime.now(UTC))
    assert (OnboardingJob.objects.count(), OnboardingItem.objects.count()) == (0, 0)
    assert len(rows(job, "ops.onboarding_cancelled")) == 1


def test_account_whose_mail_failed_is_told_apart(portal: Portal, answers: Answers) -> None:
    people = names(2)
    job = started(table(people))
    answers.next, answers.made = [refused("CodeDeliveryFailureException")], True
    work()
    assert (again(job).state, states(job)) == ("finished", {"mail_failed": 1, "done": 1})
    assert item(job).problem == "CodeDeliveryFailureException"
    assert item(job).sub


def test_three_failed_mails_in_a_row_stop_the_list(portal: Portal, answers: Answers) -> None:
    job = started(table(names(5)))
    answers.next, answers.made = [refused("CodeDeliveryFailureException")] * 5, True
    work()
    assert (again(job).state, again(job).why) == ("paused", "undelivered")
    assert states(job) == {"mail_failed": 3, "waiting": 2}


@pytest.mark.parametrize(
    "code", ["InvalidParameterException", "AliasExistsException", "UserLambdaValidationException"]
)
def test_refusal_of_one_row_is_not_the_others(portal: Portal, answers: Answers, code: str) -> None:
    job = started(table(names(2)))
    answers.next = [refused(code)]
    work()
    assert (again(job).state, states(job)) == ("finished", {"refused": 1, "done": 1})
    assert item(job).problem == code


def test_throttled_list_goes_on_by_itself(portal: Portal, answers: Answers) -> None:
    job = started(table(names(2)))
    answers.next = [None, refused("TooManyRequestsException"), refused("TooManyRequestsException")]
    work()
    assert (again(job).state, again(job).why) == ("waiting", "throttled")
    assert states(job) == {"done": 1, "waiting": 1}
    first = again(job).wait_until
    assert first and first <= later(seconds=1)
    work(later(seconds=1))
    second = again(job).wait_until
    assert second and second > first
    work(later(seconds=5))
    assert (again(job).state, again(job).failures, states(job)) == ("finished", 0, {"done": 2})


@pytest.mark.parametrize("is_made", [True, False])
@pytest.mark.parametrize(
    "error", [unanswered("unknown"), unanswered("server_error"), refused("InternalErrorException")]
)
def test_lost_answer_is_looked_up_before_anything_is_sent_again(
    portal: Portal, answers: Answers, error: CognitoError, is_made: bool
) -> None:
    people = names(2)
    job = started(table(people))
    answers.next, answers.made = [error], is_made
    work()
    assert (again(job).state, again(job).why) == ("waiting", "service")
    assert states(job) == {"unknown": 1, "waiting": 1}
    work(later(seconds=6))
    assert (again(job).state, states(job)) == ("finished", {"done": 2})
    assert mails(portal.api, people) == dict.fromkeys(people, 1)
    assert answers.calls == (2 if is_made else 3)
    outcome = "success" if is_made else "unknown_user"
    assert rows(job, "ops.onboarding_settled") == [("single", outcome, "worker")]


@pytest.mark.parametrize("kind", ["not_sent", "tls"])
def test_what_was_not_sent_waits_and_is_sent(portal: Portal, answers: Answers, kind: str) -> None:
    job = started(table(names(1)))
    answers.next = [unanswered(kind)]
    work()
    assert (again(job).state, again(job).why, states(job)) == ("waiting", "service", {"waiting": 1})
    work(later(seconds=6))
    assert states(job) == {"done": 1}


def test_row_that_fails_again_and_again_does_not_stop_the_others(portal: Portal, answers: Answers) -> None:
    job = started(table(names(2)))
    answers.next = [unanswered("server_error")] * 3
    for minutes in range(5):
        work(later(minutes=20 * minutes))
    assert (again(job).state, states(job)) == ("finished", {"refused": 1, "done": 1})


def test_pauses_grow_with_each_failure(portal: Portal, answers: Answers) -> None:
    job = started(table(names(1)))
    answers.next = [unanswered("not_sent")] * 20
    at = datetime.now(UTC)
    pauses = []
    for _ in range(9):
        work(at)
        until = again(job).wait_until
        assert until
        pauses.append((until - at).total_seconds())
        at = until
    assert 2.5 <= pauses[0] <= 5
    assert 300 <= pauses[-1] <= 600


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnrecognizedClientException"])
def test_lacking_right_pauses_and_is_named(portal: Portal, answers: Answers, code: str) -> None:
    job = started(table(names(2)))
    answers.next = [None, refused(code)]
    work()
    paused = again(job)
    assert (paused.state, paused.why, paused.lacking) == (
        "paused",
        "access_denied",
        "cognito-idp:AdminCreateUser",
    )
    assert states(job) == {"done": 1, "waiting": 1}
    assert rows(job, "ops.onboarding_paused") == [("single", "recorded", "worker")]
    work()
    assert again(job).state == "paused"
    assert steering.resume(job, reason="granted", by=BY, now=datetime.now(UTC))
    work()
    assert (again(job).state, again(job).lacking) == ("finished", "")


def test_right_to_look_up_is_named_as_well(
    portal: Portal, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = started(table(names(1)))
    answers.next, answers.made = [unanswered("unknown")], True
    work()

    def denied(**given: Any) -> Any:
        raise refused("AccessDeniedException", "AdminGetUser")

    with monkeypatch.context() as patched:
        patched.setattr(clients.cognito(), "admin_get_user", denied)
        work(later(minutes=1))
    assert (again(job).state, again(job).lacking) == ("paused", "cognito-idp:AdminGetUser")
    assert states(job) == {"unknown": 1}


@pytest.mark.parametrize(
    "code",
    ["UnexpectedLambdaException", "ResourceNotFoundException", "ForbiddenException", "SomethingNewException"],
)
def test_what_every_row_would_meet_pauses_at_the_first(portal: Portal, answers: Answers, code: str) -> None:
    job = started(table(names(3)))
    answers.next = [refused(code)] * 3
    work()
    assert (again(job).state, again(job).why) == ("paused", "refused")
    assert states(job) == {"unknown": 1, "waiting": 2}
    assert item(job).problem == code


def test_mails_of_a_day_are_counted_over_all_lists(portal: Portal, settings: Settings) -> None:
    settings.ONBOARDING_MAILS_PER_DAY = 3
    first, second = started(table(names(2))), started(table(names(3)))
    work()
    assert (again(first).state, states(second)) == ("finished", {"done": 1, "waiting": 2})
    assert (again(second).state, again(second).why) == ("waiting", "mail_limit")
    work(later(hours=23))
    assert states(second) == {"done": 1, "waiting": 2}
    work(later(hours=24, minutes=1))
    assert (again(second).state, states(second)) == ("finished", {"done": 3})


def test_text_messages_are_not_counted_as_mails(portal: Portal, settings: Settings) -> None:
    settings.ONBOARDING_MAILS_PER_DAY = 1
    first, second, third = names(3)
    rows = [f"{first},,+442079460001,SMS", f"{second},{second}@example.com,,", f"{third},,+442079460002,SMS"]
    job = started("\n".join(["username,email,phone_number,medium", *rows]))
    work()
    assert states(job) == {"done": 3}


@pytest.mark.parametrize("is_made", [True, False])
def test_limit_of_awss_own_is_waited_for_until_tomorrow(
    portal: Portal, answers: Answers, is_made: bool
) -> None:
    people = names(2)
    job = started(table(people))
    answers.next, answers.made = [refused("LimitExceededException")], is_made
    work()
    assert (again(job).state, again(job).why) == ("waiting", "mail_limit_of_aws")
    work(later(hours=23))
    assert states(job) == {"unknown": 1, "waiting": 1}
    work(later(hours=25))
    # Where the account was made its mail was not sent: it is not sent by itself again, and it is told.
    assert states(job) == ({"mail_failed": 1, "done": 1} if is_made else {"done": 2})


def test_pace_is_kept(portal: Portal, settings: Settings) -> None:
    settings.ONBOARDING_PER_SECOND = 20
    started(table(names(4)))
    began = datetime.now(UTC)
    work()
    assert datetime.now(UTC) - began >= timedelta(seconds=4 / 20)


def test_two_workers_at_once_send_each_row_once(portal: Portal) -> None:
    people = names(2)
    job = started(table(people))
    pool, now = clients.pool_settings(), datetime.now(UTC)
    first = claiming.claim(job.id, pool=pool, now=now)
    second = claiming.claim(job.id, pool=pool, now=now)
    assert first and second and first.item_id != second.item_id
    assert claiming.claim(job.id, pool=pool, now=now) is None


def test_row_in_another_workers_hands_is_left_alone(portal: Portal, answers: Answers) -> None:
    job = started(table(names(1)))
    claimed = claiming.claim(job.id, pool=clients.pool_settings(), now=datetime.now(UTC))
    work()
    assert (claimed is not None, answers.calls, again(job).state) == (True, 0, "running")
    # Silent for too long: it is looked up, found not to be there, and sent.
    work(later(seconds=31))
    assert (answers.calls, again(job).state) == (1, "finished")


def test_row_whose_key_is_gone_is_not_sent(portal: Portal, settings: Settings) -> None:
    job = started(table(names(1)))
    settings.SECRET_KEY = "another-secret-key-that-is-long-enough-for-django-too"
    work()
    assert (again(job).state, item(job).state, item(job).problem) == ("finished", "refused", "unreadable")


def test_every_answer_of_cognitos_has_a_result() -> None:
    for row in TABLE:
        assert result_of(refused(row.code)).item in OnboardingItem.State
