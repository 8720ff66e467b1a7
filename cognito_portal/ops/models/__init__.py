"""What the ops desk keeps of its own."""

from cognito_portal.ops.models.index import (
    NEVER,
    PoolIndexEntry,
    PoolIndexState,
    PoolIndexValue,
    SavedView,
)

__all__ = ["NEVER", "PoolIndexEntry", "PoolIndexState", "PoolIndexValue", "SavedView"]
