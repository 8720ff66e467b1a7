"""Rows of which nobody knows what became: Cognito is asked for the account before anything is sent again."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from cognito_portal import clients
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.errors import Cause, CognitoError, LimitExceededError, UserNotFoundError
from cognito_portal.cognito.types import PoolSettings, PoolUser
from cognito_portal.ops.invitations.checking import arguments
from cognito_portal.ops.invitations.fields import fields
from cognito_portal.ops.invitations.inviting import person_of
from cognito_portal.ops.jobs.running import STALE
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding import holding
from cognito_portal.ops.onboarding.claiming import UNREADABLE
from cognito_portal.ops.onboarding.results import Result, Then, Why, result_of
from cognito_portal.ops.onboarding.sealed import opened

CLOCKS_DIFFER = timedelta(minutes=1)
MOST_TRIES = 3
"""A row that came to nothing so often without anybody knowing why is not sent again by itself."""
AGAIN_AFTER = timedelta(minutes=10)
LIMIT = "LimitExceededException"
NOT_FOUND = "not_found"
FOUND = "found"
_Item = OnboardingItem.State


def unclear(*, now: datetime) -> QuerySet[OnboardingItem]:
    """The rows to look up: unknown ones, and those whose worker fell silent while they were being sent."""
    return OnboardingItem.objects.filter(
        Q(state=_Item.UNKNOWN) | Q(state=_Item.SENDING, claimed_at__lt=now - STALE)
    )


def settle(job_id: str, *, pool: PoolSettings | None, now: datetime) -> bool:
    """Look up each unclear row of a list; False where Cognito could not be asked, which the list then heeds.

    Raises AuditUnavailable.
    """
    for item in unclear(now=now).filter(job_id=job_id).order_by("number"):
        content = opened(item.sealed, job_id=job_id, number=item.number)
        if content is None:
            _write(item, _Item.REFUSED, problem=UNREADABLE)
            continue
        username = arguments(content.values, fields(pool)).username
        try:
            account = clients.cognito().admin_get_user(username=username)
        except UserNotFoundError:
            _settle_absent(item, username)
        except CognitoError as error:
            _heed(job_id, error, now)
            return False
        else:
            _settle_present(item, username, account)
    return True


def _settle_absent(item: OnboardingItem, username: str) -> None:
    """It was not made: it waits to be sent again, unless that was tried often enough."""
    with record.write_transaction():
        # That the mails had run out says nothing against the row.
        tries = item.tries + (item.problem != LIMIT)
        state = _Item.WAITING if tries < MOST_TRIES else _Item.REFUSED
        if _write(item, state, problem=item.problem or NOT_FOUND, tries=tries):
            _note(item, username, None, Outcome.UNKNOWN_USER)


def _settle_present(item: OnboardingItem, username: str, account: PoolUser) -> None:
    """It is there: made by the lost call, or there before it. Where the mails had run out, without its mail."""
    with record.write_transaction():
        if _write(item, _state_of(item, account), problem=item.problem or FOUND, sub=account.sub):
            _note(item, username, account, Outcome.SUCCESS)


def _state_of(item: OnboardingItem, account: PoolUser) -> OnboardingItem.State:
    claimed_at = item.claimed_at
    if claimed_at and account.created_at and account.created_at < (claimed_at - CLOCKS_DIFFER).timestamp():
        return _Item.EXISTS
    return _Item.MAIL_FAILED if item.problem == LIMIT else _Item.DONE


def _write(item: OnboardingItem, state: OnboardingItem.State, **more: object) -> bool:
    """Change the row unless somebody else has settled it."""
    same = OnboardingItem.objects.filter(id=item.id, state=item.state, call_id=item.call_id)
    return bool(same.update(state=state, **more))


def _note(item: OnboardingItem, username: str, account: PoolUser | None, outcome: Outcome) -> None:
    record.note(
        event=Event.OPS_ONBOARDING_SETTLED,
        outcome=outcome,
        by=holding.WORKER,
        step=f"row {item.number}",
        attempt_id=item.job_id,
        person=person_of(username, account),
    )


def _heed(job_id: str, error: CognitoError, now: datetime) -> None:
    result = result_of(error)
    if result.then is Then.GO_ON or isinstance(error, LimitExceededError):
        result = Result(item=_Item.UNKNOWN, then=Then.PAUSE, why=Why.REFUSED)
    is_denied = error.meaning.cause is Cause.ACCESS_DENIED
    lacking = f"cognito-idp:{error.operation}" if is_denied else ""
    with record.write_transaction():
        holding.heed(job_id, result, now=now, lacking=lacking)
        # A cancelled list has no other state to change to, and must not be asked about every second.
        OnboardingJob.objects.filter(id=job_id, state=OnboardingJob.State.CANCELLED).update(
            wait_until=now + AGAIN_AFTER
        )
