"""Who does which background work at the moment."""

from django.db import models


class Lease(models.Model):
    """The right of one worker to run one job. `until` is by the database's clock; in the past it is nobody's.

    `seen_at` is when a worker last said that it is alive, `ran_at` when the job last ended well. `failures`
    counts those in a row, and `error` is the class of the last one.
    """

    name = models.CharField(primary_key=True, max_length=64)
    holder = models.CharField(max_length=64, default="")
    until = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    ran_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    error = models.CharField(max_length=64, default="")

    class Meta:
        db_table = "worker_lease"

    def __str__(self) -> str:
        return f"{self.name} by {self.holder or 'nobody'}"
