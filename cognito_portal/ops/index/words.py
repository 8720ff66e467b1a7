"""The state of an account in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.audit.readings import Reading
from cognito_portal.ops.models import PoolIndexEntry

INVITED = "FORCE_CHANGE_PASSWORD"
STATUSES: Mapping[str, str | Promise] = MappingProxyType(
    {
        "CONFIRMED": _("Confirmed"),
        INVITED: _("Invited"),
        "UNCONFIRMED": _("Not confirmed"),
        "RESET_REQUIRED": _("Has to reset the password"),
        "EXTERNAL_PROVIDER": _("Signs in elsewhere"),
        "ARCHIVED": _("Archived"),
        "COMPROMISED": _("Compromised"),
        "UNKNOWN": _("Unknown"),
    }
)
"""Cognito's UserStatus, in words."""
TROUBLES: Mapping[str, str | Promise] = MappingProxyType(
    {
        "expired": _("Invitation expired"),
        "unreachable": _("No verified address"),
        "unverified_email": _("E-mail not verified"),
        "incomplete": _("Required attribute missing"),
        "twin": _("Same name but for its case"),
    }
)
"""What keeps accounts out, or will."""
_GOOD = frozenset({"CONFIRMED", "EXTERNAL_PROVIDER"})


@dataclass(frozen=True, slots=True)
class Term:
    """How long a temporary password lives, and which moment it is."""

    now: datetime
    days: int

    @property
    def oldest_open(self) -> datetime:
        """Invitations that were made at this moment expire now."""
        return self.now - timedelta(days=self.days)

    def is_over(self, entry: PoolIndexEntry) -> bool:
        """Whether an account was invited too long ago; it was last changed when it was, or later."""
        return entry.status == INVITED and entry.modified_at <= self.oldest_open


def state_of(entry: PoolIndexEntry, term: Term) -> Reading:
    """The one word that counts most for somebody who cannot sign in, and its tone."""
    if not entry.enabled:
        return Reading(_("Disabled"), "bad")
    if term.is_over(entry):
        return Reading(_("Temporary password expired"), "bad")
    label = STATUSES.get(entry.status, entry.status)
    return Reading(label, "good" if entry.status in _GOOD else "warn")
