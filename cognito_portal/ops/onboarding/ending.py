"""What became of a row that was sent: the log's row after the call and the list's own, in one commit."""

from datetime import datetime

from cognito_portal.audit import record
from cognito_portal.audit.events import Outcome
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.ops.invitations.inviting import Invited, person_of
from cognito_portal.ops.models import OnboardingItem
from cognito_portal.ops.onboarding import holding
from cognito_portal.ops.onboarding.claiming import Claimed
from cognito_portal.ops.onboarding.results import Result, Then, Why, result_of
from cognito_portal.outcomes import outcome_of

UNDELIVERED_IN_A_ROW = 3
"""After so many invitations in a row that could not be delivered nobody is invited any more by this list."""
_Item = OnboardingItem.State


def end(claimed: Claimed, invited: Invited, *, now: datetime) -> None:
    """Write down what became of it, and have its list do what follows. Raises AuditUnavailable.

    Where the call was ended as unknown meanwhile nothing is written, and the row will be looked up.
    """
    error = invited.not_done.error if invited.not_done else None
    result = result_of(error)
    with record.write_transaction():
        _end_call(claimed, invited, error)
        mine = OnboardingItem.objects.filter(
            id=claimed.item_id, call_id=claimed.call.call_id, state=_Item.SENDING
        )
        sub = invited.account.sub if invited.account else ""
        mine.update(state=result.item, problem=error.code[:128] if error else "", sub=sub)
        lacking = f"cognito-idp:{error.operation}" if error and result.why is Why.ACCESS_DENIED else ""
        holding.heed(claimed.job_id, _or_stop(claimed.job_id, result), now=now, lacking=lacking)


def _end_call(claimed: Claimed, invited: Invited, error: CognitoError | None) -> None:
    account = invited.account
    record.end(
        claimed.call,
        outcome=outcome_of(error) if error else Outcome.SUCCESS,
        person=person_of(invited.arguments.username, account) if account else None,
        error_code=error.code if error else "",
        request_id=(error and error.request_id) or "",
    )


def _or_stop(job_id: str, result: Result) -> Result:
    """The result, or a pause where invitation after invitation is not delivered."""
    if result.item is not _Item.MAIL_FAILED:
        return result
    sent = OnboardingItem.objects.filter(job_id=job_id, claimed_at__isnull=False).order_by("-claimed_at")
    last = list(sent.values_list("state", flat=True)[:UNDELIVERED_IN_A_ROW])
    if last == [_Item.MAIL_FAILED] * UNDELIVERED_IN_A_ROW:
        return Result(item=result.item, then=Then.PAUSE, why=Why.UNDELIVERED)
    return result
