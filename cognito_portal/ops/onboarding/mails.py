"""How many invitations go out by e-mail in a day, over all lists."""

from datetime import datetime, timedelta

from django.conf import settings

from cognito_portal.ops.models import OnboardingItem

DAY = timedelta(hours=24)
_State = OnboardingItem.State
_MAY_HAVE_GONE = (_State.SENDING, _State.UNKNOWN, _State.DONE, _State.MAIL_FAILED)


def full_until(now: datetime) -> datetime | None:
    """When the next one may go out; None where that is at once. Raises django.db.Error."""
    limit: int = settings.ONBOARDING_MAILS_PER_DAY
    if limit <= 0:
        return None
    gone = OnboardingItem.objects.filter(
        by_mail=True, state__in=_MAY_HAVE_GONE, claimed_at__gt=now - DAY
    ).order_by("-claimed_at")
    # With `limit` of them gone, the oldest of those has to be a day old first.
    last = list(gone.values_list("claimed_at", flat=True)[limit - 1 : limit])
    return last[0] + DAY if last and last[0] else None
