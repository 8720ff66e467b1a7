"""What auditors leave behind: searches, reviews, exports, and what they make of flags.

Each of these acts is a row of the log too; these tables only keep what a page shows again.
"""

from django.conf import settings
from django.db import models


class SavedSearch(models.Model):
    """A filter with a name. `query` is the query string of the page."""

    id = models.BigAutoField(primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "audit_saved_search"
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="audit_saved_search_name")]

    def __str__(self) -> str:
        return self.name


class Review(models.Model):
    """An auditor's sign-off of what a filter showed, up to and including the row `last_event_id`."""

    id = models.BigAutoField(primary_key=True)
    reviewer = models.CharField(max_length=150)
    reviewed_at = models.DateTimeField()
    query = models.CharField(max_length=2000)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField()
    last_event_id = models.BigIntegerField()
    rows = models.BigIntegerField()
    remarks = models.TextField(max_length=4000)

    class Meta:
        db_table = "audit_review"
        indexes = [models.Index(fields=["reviewed_at"], name="audit_review_at")]

    def __str__(self) -> str:
        return f"review {self.id} by {self.reviewer}"


class Export(models.Model):
    """A file of rows that is made in the background. `query` is the filter, `file` the name below EXPORT_DIR."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.CharField(primary_key=True, max_length=32)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    query = models.CharField(max_length=2000)
    format = models.CharField(max_length=8)
    has_byte_order_mark = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    rows = models.BigIntegerField(default=0)
    expected_rows = models.BigIntegerField(null=True)
    alive_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    file = models.CharField(max_length=120, default="")
    size = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "audit_export"
        indexes = [models.Index(fields=["state", "asked_at"], name="audit_export_state")]

    def __str__(self) -> str:
        return f"export {self.id} as {self.format}"


class Flag(models.Model):
    """Something in the log that wants looking at. `query` is the filter that shows the rows behind it."""

    class State(models.TextChoices):
        OPEN = "open"
        VALID = "valid"
        NOT_VALID = "not valid"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=32)
    subject = models.CharField(max_length=256)
    window_start = models.DateTimeField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    rows = models.IntegerField()
    query = models.CharField(max_length=2000)
    raised_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    note = models.CharField(max_length=1000, default="")
    judged_by = models.CharField(max_length=150, default="")
    judged_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_flag"
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject", "window_start"], name="audit_flag_once")
        ]
        indexes = [models.Index(fields=["state", "-last_at"], name="audit_flag_state")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}"
