"""Invitations as the rows of a table, and the names of who sent them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from cognito_portal.audit.pages.reading import staff_names
from cognito_portal.ops.index.words import Term
from cognito_portal.ops.ledger.filters import ELSEWHERE
from cognito_portal.ops.ledger.words import MEDIUMS, REMINDERS, ends_at, state_of
from cognito_portal.ops.models import Invitation
from cognito_portal.ops.pages.account import mask
from cognito_portal.ops.pages.account_rows import name_of


def rows(lines: Sequence[Invitation], term: Term, senders: Mapping[str, str]) -> list[dict[str, Any]]:
    """Invitations as a table shows them; of a name no more than can be recognised."""
    return [
        {
            "sub": line.entry.sub,
            "username": line.entry.username,
            "name": mask(name) if (name := name_of(line.entry)) else "",
            "state": state_of(line, term),
            "line": line,
            "sender": senders.get(line.sent_by or ELSEWHERE, line.sent_by),
            "medium": MEDIUMS.get(line.medium, ""),
            "ends_at": ends_at(line, term) if line.is_open else None,
            "reminder": REMINDERS.get(line.reminder, ""),
            "can_resend": line.is_open and line.entry.enabled,
            "can_remind": term.now < ends_at(line, term) and not line.is_undelivered,
        }
        for line in lines
    ]


def sender_names(senders: Iterable[str]) -> dict[str, str]:
    """Senders as the log names them, or ELSEWHERE, with the names that people know them by."""
    some = list(senders)
    names = staff_names(some)
    return {each or ELSEWHERE: names.get(each, each) if each else _("Not by this portal") for each in some}
