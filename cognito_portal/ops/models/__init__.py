"""What the ops desk keeps of its own."""

from cognito_portal.ops.models.index import (
    NEVER,
    PoolIndexEntry,
    PoolIndexState,
    PoolIndexValue,
    SavedView,
)
from cognito_portal.ops.models.invitations import Invitation, InvitationLedger

__all__ = [
    "NEVER",
    "Invitation",
    "InvitationLedger",
    "PoolIndexEntry",
    "PoolIndexState",
    "PoolIndexValue",
    "SavedView",
]
