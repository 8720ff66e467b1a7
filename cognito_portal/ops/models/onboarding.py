"""A table of people to invite, and what became of each of its rows."""

from django.db import models

from cognito_portal.ops.models.job import Job


class OnboardingJob(Job):
    """One file or paste of rows. `columns` are the attributes that the file had, `not_sent` its other columns."""

    columns = models.JSONField(default=list)
    not_sent = models.JSONField(default=list)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ops_onboarding_job"
        indexes = [models.Index(fields=["made_at"], name="ops_onboarding_job_made")]

    def __str__(self) -> str:
        return f"onboarding {self.id}"


class OnboardingItem(models.Model):
    """One row, by its number in the file. `sealed` holds its values and what is wrong about it, encrypted.

    BAD is never sent. SENDING stands from the call's begin row to its end row; UNKNOWN has to be looked up
    before anything else happens to it. `problem` is the code of what was answered last, `claimed_at` when the
    row was last sent, `tries` how often nobody knew what became of it. `by_mail`: the invitation is an e-mail.
    """

    class State(models.TextChoices):
        BAD = "bad"
        WAITING = "waiting"
        SENDING = "sending"
        UNKNOWN = "unknown"
        DONE = "done"
        EXISTS = "exists"
        MAIL_FAILED = "mail_failed"
        REFUSED = "refused"

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(OnboardingJob, models.CASCADE, related_name="items", db_index=False)
    number = models.IntegerField()
    sealed = models.TextField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    problem = models.CharField(max_length=128, default="")
    by_mail = models.BooleanField(default=True)
    sub = models.CharField(max_length=64, default="")
    call_id = models.CharField(max_length=32, default="")
    claimed_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)

    class Meta:
        db_table = "ops_onboarding_item"
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="ops_onboarding_item_row")]
        indexes = [
            models.Index(fields=["job", "state", "number"], name="ops_onboarding_item_state"),
            models.Index(fields=["claimed_at"], name="ops_onboarding_item_claimed"),
        ]

    def __str__(self) -> str:
        return f"row {self.number} of onboarding {self.job_id}"
