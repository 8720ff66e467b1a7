"""The log itself: its rows, and the people they speak of apart from them.

Rows are written by cognito_portal.audit.record.
"""

from django.db import models
from django.db.models import Q

from cognito_portal.audit.models.append_only import AppendOnly


class AuditPerson(AppendOnly):
    """One way of naming one person: typed so, known to Cognito so.

    All spellings of one account (stripped, NFKC, case-folded) in one pool share `person_id`; what links an
    alias to it is a `sub` that both have. `commitment` = SHA-256 over `salt` and the four parts of the name
    (cognito_portal.audit.record.commitment_of); audit rows carry it, so removing these rows forgets the
    person and leaves every audit row whole. Parts of a name are found by AuditNamePart, which goes with it.
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


class AuditNamePart(models.Model):
    """Three letters in a row out of `account` or `sub` of an AuditPerson, by which part of a name is found; and
    the first one and two of `account`, after cognito_portal.audit.people.NAME_START.

    A trigger removes them with their person.
    """

    id = models.BigAutoField(primary_key=True)
    part = models.CharField(max_length=3)
    person = models.ForeignKey(AuditPerson, models.DO_NOTHING, db_constraint=False, db_index=False)

    class Meta:
        db_table = "audit_name_part"
        indexes = [
            models.Index(fields=["part", "person"], name="audit_name_part_part"),
            models.Index(fields=["person"], name="audit_name_part_person"),
        ]

    def __str__(self) -> str:
        return f"{self.part} in {self.person_id}"


class AuditEvent(AppendOnly):
    """One row of the audit log. It names nobody: `person_id` and `person_commitment` point to AuditPerson.

    `time` is UTC. `address_key` is what the throttle counts by: an IPv4 address, or an IPv6 /64. `turn` is
    set in begin rows alone, where (attempt_id, turn) makes a step something that is taken once. `count` is
    how many acts a summary row stands for. `once` names a row of which there may be only one. `call_id` joins
    the two rows of a call; the row of an act without a call has one of its own.

    `mac` = HMAC-SHA256 under the key `key_id` over all columns but `id` and `address_packed`
    (cognito_portal.audit.proof.canonical); rows of version 1 have none. `address_packed` is `address` as 16
    bytes, IPv4 as ::ffff:a.b.c.d, so that a network is a range; empty where it is no address.
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
    key_id = models.CharField(max_length=16, null=True)
    mac = models.BinaryField(max_length=32, null=True)
    address_packed = models.BinaryField(max_length=16, null=True)

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
            # One for each filter of the auditors' page, each in the order in which that shows its rows.
            models.Index(fields=["event", "time", "id"], name="audit_event_event"),
            models.Index(
                fields=["outcome", "time", "id"], name="audit_event_outcome", condition=Q(outcome__gt="")
            ),
            models.Index(
                fields=["error_code", "time", "id"], name="audit_event_error", condition=Q(error_code__gt="")
            ),
            models.Index(fields=["client_id", "time", "id"], name="audit_event_client"),
            models.Index(
                fields=["actor", "time", "id"], name="audit_event_actor", condition=~Q(actor="visitor")
            ),
            models.Index(fields=["address_packed", "time", "id"], name="audit_event_packed"),
            models.Index(fields=["request_id"], name="audit_event_request", condition=Q(request_id__gt="")),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.event} {self.phase} {self.outcome}"
