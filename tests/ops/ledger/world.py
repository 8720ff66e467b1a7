"""An index with accounts in it, and rows of the log about their invitations."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings as live

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.proof import seals
from cognito_portal.ops.index import entries
from cognito_portal.ops.ledger import keeping
from cognito_portal.ops.models import Invitation
from tests.audit.rows import BY
from tests.ops.index.accounts import sub_of, user

HEDDA = record.By(actor="staff:1", address="192.0.2.8", user_agent="Firefox")
INVITED = "FORCE_CHANGE_PASSWORD"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_attempts = iter(range(10**6))


def at(minutes: float) -> datetime:
    """So many minutes after NOW."""
    return NOW + timedelta(minutes=minutes)


def account(name: str, *, minutes: float = 0, status: str = INVITED, **has: str) -> None:
    """Have an account in the index, last changed at that minute."""
    entries.refresh(user(name, at=at(minutes).timestamp(), status=status, **has))


def person(name: str, *, told: bool = True) -> record.Person:
    """Somebody as the log names them; `told` by Cognito, with the sub."""
    pool_id = live.COGNITO_USER_POOL_ID
    if not told:
        return record.Person(pool_id=pool_id, typed=name)
    return record.Person(pool_id=pool_id, typed=name, canonical=name, sub=sub_of(name))


def row(
    name: str,
    event: Event,
    outcome: Outcome = Outcome.SUCCESS,
    *,
    minutes: float,
    step: str = "",
    attempt: str = "",
    by: record.By = BY,
    **more: Any,
) -> None:
    """A call and its end, at that minute."""
    moment = at(minutes)
    call = record.begin(
        event=event,
        step=step,
        attempt_id=attempt or f"attempt{next(_attempts)}",
        turn=next(_attempts),
        person=person(name, told=False),
        client_id="",
        by=by,
        now=moment,
    )
    record.end(call, outcome=outcome, person=person(name, **more), now=moment)


def sent(name: str, *, minutes: float, event: Event = Event.OPS_USER_INVITED, **more: Any) -> None:
    """An invitation that Hedda sent."""
    row(name, event, minutes=minutes, step="INC-1", by=HEDDA, **more)


def opened(name: str, *, minutes: float) -> None:
    """A sign-in with the temporary password."""
    row(name, Event.SIGNIN_STARTED, Outcome.CHALLENGE, minutes=minutes, step="InitiateAuth")


def set_password(name: str, *, minutes: float, outcome: Outcome = Outcome.SUCCESS) -> None:
    """An answer to the question for a new password."""
    row(name, Event.SIGNIN_ANSWERED, outcome, minutes=minutes, step="NEW_PASSWORD_REQUIRED")


def kept() -> None:
    """What the worker does: seal, then bring the ledger up to date, twice as new entries take a run to settle."""
    seals.seal_pending()
    keeping.work()
    keeping.work()


def line(name: str) -> Invitation:
    """The line of an account."""
    return Invitation.objects.get(entry__sub=sub_of(name))


def lines() -> Iterator[str]:
    """Whose lines there are."""
    return iter(Invitation.objects.order_by("entry__username").values_list("entry__username", flat=True))
