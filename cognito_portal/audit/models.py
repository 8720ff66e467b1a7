"""The audit log as tables: rows that are only ever appended, and the people they speak of apart from them.

Rows are written by cognito_portal.audit.record. What stands here refuses every change through the ORM;
cognito_portal.audit.triggers refuses it in the database.
"""

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from django.db import models
from django.db.models import Q

_Row = TypeVar("_Row", bound=models.Model)


class AppendOnlyError(TypeError):
    """Someone tried to change or remove what may only be appended to."""

    def __init__(self) -> None:
        super().__init__("audit rows are only appended, never changed or removed")


class AppendOnlyQuerySet(models.QuerySet[_Row]):
    """A query set that reads and appends."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def update_or_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def bulk_create(self, objs: Iterable[_Row], *args: Any, **kwargs: Any) -> list[_Row]:
        if args[2:] or kwargs.get("update_conflicts"):
            raise AppendOnlyError
        return super().bulk_create(objs, *args, **kwargs)

    def _raw_delete(self, using: str | None) -> NoReturn:
        raise AppendOnlyError

    def _update(self, values: Any, returning_fields: Any = None) -> NoReturn:
        raise AppendOnlyError


class AppendOnly(models.Model):
    """A row that is inserted once. Saving it again or deleting it raises AppendOnlyError."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding or args or kwargs.get("force_update") or kwargs.get("update_fields"):
            raise AppendOnlyError
        # Without it Django first tries an UPDATE wherever a key is set by hand.
        super().save(**{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError


class AuditPerson(AppendOnly):
    """One way of naming one person: typed so, known to Cognito so.

    All spellings of one account (stripped, NFKC, case-folded) in one pool share `person_id`; what links an
    alias to it is a `sub` that both have. `commitment` = SHA-256 over `salt` and the four parts of the name
    (cognito_portal.audit.record.commitment_of); audit rows carry it, so removing these rows forgets the
    person and leaves every audit row whole.
    """

    id = models.BigAutoField(primary_key=True)
    person_id = models.CharField(max_length=32)
    pool_id = models.CharField(max_length=64)
    account = models.CharField(max_length=256)
    typed = models.CharField(max_length=256)
    canonical = models.CharField(max_length=128)
    sub = models.CharField(max_length=64)
    salt = models.CharField(max_length=32)
    commitment = models.CharField(max_length=64)

    class Meta(AppendOnly.Meta):
        db_table = "audit_person"
        constraints = [
            models.UniqueConstraint(
                fields=["pool_id", "typed", "canonical", "sub"], name="audit_person_name"
            ),
            models.UniqueConstraint(fields=["commitment"], name="audit_person_commitment"),
        ]
        indexes = [
            models.Index(fields=["pool_id", "account"], name="audit_person_account"),
            models.Index(fields=["person_id", "sub"], name="audit_person_subs", condition=Q(sub__gt="")),
            models.Index(fields=["pool_id", "sub"], name="audit_person_sub", condition=Q(sub__gt="")),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.pool_id}"


class AuditEvent(AppendOnly):
    """One row of the audit log. It names nobody: `person_id` and `person_commitment` point to AuditPerson.

    `time` is UTC. `address_key` is what the throttle counts by: an IPv4 address, or an IPv6 /64. `turn` is
    set in begin rows alone, where (attempt_id, turn) makes a step something that is taken once. `count` is
    how many acts a summary row stands for. `once` names a row of which there may be only one.
    """

    id = models.BigAutoField(primary_key=True)
    time = models.DateTimeField()
    event = models.CharField(max_length=48)
    phase = models.CharField(max_length=8)
    attempt_id = models.CharField(max_length=64)
    turn = models.IntegerField(null=True)
    call_id = models.CharField(max_length=32)
    step = models.CharField(max_length=64)
    outcome = models.CharField(max_length=32)
    pool_id = models.CharField(max_length=64)
    client_id = models.CharField(max_length=128)
    actor = models.CharField(max_length=150)
    person_id = models.CharField(max_length=32)
    person_commitment = models.CharField(max_length=64)
    address = models.CharField(max_length=64)
    address_key = models.CharField(max_length=64)
    user_agent = models.CharField(max_length=256)
    error_code = models.CharField(max_length=128)
    request_id = models.CharField(max_length=128)
    duration_ms = models.IntegerField(null=True)
    count = models.IntegerField(null=True)
    once = models.CharField(max_length=160, null=True)
    version = models.SmallIntegerField(default=1)

    class Meta(AppendOnly.Meta):
        db_table = "audit_event"
        constraints = [
            models.UniqueConstraint(fields=["attempt_id", "turn"], name="audit_event_turn"),
            models.UniqueConstraint(fields=["once"], name="audit_event_once"),
            models.UniqueConstraint(fields=["call_id"], name="audit_event_end", condition=Q(phase="end")),
        ]
        indexes = [
            models.Index(fields=["time", "id"], name="audit_event_time"),
            models.Index(
                fields=["person_id", "time"], name="audit_event_person", condition=Q(person_id__gt="")
            ),
            models.Index(
                fields=["address_key", "time"], name="audit_event_address", condition=Q(phase="begin")
            ),
            models.Index(
                fields=["person_id", "address_key", "time"],
                name="audit_event_known",
                condition=Q(phase="end", outcome="success"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.event} {self.phase} {self.outcome}"
