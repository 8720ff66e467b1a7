"""What the ops desk keeps of its own."""

from cognito_portal.ops.models.bulk import BulkAct, BulkActItem
from cognito_portal.ops.models.index import (
    NEVER,
    PoolIndexEntry,
    PoolIndexState,
    PoolIndexValue,
    SavedView,
)
from cognito_portal.ops.models.onboarding import OnboardingItem, OnboardingJob

__all__ = [
    "NEVER",
    "BulkAct",
    "BulkActItem",
    "OnboardingItem",
    "OnboardingJob",
    "PoolIndexEntry",
    "PoolIndexState",
    "PoolIndexValue",
    "SavedView",
]
