"""The invitation ledger: how far each invited account has come. It can be thrown away and made again."""

from django.db import models

from cognito_portal.ops.models.index import PoolIndexEntry


class Invitation(models.Model):
    """The present invitation of one account (cognito_portal.ops.ledger.lines makes it out of the log).

    `sent_at` is when it was last sent, `sent_by` who did it as the log names them (`staff:<id>`), empty where it was
    not this portal; `medium` is EMAIL or SMS where that is known. A time is None where it did not happen, or where
    nobody here saw when. `is_open`: no password is set yet. `moved_at` is the latest of all times. `changed_at` is
    the account's own date of change that this was made of. `reminder` is the outcome of the last reminder as in
    the log. `is_anew`: what is here must not be kept when it is made again, since somebody was forgotten.
    """

    class Stage(models.IntegerChoices):
        """How far it has come, each behind the one before it."""

        SENT = 0
        OPENED = 1
        PASSWORD_SET = 2
        VERIFIED = 3

    id = models.BigAutoField(primary_key=True)
    entry = models.OneToOneField(PoolIndexEntry, models.CASCADE, related_name="invitation")
    pool_id = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    sent_by = models.CharField(max_length=150, default="")
    medium = models.CharField(max_length=8, default="")
    is_undelivered = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    password_at = models.DateTimeField(null=True)
    factor_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    stage = models.SmallIntegerField(choices=Stage)
    is_open = models.BooleanField()
    moved_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    reminder = models.CharField(max_length=32, default="")
    is_anew = models.BooleanField(default=False)

    class Meta:
        db_table = "ops_invitation"
        indexes = [
            models.Index(fields=["pool_id", "sent_at", "id"], name="ops_invitation_sent"),
            models.Index(fields=["pool_id", "moved_at", "id"], name="ops_invitation_moved"),
            models.Index(fields=["pool_id", "is_open", "sent_at", "id"], name="ops_invitation_open"),
            models.Index(fields=["pool_id", "stage", "sent_at", "id"], name="ops_invitation_stage"),
            models.Index(fields=["pool_id", "sent_by", "sent_at", "id"], name="ops_invitation_sender"),
            # All that the funnel reads, so that it reads no line.
            models.Index(
                fields=["pool_id", "sent_by", "stage", "factor_at", "sent_at"], name="ops_invitation_funnel"
            ),
            models.Index(
                fields=["pool_id", "sent_at", "id"],
                name="ops_invitation_undelivered",
                condition=models.Q(is_undelivered=True),
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of entry {self.entry_id}"


class InvitationLedger(models.Model):
    """How far the ledger of a pool is read: the sealed row of the log, and the entry of the index, that come next.

    `seen_entry` is the newest entry of the run before: younger ones may yet be committed out of their order.
    """

    pool_id = models.CharField(primary_key=True, max_length=64)
    next_leaf = models.BigIntegerField()
    next_entry = models.BigIntegerField(default=0)
    seen_entry = models.BigIntegerField(default=0)

    class Meta:
        db_table = "ops_invitation_ledger"

    def __str__(self) -> str:
        return f"ledger of {self.pool_id} up to row {self.next_leaf}"
