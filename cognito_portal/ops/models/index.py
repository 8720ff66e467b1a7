"""The local index of the pool: a copy of chosen attributes that can be thrown away and made again."""

from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands where there is no such time, so that every order has a place for the row."""

_FLAGS = {
    "is_unreachable": "ops_pool_index_unreachable",
    "has_unverified_email": "ops_pool_index_unverified",
    "is_incomplete": "ops_pool_index_incomplete",
    "has_twin": "ops_pool_index_twin",
}


class PoolIndexEntry(models.Model):
    """One account as Cognito last told it (cognito_portal.ops.index.entries writes it).

    `folded` and `email_folded` are normalised as the log's account names are. `search_text` holds, folded and a
    line each, all that a part of may be searched for. `attributes` are those that POOL_INDEX_ATTRIBUTES names.
    `mfa` is a comma list, empty where nobody has read the account by itself. `generation` is the number of the
    pass that saw the account last. The last two times come out of the audit log
    (cognito_portal.ops.index.sign_ins), which `times_due` has asked for them. What keeps an account out, or will,
    stands in four flags (cognito_portal.ops.index.flags).
    """

    class Due(models.IntegerChoices):
        """Whether the times have to be asked of the log: anew, where what is here must not be kept."""

        NOT = 0
        LATER = 1
        ANEW = 2

    id = models.BigAutoField(primary_key=True)
    pool_id = models.CharField(max_length=64)
    sub = models.CharField(max_length=64)
    username = models.CharField(max_length=128)
    folded = models.CharField(max_length=256)
    email = models.CharField(max_length=256, default="")
    email_folded = models.CharField(max_length=256, default="")
    phone_number = models.CharField(max_length=64, default="")
    status = models.CharField(max_length=32)
    enabled = models.BooleanField()
    email_verified = models.BooleanField(default=False)
    phone_number_verified = models.BooleanField(default=False)
    mfa = models.CharField(max_length=128, default="")
    attributes = models.JSONField(default=dict)
    search_text = models.TextField()
    created_at = models.DateTimeField(default=NEVER)
    modified_at = models.DateTimeField(default=NEVER)
    last_sign_in_at = models.DateTimeField(default=NEVER)
    last_failure_at = models.DateTimeField(default=NEVER)
    times_due = models.SmallIntegerField(choices=Due, default=Due.LATER)
    generation = models.BigIntegerField()
    indexed_at = models.DateTimeField()
    is_unreachable = models.BooleanField(default=False)
    has_unverified_email = models.BooleanField(default=False)
    is_incomplete = models.BooleanField(default=False)
    has_twin = models.BooleanField(default=False)

    class Meta:
        db_table = "ops_pool_index"
        constraints = [models.UniqueConstraint(fields=["pool_id", "sub"], name="ops_pool_index_sub")]
        indexes = [
            # What comes after `id` in these two is looked at on the way, without going to the row.
            models.Index(
                fields=[
                    *("pool_id", "folded", "id", "enabled"),
                    *("email_verified", "phone_number_verified", "last_sign_in_at"),
                ],
                name="ops_pool_index_name",
            ),
            models.Index(
                fields=["pool_id", "status", "folded", "id", "modified_at"], name="ops_pool_index_status"
            ),
            models.Index(fields=["pool_id", "created_at", "id"], name="ops_pool_index_created"),
            models.Index(fields=["pool_id", "last_sign_in_at", "id"], name="ops_pool_index_sign_in"),
            models.Index(fields=["pool_id", "enabled", "folded", "id"], name="ops_pool_index_enabled"),
            models.Index(fields=["pool_id", "times_due", "id"], name="ops_pool_index_due"),
            models.Index(fields=["pool_id", "email_folded"], name="ops_pool_index_email"),
            models.Index(fields=["pool_id", "phone_number"], name="ops_pool_index_phone"),
            # Of few accounts, so that each flag costs nothing where it is not set.
            *(
                models.Index(fields=["pool_id", "folded", "id"], condition=Q(**{flag: True}), name=name)
                for flag, name in _FLAGS.items()
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sub} in {self.pool_id}"


class PoolIndexValue(models.Model):
    """One chosen attribute of an account, folded, to be filtered by."""

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(PoolIndexEntry, models.CASCADE, related_name="values", db_index=False)
    name = models.CharField(max_length=64)
    folded = models.CharField(max_length=256)

    class Meta:
        db_table = "ops_pool_index_value"
        constraints = [models.UniqueConstraint(fields=["entry", "name"], name="ops_pool_index_value_once")]
        indexes = [models.Index(fields=["name", "folded", "entry"], name="ops_pool_index_value_name")]

    def __str__(self) -> str:
        return f"{self.name} of {self.entry_id}"


class PoolIndexState(models.Model):
    """How far the index of a pool is: the pass at hand, the last whole one, and what stands in its way.

    `token` is Cognito's PaginationToken of the next page, empty between passes. `attributes` are those that the
    pass at hand keeps. `problem` is an outcome of the log, `lacking` an IAM action. `next_leaf` is the sealed row
    of the log from which sign-ins have yet to be read.
    """

    pool_id = models.CharField(primary_key=True, max_length=64)
    generation = models.BigIntegerField(default=0)
    token = models.TextField(default="")
    is_running = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    seen = models.BigIntegerField(default=0)
    attributes = models.TextField(default="")
    whole_at = models.DateTimeField(null=True)
    accounts = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=32, default="")
    lacking = models.CharField(max_length=64, default="")
    problem_at = models.DateTimeField(null=True)
    next_leaf = models.BigIntegerField(default=0)

    class Meta:
        db_table = "ops_pool_index_state"

    def __str__(self) -> str:
        return f"pass {self.generation} of {self.pool_id}"


class SavedView(models.Model):
    """A filter of the list of accounts under a name. `query` holds no name of a person.

    `value` is what a chosen attribute is compared with: it stands here, and never in the address of a page.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000)
    value = models.CharField(max_length=256, default="")
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "ops_saved_view"
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="ops_saved_view_name")]

    def __str__(self) -> str:
        return self.name
