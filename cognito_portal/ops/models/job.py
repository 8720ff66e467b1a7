"""What long pieces of work of the desk have in common (cognito_portal.ops.jobs)."""

from django.db import models


class Job(models.Model):
    """One piece of work on many people. `title` is what staff call it or why they do it, without anybody's name.

    `why` is a fixed word for what made it wait or pause, and `lacking` the IAM action that was missing.
    `paused_at` is since when it waits for staff. `turns` counts the calls begun, so that each has a turn of its
    own in the log. `failures` counts the calls in a row that came to nothing.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        WAITING = "waiting"
        PAUSED = "paused"
        FINISHED = "finished"
        CANCELLED = "cancelled"

    id = models.CharField(primary_key=True, max_length=32)
    pool_id = models.CharField(max_length=64)
    title = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    why = models.CharField(max_length=32, default="")
    lacking = models.CharField(max_length=64, default="")
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    started_by = models.CharField(max_length=150, default="")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    wait_until = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    turns = models.IntegerField(default=0)
    failures = models.IntegerField(default=0)

    class Meta:
        abstract = True
