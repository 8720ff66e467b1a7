"""Where rows are sent as they are sealed, and how each sending went."""

from django.db import models


class Push(models.Model):
    """A receiver of rows: a webhook that an admin entered, or the stream of the setting AUDIT_STREAM.

    `next_leaf` is the first sealed row (AuditLeaf.leaf_no) that it has not taken yet. `events` lists the events
    it wants, comma separated; empty means all. `sealed_secret` is what deliveries are signed with, encrypted.
    """

    class Kind(models.TextChoices):
        WEBHOOK = "webhook"
        STREAM = "stream"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind)
    target = models.CharField(max_length=500)
    events = models.CharField(max_length=4000, default="", blank=True)
    sealed_secret = models.CharField(max_length=400, default="")
    is_active = models.BooleanField(default=True)
    next_leaf = models.BigIntegerField()
    failures = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    class Meta:
        db_table = "audit_push"
        constraints = [models.UniqueConstraint(fields=["kind", "target"], name="audit_push_target")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Delivery(models.Model):
    """One try to hand a batch to a receiver. `status` is the HTTP status, where there was an answer."""

    id = models.BigAutoField(primary_key=True)
    push = models.ForeignKey(Push, models.CASCADE, related_name="deliveries")
    at = models.DateTimeField()
    first_leaf = models.BigIntegerField()
    rows = models.IntegerField()
    status = models.IntegerField(null=True)
    problem = models.CharField(max_length=200, default="")
    duration_ms = models.IntegerField()

    class Meta:
        db_table = "audit_delivery"

    def __str__(self) -> str:
        return f"delivery {self.id} of {self.rows} rows"
