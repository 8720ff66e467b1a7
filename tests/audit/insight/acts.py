"""Acts at any moment, by anybody, for charts, flags and reviews."""

import secrets
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.insight import flags
from tests.audit.rows import somebody

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME = "192.0.2.7"


def before(**span: float) -> datetime:
    """So long before NOW."""
    return NOW - timedelta(**span)


def tried(
    name: str = "ann",
    outcome: Outcome = Outcome.BAD_CREDENTIALS,
    *,
    at: datetime = NOW,
    address: str = HOME,
    event: Event = Event.SIGNIN_STARTED,
    step: str = "InitiateAuth",
    client_id: str = "client",
    error_code: str = "",
    **named: str,
) -> None:
    """The two rows of one call."""
    call = record.begin(
        event=event,
        step=step,
        attempt_id=secrets.token_hex(16),
        turn=0,
        person=somebody(name),
        client_id=client_id,
        by=record.By(actor="visitor", address=address, user_agent="Firefox"),
        now=at,
    )
    record.end(call, outcome=outcome, person=somebody(name, **named), error_code=error_code, now=at)


def throttled(
    name: str = "ann", *, count: int | None = None, at: datetime = NOW, address: str = HOME
) -> None:
    """A row of the throttle: the crossing of a limit, or with `count` the summary of a minute."""
    record.note(
        event=Event.SIGNIN_THROTTLED,
        outcome=Outcome.THROTTLED_HERE,
        by=record.By(actor="visitor", address=address, user_agent="Firefox"),
        person=somebody(name),
        count=count,
        now=at,
    )


def write_a_guessed_account() -> None:
    """An account that somebody guessed the password of, just now, among others; and the flags that it raises."""
    now = timezone.now()
    for number in range(12):
        tried("guessed", at=now - timedelta(seconds=60 - number))
    tried("guessed", Outcome.SUCCESS, at=now - timedelta(seconds=30))
    throttled("guessed", at=now)
    tried("broken", Outcome.SERVER_ERROR, at=now)
    tried("hired", Outcome.SUCCESS, event=Event.SIGNIN_ANSWERED, step="NEW_PASSWORD_REQUIRED", at=now)
    flags.look()
