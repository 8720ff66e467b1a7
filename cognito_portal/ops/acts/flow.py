"""The order of work of every act: the row before it, the call, the row after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from cognito_portal import clients
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts.entry import Entry, Given
from cognito_portal.outcomes import outcome_of

# What a row has room for.
LONGEST_REASON = 64
LEAST_REASON = 3
NOTHING_GIVEN: Given = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class NotDone(Exception):
    """Cognito refused the act, or nobody knows what became of it (`is_unknown`). The log has it."""

    error: CognitoError

    @property
    def is_unknown(self) -> bool:
        """Whether it may have been carried out all the same."""
        return outcome_of(self.error) in (Outcome.UNKNOWN, Outcome.SERVER_ERROR, Outcome.GARBAGE)

    @property
    def is_undelivered(self) -> bool:
        """Whether it was carried out, and the message about it could not be delivered."""
        return outcome_of(self.error) is Outcome.CODE_DELIVERY

    @property
    def lacking(self) -> str:
        """The IAM action that the portal lacks; empty where that is not the reason."""
        is_ours = outcome_of(self.error) is Outcome.ACCESS_DENIED
        return f"cognito-idp:{self.error.operation}" if is_ours else ""


def person_of(account: PoolUser) -> record.Person:
    """Whom the log means by this account."""
    name = account.username
    return record.Person(pool_id=settings.COGNITO_USER_POOL_ID, typed=name, canonical=name, sub=account.sub)


def _folded(name: str) -> str:
    return record.Person(pool_id="", typed=name).account


def holds_name(reason: str, names: Iterable[str]) -> bool:
    """Whether a reason holds one of these names: rows of the log name nobody (decision D3)."""
    text = reason.casefold()
    return any(_folded(name) in text for name in names if name)


def names_somebody(reason: str, account: PoolUser) -> bool:
    """Whether a reason holds the person's name or address."""
    has = account.attributes
    return holds_name(reason, (account.username, has.get("email", ""), has.get("phone_number", "")))


def is_named(user: AbstractBaseUser | AnonymousUser, names: Iterable[str]) -> bool:
    """Whether this member of staff has one of these names, as username or e-mail address."""
    if not isinstance(user, User):
        return True
    mine = {_folded(name) for name in (user.username, user.email) if name}
    return bool(mine & {_folded(name) for name in names if name})


def is_oneself(user: AbstractBaseUser | AnonymousUser, account: PoolUser) -> bool:
    """Whether this member of staff is the account's person, by username or e-mail address."""
    return is_named(user, (account.username, account.attributes.get("email", "")))


def perform(
    entry: Entry, account: PoolUser, *, reason: str, form_id: str, by: record.By, given: Given = NOTHING_GIVEN
) -> None:
    """Do it, once for each `form_id`; both rows carry `reason` as their step.

    What was chosen stands in rows of its own beside them, under the same `form_id`: which group, which
    attributes, no values of theirs.

    Raises NotDone, record.AlreadyTaken (this form was sent before) and record.AuditUnavailable (before
    anything was done, or after it: then the row before it stands alone and is ended as unknown).
    """
    call = begin(entry, account, reason=reason, form_id=form_id, by=by, given=given)
    answer = carry_out(entry, account, given=given)
    not_done = NotDone(answer.error) if answer.error is not None else None
    with record.write_transaction():
        end(call, answer)
        # What Cognito may have done counts as done: nobody loses more than a convenience by it.
        if not_done is None or not_done.is_unknown:
            entry.drop(account, given)
    if not_done is not None:
        raise not_done from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Cognito answered to an act: the id of its request, and the error where it was not done."""

    request_id: str = ""
    error: CognitoError | None = None


def begin(
    entry: Entry,
    account: PoolUser,
    *,
    reason: str,
    form_id: str,
    by: record.By,
    given: Given = NOTHING_GIVEN,
    turn: int = 0,
) -> record.Call:
    """Write the row before an act, once for each `form_id` and `turn`, and what was chosen beside it.

    Raises record.AlreadyTaken and record.AuditUnavailable.
    """
    person, client_id = person_of(account), settings.COGNITO_CLIENT_ID
    with record.write_transaction():
        call = record.begin(
            event=entry.event,
            step=reason,
            attempt_id=form_id,
            turn=turn,
            person=person,
            client_id=client_id,
            by=by,
        )
        for detail in entry.details(account, given):
            record.note(
                event=entry.event,
                outcome=Outcome.RECORDED,
                by=by,
                step=detail,
                attempt_id=form_id,
                person=person,
                client_id=client_id,
            )
    return call


def carry_out(entry: Entry, account: PoolUser, *, given: Given = NOTHING_GIVEN) -> Answer:
    """The call alone, between its two rows."""
    try:
        receipt = entry.call(clients.cognito(), account, given) if entry.call else None
    except CognitoError as error:
        return Answer(request_id=error.request_id or "", error=error)
    return Answer(request_id=(receipt and receipt.request_id) or "")


def end(call: record.Call, answer: Answer) -> None:
    """Write the row after an act. Raises record.AuditUnavailable."""
    error = answer.error
    record.end(
        call,
        outcome=outcome_of(error) if error else Outcome.SUCCESS,
        error_code=error.code if error else "",
        request_id=answer.request_id,
    )


def refuse(entry: Entry, account: PoolUser, *, why: str, by: record.By) -> None:
    """Write down that an act was asked for and not carried out. `why` is a fixed word."""
    record.note(
        event=Event.OPS_ACT_REFUSED,
        outcome=Outcome.DENIED,
        by=by,
        step=entry.act.value,
        error_code=why,
        person=person_of(account),
    )


def note_shown(account: PoolUser, *, by: record.By) -> None:
    """Write down that the attributes of an account were asked for in clear."""
    record.note(event=Event.OPS_ATTRIBUTES_SHOWN, outcome=Outcome.SUCCESS, by=by, person=person_of(account))
