"""The one call that invites a person, between its two rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.conf import settings

from cognito_portal import clients
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito.errors import (
    CognitoError,
    CognitoRefused,
    CognitoUnavailable,
    InvalidInput,
    UsernameExistsError,
)
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts.flow import NotDone
from cognito_portal.ops.invitations.checking import Arguments, arguments
from cognito_portal.ops.invitations.fields import Field
from cognito_portal.outcomes import outcome_of


class Status(StrEnum):
    """What became of an invitation."""

    INVITED = "invited"
    UNDELIVERED = "undelivered"
    EXISTS = "exists"
    REFUSED = "refused"
    NOT_NOW = "not_now"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What came of it. `account` is there with INVITED, and with UNDELIVERED where it could be read.

    UNDELIVERED: the account exists, its message did not go out. EXISTS: there was one of this name before.
    NOT_NOW: nothing was done, and the same call may be sent again later. UNKNOWN: it may have been done.
    """

    arguments: Arguments = field(repr=False)
    account: PoolUser | None = None
    not_done: NotDone | None = None

    @property
    def status(self) -> Status:
        """What became of it, in one word."""
        if self.not_done is None:
            return Status.INVITED
        if self.not_done.is_undelivered:
            return Status.UNDELIVERED
        if self.not_done.is_unknown:
            return Status.UNKNOWN
        error = self.not_done.error
        if isinstance(error, UsernameExistsError):
            return Status.EXISTS
        is_for_later = isinstance(error, CognitoUnavailable) or error.meaning.retry
        return Status.NOT_NOW if is_for_later else Status.REFUSED

    @property
    def field(self) -> str:
        """The field that Cognito did not like; empty where it does not say."""
        error = self.not_done.error if self.not_done else None
        if isinstance(error, CognitoRefused):
            return error.attribute or ""
        return error.field if isinstance(error, InvalidInput) else ""


def invite(
    values: Mapping[str, str], fields: Sequence[Field], *, reason: str, form_id: str, by: record.By
) -> Invited:
    """Make the account and have Cognito send its temporary password, once for each `form_id`.

    `values` are such as `check` found nothing wrong in. Both rows carry `reason` as their step. Raises
    record.AlreadyTaken (this form was sent before) and record.AuditUnavailable (see acts.flow.perform).
    """
    wanted = arguments(values, fields)
    call = record.begin(
        event=Event.OPS_USER_INVITED,
        step=reason,
        attempt_id=form_id,
        turn=0,
        person=person_of(wanted.username, None),
        client_id=settings.COGNITO_CLIENT_ID,
        by=by,
    )
    invited = call_cognito(wanted)
    error = invited.not_done.error if invited.not_done else None
    record.end(
        call,
        outcome=outcome_of(error) if error else Outcome.SUCCESS,
        person=person_of(wanted.username, invited.account) if invited.account else None,
        error_code=error.code if error else "",
        request_id=(error and error.request_id) or "",
    )
    return invited


def call_cognito(wanted: Arguments) -> Invited:
    """The call alone, for whoever writes its rows."""
    try:
        account = clients.cognito().admin_create_user(
            username=wanted.username, attributes=wanted.attributes, mediums=wanted.mediums
        )
    except CognitoError as error:
        not_done = NotDone(error)
        made = _read(wanted.username) if not_done.is_undelivered else None
        return Invited(arguments=wanted, account=made, not_done=not_done)
    return Invited(arguments=wanted, account=account)


def _read(username: str) -> PoolUser | None:
    """The account that was made though its message did not go out; None where it cannot be read just now."""
    try:
        return clients.cognito().admin_get_user(username=username)
    except CognitoError:
        return None


def person_of(typed: str, account: PoolUser | None) -> record.Person:
    """Whom the log means by this name, and by the account of it where that is known."""
    return record.Person(
        pool_id=settings.COGNITO_USER_POOL_ID,
        typed=typed,
        canonical=account.username if account else "",
        sub=account.sub if account else "",
    )
