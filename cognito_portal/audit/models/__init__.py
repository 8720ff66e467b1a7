"""The audit log as tables."""

from cognito_portal.audit.models.append_only import AppendOnly, AppendOnlyError, AppendOnlyQuerySet
from cognito_portal.audit.models.desk import Export, Flag, Review, SavedSearch
from cognito_portal.audit.models.events import AuditEvent, AuditNamePart, AuditPerson
from cognito_portal.audit.models.pushes import Delivery, Push
from cognito_portal.audit.models.seals import (
    AuditLeaf,
    AuditPrune,
    AuditRollup,
    AuditSeal,
    AuditVerification,
)

__all__ = [
    "AppendOnly",
    "AppendOnlyError",
    "AppendOnlyQuerySet",
    "AuditEvent",
    "AuditLeaf",
    "AuditNamePart",
    "AuditPerson",
    "AuditPrune",
    "AuditRollup",
    "AuditSeal",
    "AuditVerification",
    "Delivery",
    "Export",
    "Flag",
    "Push",
    "Review",
    "SavedSearch",
]
