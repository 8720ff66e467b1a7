"""Accounts as the rows of a table, and the row in the log that says that they were listed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.ops.index.filters import AccountFilter
from cognito_portal.ops.index.words import Term, state_of
from cognito_portal.ops.models import NEVER, PoolIndexEntry
from cognito_portal.ops.pages.account import mask


def rows(entries: Sequence[PoolIndexEntry], term: Term, *, masked: bool) -> list[dict[str, Any]]:
    """Accounts as a table shows them."""
    return [
        {
            "sub": entry.sub,
            "username": entry.username,
            "name": _covered(_name(entry), masked),
            "contacts": _contacts(entry, masked),
            "state": state_of(entry, term),
            "status": entry.status,
            "signed_in_at": _moment(entry.last_sign_in_at),
            "failed_at": _moment(entry.last_failure_at),
            "created_at": _moment(entry.created_at),
        }
        for entry in entries
    ]


def note_listed(request: HttpRequest, asked: AccountFilter, count: int) -> None:
    """Write down that accounts were listed: by which filters, without what was typed."""
    parts = [f"{name}={text}" for name, text in asked.shown().items()]
    record.note(
        event=Event.OPS_ACCOUNTS_LISTED,
        outcome=Outcome.SUCCESS,
        by=actor(request),
        step=" ".join([*parts, *asked.typed()])[:64],
        count=count,
    )


def _name(entry: PoolIndexEntry) -> str:
    has = entry.attributes
    given, family = has.get("given_name", ""), has.get("family_name", "")
    return has.get("name") or f"{given} {family}".strip() or has.get("preferred_username", "")


def _contacts(entry: PoolIndexEntry, masked: bool) -> list[tuple[str, bool]]:
    """E-mail address and phone number, each with whether it is verified."""
    both = ((entry.email, entry.email_verified), (entry.phone_number, entry.phone_number_verified))
    return [(_covered(value, masked), is_verified) for value, is_verified in both if value]


def _covered(value: str, masked: bool) -> str:
    return mask(value) if masked and value else value


def _moment(stored: datetime) -> datetime | None:
    return None if stored == NEVER else stored
