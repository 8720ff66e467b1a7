"""What the help desk keeps of its own, beside the log."""

from cognito_portal.ops.models.alerts import Alert
from cognito_portal.ops.models.bulk import BulkAct, BulkActItem
from cognito_portal.ops.models.index import (
    NEVER,
    PoolIndexEntry,
    PoolIndexState,
    PoolIndexValue,
    SavedView,
)
from cognito_portal.ops.models.invitations import Invitation, InvitationLedger
from cognito_portal.ops.models.onboarding import OnboardingItem, OnboardingJob
from cognito_portal.ops.models.staff import StaffPreferences
from cognito_portal.ops.models.verifications import AccountVerification

__all__ = [
    "NEVER",
    "AccountVerification",
    "Alert",
    "BulkAct",
    "BulkActItem",
    "Invitation",
    "InvitationLedger",
    "OnboardingItem",
    "OnboardingJob",
    "PoolIndexEntry",
    "PoolIndexState",
    "PoolIndexValue",
    "SavedView",
    "StaffPreferences",
]
