"""That staff know who has an account: what they saw, who says so, and who agreed.

The constraints here keep states apart that cannot stand together; cognito_portal.ops.verifications.guard has the
database refuse to remove a record or to change what stands in it.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

LONGEST_NOTE = 500
LONGEST_WHY = 200


class State(models.TextChoices):
    """How a verification stands."""

    WAITING = "waiting", _("Waits for a second person")
    STANDS = "stands", _("Verified")
    REFUSED = "refused", _("Refused")
    UNDONE = "undone", _("Undone")


class Method(models.TextChoices):
    """By what staff know the person."""

    DOCUMENT = "document", _("Identity document seen")
    CALL_BACK = "call_back", _("Called back on a known number")
    MANAGER = "manager", _("Their manager’s word")


def _both_or_neither(act: str, *, has_why: bool) -> Q:
    neither = Q(**{f"{act}_at__isnull": True, f"{act}_by": ""})
    both = Q(**{f"{act}_at__isnull": False}) & ~Q(**{f"{act}_by": ""})
    if has_why:
        neither &= Q(**{f"{act}_why": ""})
        both &= ~Q(**{f"{act}_why": ""})
    return neither | both


_OPEN = Q(approved_at__isnull=True, refused_at__isnull=True, undone_at__isnull=True)


class AccountVerification(models.Model):
    """One verification of one account. Times are UTC; whoever acted is named as in the log (`staff:<id>`).

    `marks` is what else was asked for once it stands: `confirm`, `email` and `phone_number`, the last two with
    a keyed digest of the address that was seen. Of a person who is forgotten `sub` is empty and no text is left.
    """

    id = models.BigAutoField(primary_key=True)
    pool_id = models.CharField(max_length=64)
    sub = models.CharField(max_length=64)
    method = models.CharField(max_length=16, choices=Method)
    note = models.CharField(max_length=LONGEST_NOTE)
    marks = models.JSONField(default=dict)
    needs_second = models.BooleanField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, default="")
    refused_at = models.DateTimeField(null=True)
    refused_by = models.CharField(max_length=150, default="")
    refused_why = models.CharField(max_length=LONGEST_WHY, default="")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, default="")
    undone_why = models.CharField(max_length=LONGEST_WHY, default="")

    class Meta:
        db_table = "ops_verification"
        indexes = [models.Index(fields=["pool_id", "sub", "-asked_at"], name="ops_verification_account")]
        constraints = [
            models.UniqueConstraint(
                fields=["pool_id", "sub"],
                condition=Q(needs_second=True) & ~Q(sub="") & _OPEN,
                name="ops_verification_one_waits",
            ),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="ops_verification_method"),
            models.CheckConstraint(
                condition=~Q(approved_by=F("asked_by")) & ~Q(refused_by=F("asked_by")),
                name="ops_verification_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(asked_by="")
                & _both_or_neither("approved", has_why=False)
                & _both_or_neither("refused", has_why=True)
                & _both_or_neither("undone", has_why=True),
                name="ops_verification_who_and_why",
            ),
            models.CheckConstraint(
                condition=Q(needs_second=True) | Q(approved_at__isnull=True, refused_at__isnull=True),
                name="ops_verification_nobody_asked",
            ),
            models.CheckConstraint(
                condition=Q(refused_at__isnull=True) | Q(approved_at__isnull=True, undone_at__isnull=True),
                name="ops_verification_refused_is_over",
            ),
        ]

    def __str__(self) -> str:
        return f"verification {self.id} of {self.sub or 'somebody forgotten'}"

    @property
    def state(self) -> State:
        """How it stands."""
        if self.undone_at is not None:
            return State.UNDONE
        if self.refused_at is not None:
            return State.REFUSED
        return State.WAITING if self.needs_second and self.approved_at is None else State.STANDS

    @property
    def can_be_undone(self) -> bool:
        """Whether it stands or waits: what is refused or undone is over."""
        return self.state in (State.WAITING, State.STANDS)
