"""What staff choose for themselves, on every browser of theirs."""

from django.conf import settings
from django.db import models


class StaffPreferences(models.Model):
    """The choices of one member of staff; whoever has no row has the defaults."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    has_shortcuts = models.BooleanField(default=True)

    class Meta:
        db_table = "ops_staff_preferences"

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"
