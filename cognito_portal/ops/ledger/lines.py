"""How far one account has come since its invitation, by what the pool says of it and what the log tells."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.invitations import CHANGES, SENDS, VERIFIED_BY_STAFF, Told
from cognito_portal.ops.index.words import INVITED
from cognito_portal.ops.models import NEVER, Invitation, PoolIndexEntry

CLOCKS_DIFFER = timedelta(seconds=5)
"""By how much a row of the log and Cognito's own date of the same act may differ."""
SAME_ACT = timedelta(minutes=2)
NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"
MEDIUMS = frozenset({"EMAIL", "SMS"})
# Where one of these follows, the question before it was asked whether or not a password was right.
_ASKED_OF_ANYBODY = frozenset({"PASSWORD_VERIFIER", "CUSTOM_CHALLENGE", "SELECT_CHALLENGE"})
_PROVE_A_PASSWORD = frozenset({"PASSWORD_VERIFIER", "PASSWORD", "PASSWORD_SRP"})
_ASKS_MORE = frozenset({Outcome.CHALLENGE, Outcome.UNSUPPORTED_CHALLENGE})
_WENT_WELL = frozenset({Outcome.SUCCESS, Outcome.CHALLENGE})
Stage = Invitation.Stage


def line_of(entry: PoolIndexEntry, rows: Sequence[Told], before: Invitation | None) -> Invitation | None:
    """The ledger's line of an account, not saved; None for one that was never invited as far as anybody knows.

    `rows` are its own, the earliest first. `before` is its line up to now, or None where that must not be kept: what
    it says stays true where retention has taken the rows since.
    """
    line = _sent(entry, rows, before)
    if line is None:
        return None
    since = line.sent_at - CLOCKS_DIFFER
    present = [row for row in rows if row.time >= since]
    is_same = before is not None and abs(before.sent_at - line.sent_at) < CLOCKS_DIFFER
    known = before if before is not None and is_same else Invitation()
    line.password_at = _first(present, _set_password) or known.password_at
    line.opened_at = _first(present, _opening(present)) or known.opened_at or line.password_at
    line.factor_at = _first(present, _set_factor) or known.factor_at
    line.verified_at = _verified_at(present, known)
    line.is_open = entry.status == INVITED and line.password_at is None
    line.stage = _stage(entry, line)
    _remind(line, present, known)
    times = (line.opened_at, line.password_at, line.factor_at, line.verified_at)
    line.moved_at = max([line.sent_at, *(each for each in times if each is not None)])
    line.changed_at = entry.modified_at
    return line


def _sent(entry: PoolIndexEntry, rows: Sequence[Told], before: Invitation | None) -> Invitation | None:
    """When, how and by whom it was sent last: a line with nothing else in it yet."""
    line = Invitation(entry=entry, pool_id=entry.pool_id)
    sends = [
        row for row in rows if row.event in SENDS and row.outcome in (Outcome.SUCCESS, Outcome.CODE_DELIVERY)
    ]
    if sends and not _was_invited_elsewhere(entry, rows):
        last = sends[-1]
        line.sent_at, line.sent_by = last.time, last.actor
        line.medium, line.is_undelivered = _medium(rows, last), last.outcome == Outcome.CODE_DELIVERY
    elif before is not None and (entry.status != INVITED or before.changed_at == entry.modified_at):
        line.sent_at, line.sent_by = before.sent_at, before.sent_by
        line.medium, line.is_undelivered = before.medium, before.is_undelivered
    elif entry.status == INVITED:
        line.sent_at = entry.modified_at if entry.modified_at > NEVER else entry.created_at
    elif any(map(_set_password, rows)):
        line.sent_at = entry.created_at
    else:
        return None
    return line


def _was_invited_elsewhere(entry: PoolIndexEntry, rows: Sequence[Told]) -> bool:
    """Whether an account that waits was changed after all that the log knows of: then, for all we know, invited."""
    changed = max((row.time for row in rows if row.event in CHANGES), default=NEVER)
    return entry.status == INVITED and entry.modified_at > changed + SAME_ACT


def _medium(rows: Iterable[Told], sent: Told) -> str:
    beside = {
        row.step for row in rows if row.attempt_id == sent.attempt_id and row.outcome == Outcome.RECORDED
    }
    return next(iter(beside & MEDIUMS), "")


def _first(rows: Iterable[Told], which: Callable[[Told], bool]) -> datetime | None:
    return next((row.time for row in rows if which(row)), None)


def _opening(rows: Sequence[Told]) -> Callable[[Told], bool]:
    """Whether a row shows that the temporary password was right."""
    answered = {row.attempt_id for row in rows if row.step in _ASKED_OF_ANYBODY}

    def opens(row: Told) -> bool:
        if row.event == Event.SIGNIN_STARTED:
            return row.attempt_id not in answered
        if row.event != Event.SIGNIN_ANSWERED:
            return False
        return row.step == NEW_PASSWORD or (row.step in _PROVE_A_PASSWORD and row.outcome in _ASKS_MORE)

    return opens


def _set_password(row: Told) -> bool:
    return row.event == Event.SIGNIN_ANSWERED and row.step == NEW_PASSWORD and row.outcome in _WENT_WELL


def _set_factor(row: Told) -> bool:
    if row.event == Event.ACCOUNT_FACTOR_ENROLLED:
        return row.outcome == Outcome.SUCCESS
    return row.event == Event.SIGNIN_ANSWERED and row.step == "MFA_SETUP" and row.outcome in _WENT_WELL


def _verified(row: Told) -> bool:
    is_of_it = row.event in (Event.OPS_CONTACT_VERIFIED, Event.ACCOUNT_ATTRIBUTE_VERIFIED)
    return is_of_it and row.outcome == Outcome.SUCCESS


def _verified_at(rows: Sequence[Told], known: Invitation) -> datetime | None:
    """When the person was first known for who they are, by an address or by staff; what staff undid is not counted."""
    by_staff: datetime | None = None
    was_undone = False
    for row in rows:
        if row.event in VERIFIED_BY_STAFF:
            by_staff = by_staff or row.time
        elif row.event == Event.OPS_VERIFICATION_UNDONE:
            by_staff, was_undone = None, True
    found = [moment for moment in (_first(rows, _verified), by_staff) if moment is not None]
    return min(found, default=None if was_undone else known.verified_at)


def _stage(entry: PoolIndexEntry, line: Invitation) -> Stage:
    if not line.is_open:
        is_verified = line.verified_at is not None or entry.email_verified or entry.phone_number_verified
        return Stage.VERIFIED if is_verified else Stage.PASSWORD_SET
    return Stage.SENT if line.opened_at is None else Stage.OPENED


def _remind(line: Invitation, rows: Sequence[Told], known: Invitation) -> None:
    last = next((row for row in reversed(rows) if row.event == Event.OPS_REMINDER_SENT), None)
    if last is not None:
        line.reminded_at, line.reminder = last.time, last.outcome
    else:
        line.reminded_at, line.reminder = known.reminded_at, known.reminder
