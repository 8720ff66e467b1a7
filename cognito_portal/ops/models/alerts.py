"""Up to where the help desk was told of what is new."""

from django.db import models


class Alert(models.Model):
    """One row: the ids of the newest request and the newest flag that a mail told of, and when it was sent."""

    id = models.SmallIntegerField(primary_key=True)
    request_id = models.BigIntegerField(default=0)
    flag_id = models.BigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ops_alert"

    def __str__(self) -> str:
        return f"told up to request {self.request_id} and flag {self.flag_id}"
