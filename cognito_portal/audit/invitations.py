"""What became of people's invitations, by the log, for whoever keeps that beside their accounts.

SQL stands here for the reason it does in cognito_portal.audit.queries. Every function raises django.db.Error.
"""
# ruff: noqa: S608 (only constants and placeholders are put into the SQL here)

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.sql import fetch

SENDS = frozenset({Event.OPS_USER_INVITED, Event.OPS_INVITATION_RESENT})
CHANGES = SENDS | {
    Event.OPS_CONTACT_VERIFIED,
    Event.OPS_ATTRIBUTES_CHANGED,
    Event.OPS_ACCOUNT_ENABLED,
    Event.OPS_ACCOUNT_DISABLED,
    Event.OPS_FACTORS_REMOVED,
}
"""The acts of staff after which Cognito tells a new date of change."""
VERIFIED_BY_STAFF = frozenset({Event.OPS_ACCOUNT_VERIFIED, Event.OPS_VERIFICATION_APPROVED})
"""After these staff know who has the account, until they undo it."""
_STAFF_SAID = VERIFIED_BY_STAFF | {Event.OPS_VERIFICATION_UNDONE, Event.OPS_REMINDER_SENT}
_WALK = {Event.SIGNIN_ANSWERED, Event.ACCOUNT_FACTOR_ENROLLED, Event.ACCOUNT_ATTRIBUTE_VERIFIED}


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


# Of tries only those that Cognito answered with a question: floods of wrong passwords are not read.
_TELLS = (
    f"(e.event IN ({_quoted(CHANGES | _WALK | _STAFF_SAID)})"
    f" OR e.event = '{Event.SIGNIN_STARTED}' AND e.outcome IN ('{Outcome.CHALLENGE}',"
    f" '{Outcome.UNSUPPORTED_CHALLENGE}')) AND e.phase <> 'begin'"
)
_ROWS = (
    "SELECT e.person_id, p.sub, e.time, e.event, e.step, e.outcome, e.actor, e.attempt_id"
    " FROM audit_event e JOIN audit_person p ON p.commitment = e.person_commitment"
    f" WHERE e.person_id IN ({{ids}}) AND e.person_id > '' AND {_TELLS} ORDER BY e.time, e.id"
)
_PEOPLE = (
    "SELECT DISTINCT e.person_id FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id"
    f" WHERE l.leaf_no >= %s AND l.leaf_no < %s AND e.person_id > '' AND {_TELLS}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One row that tells of an invitation; `sub` is empty where Cognito did not tell it with that name."""

    person_id: str
    sub: str
    time: datetime
    event: str
    step: str
    outcome: str
    actor: str
    attempt_id: str


def people_in(*, first_leaf: int, end: int) -> frozenset[str]:
    """The ids of those of whose invitations the sealed rows from `first_leaf` up to before `end` tell."""
    return frozenset(row[0] for row in fetch(_PEOPLE, [first_leaf, end]))


def rows_of(*, person_ids: Collection[str]) -> list[Told]:
    """What the log tells of these people, the earliest first. Rows of a forgotten name are nobody's."""
    if not person_ids:
        return []
    found = fetch(_ROWS.format(ids=", ".join(["%s"] * len(person_ids))), list(person_ids))
    return [
        Told(
            person_id=row[0],
            sub=row[1],
            time=_moment(row[2]),
            event=row[3],
            step=row[4],
            outcome=row[5],
            actor=row[6],
            attempt_id=row[7],
        )
        for row in found
    ]


def _moment(stored: Any) -> datetime:
    """SQLite gives a moment without its zone, or as the text that it keeps."""
    moment: datetime = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
