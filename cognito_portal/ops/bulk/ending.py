"""What became of an account: the log's row and the job's own, in one commit."""

from dataclasses import dataclass
from datetime import datetime

from cognito_portal import clients
from cognito_portal.audit import record
from cognito_portal.cognito.errors import (
    Cause,
    CodeDeliveryFailureError,
    CognitoError,
    LimitExceededError,
)
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts import flow
from cognito_portal.ops.acts.entry import Entry
from cognito_portal.ops.bulk.steering import KIND
from cognito_portal.ops.bulk.words import ONESELF
from cognito_portal.ops.index import entries
from cognito_portal.ops.jobs import holding
from cognito_portal.ops.jobs.answers import DONE, NO_MORE_MAIL, Result, Then, Why, by_cause
from cognito_portal.ops.models import BulkActItem

_Item = BulkActItem.State
# Of this very account: what it is like has changed since it was read.
_OF_THE_ACCOUNT = frozenset(
    {
        Cause.UNKNOWN_USER,
        Cause.NOT_RESETTABLE,
        Cause.NO_VERIFIED_CONTACT,
        Cause.BAD_CREDENTIALS,
        Cause.DISABLED,
        Cause.UNCONFIRMED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An account that is this worker's to deal with, and its begun call."""

    job_id: str
    item_id: int
    username: str
    call: record.Call


def result_of(error: CognitoError | None) -> Result:
    """The result of an act. Without an error it was carried out."""
    if error is None:
        return DONE
    if isinstance(error, CodeDeliveryFailureError):
        return Result(item=_Item.UNDELIVERED)
    if isinstance(error, LimitExceededError):
        return NO_MORE_MAIL
    return by_cause(error, of_the_item=_OF_THE_ACCOUNT)


def end(claimed: Claimed, answer: flow.Answer, *, now: datetime) -> None:
    """Write down what became of it, and have its job do what follows. Raises AuditUnavailable.

    Where it was given up as unknown meanwhile, that stands.
    """
    error = answer.error
    result = result_of(error)
    with record.write_transaction():
        flow.end(claimed.call, answer)
        mine = BulkActItem.objects.filter(
            id=claimed.item_id, call_id=claimed.call.call_id, state=_Item.SENDING
        )
        mine.update(state=result.item, problem=error.code[:128] if error else "")
        holding.heed(KIND, claimed.job_id, result, now=now, lacking=_lacking(error, result))
    if result is DONE:
        _refresh(claimed.username)


def not_read(item: BulkActItem, error: CognitoError, *, now: datetime) -> None:
    """An account could not be read: nothing was done, so it keeps its place where others would meet it too."""
    result = result_of(error)
    with record.write_transaction():
        if result.then is Then.GO_ON:
            mine = BulkActItem.objects.filter(id=item.id, state=_Item.WAITING)
            mine.update(state=_Item.REFUSED, problem=error.code[:128])
        holding.heed(KIND, item.job_id, result, now=now, lacking=_lacking(error, result))


def skip(item: BulkActItem, entry: Entry, account: PoolUser | None, *, why: str, by: record.By) -> None:
    """Leave an account out, with a row of the log that says so where it is there. Raises AuditUnavailable."""
    with record.write_transaction():
        mine = BulkActItem.objects.filter(id=item.id, state=_Item.WAITING)
        if mine.update(state=_Item.SKIPPED, problem=why[:128]) and account is not None:
            word = why if why == ONESELF else "does_not_apply"
            flow.refuse(entry, account, why=word, by=by)


def _lacking(error: CognitoError | None, result: Result) -> str:
    is_denied = error is not None and result.why is Why.ACCESS_DENIED
    return f"cognito-idp:{error.operation}" if error and is_denied else ""


def _refresh(username: str) -> None:
    """Have the index know at once; where Cognito does not tell now, the next pass does."""
    try:
        entries.refresh(clients.cognito().admin_get_user(username=username))
    except CognitoError:
        return
