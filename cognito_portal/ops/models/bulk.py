"""One act on many accounts, and what became of each."""

from django.conf import settings
from django.db import models

from cognito_portal.ops.models.job import Job


class BulkAct(Job):
    """An act on a selection. `title` is its reason; `staff` is who began it, whose own account is left out."""

    act = models.CharField(max_length=32)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        db_table = "ops_bulk_act"
        indexes = [models.Index(fields=["made_at"], name="ops_bulk_act_made")]

    def __str__(self) -> str:
        return f"{self.act} on many, {self.id}"


class BulkActItem(models.Model):
    """One account of a selection, by its sub; its name stands in the index alone.

    SENDING stands from the call's begin row to its end row. UNKNOWN is never sent again: nobody knows whether it
    was carried out. SKIPPED: it did not apply when its turn came. `problem` is a fixed word or Cognito's code.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        UNKNOWN = "unknown"
        DONE = "done"
        UNDELIVERED = "undelivered"
        SKIPPED = "skipped"
        REFUSED = "refused"

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(BulkAct, models.CASCADE, related_name="items", db_index=False)
    number = models.IntegerField()
    sub = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    problem = models.CharField(max_length=128, default="")
    call_id = models.CharField(max_length=32, default="")
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ops_bulk_act_item"
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="ops_bulk_act_item_row"),
            models.UniqueConstraint(fields=["job", "sub"], name="ops_bulk_act_item_once"),
        ]
        indexes = [
            models.Index(fields=["job", "state", "number"], name="ops_bulk_act_item_state"),
            models.Index(fields=["state", "claimed_at"], name="ops_bulk_act_item_claimed"),
        ]

    def __str__(self) -> str:
        return f"account {self.number} of {self.job_id}"
