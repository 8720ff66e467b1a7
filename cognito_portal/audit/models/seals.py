"""The proof: a leaf for each sealed row, seals over batches of them, and which batches retention removed.

Written by the worker alone (cognito_portal.audit.proof).
"""

from django.db import models

from cognito_portal.audit.models.append_only import AppendOnly


class AuditLeaf(AppendOnly):
    """The leaf hash of one row, in the order of sealing. `leaf_no` counts from 0 without a gap."""

    leaf_no = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    seal_no = models.BigIntegerField()
    leaf_hash = models.BinaryField(max_length=32)

    class Meta(AppendOnly.Meta):
        db_table = "audit_leaf"

    def __str__(self) -> str:
        return f"{self.leaf_no} of row {self.event_id}"


class AuditSeal(AppendOnly):
    """A signed statement over one batch of leaves, chained to the seal before. `no` counts from 1.

    `total` is how many rows were sealed up to here. `last_event_id` is the greatest row id sealed up to here. A
    seal without rows says that there was nothing new at its `time`.
    """

    no = models.BigIntegerField(primary_key=True)
    log_id = models.CharField(max_length=32)
    first_leaf = models.BigIntegerField()
    count = models.IntegerField()
    total = models.BigIntegerField()
    last_event_id = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    prev_hash = models.BinaryField(max_length=32)
    seal_hash = models.BinaryField(max_length=32)
    time = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField(max_length=64)

    class Meta(AppendOnly.Meta):
        db_table = "audit_seal"
        indexes = [models.Index(fields=["time"], name="audit_seal_time")]

    def __str__(self) -> str:
        return f"seal {self.no} over {self.count} rows"


class AuditPrune(AppendOnly):
    """A sealed batch whose rows retention may delete; `event_id` is the `audit.pruned` row that says so."""

    seal_no = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField()
    time = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        db_table = "audit_prune"

    def __str__(self) -> str:
        return f"seal {self.seal_no} pruned"


class AuditVerification(models.Model):
    """What one run of the verifier found. `broken` is the first fault in words, empty where there was none."""

    id = models.BigAutoField(primary_key=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(default=0)
    seals = models.BigIntegerField(default=0)
    broken = models.CharField(max_length=500, default="")
    asked_by = models.CharField(max_length=150)

    class Meta:
        db_table = "audit_verification"
        indexes = [models.Index(fields=["started_at"], name="audit_verification_started")]

    def __str__(self) -> str:
        return f"verification of {self.started_at:%Y-%m-%d %H:%M}"


class AuditRollup(models.Model):
    """How many sealed acts there were in one hour or day (UTC), by event, outcome, Cognito error and client.

    Begin rows are not counted. Kept in the transaction of each seal, so that it always equals a recount.
    """

    class Grain(models.TextChoices):
        HOUR = "hour"
        DAY = "day"

    id = models.BigAutoField(primary_key=True)
    grain = models.CharField(max_length=4, choices=Grain)
    start = models.DateTimeField()
    event = models.CharField(max_length=48)
    outcome = models.CharField(max_length=32)
    error_code = models.CharField(max_length=128)
    client_id = models.CharField(max_length=128)
    acts = models.BigIntegerField()

    class Meta:
        db_table = "audit_rollup"
        constraints = [
            models.UniqueConstraint(
                fields=["grain", "start", "event", "outcome", "error_code", "client_id"],
                name="audit_rollup_cell",
            )
        ]
        # All that a chart of some events reads, so that it passes by the cells of the others.
        indexes = [
            models.Index(fields=["grain", "event", "start", "outcome", "acts"], name="audit_rollup_event")
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.outcome} in the {self.grain} of {self.start:%Y-%m-%d %H:%M}"
