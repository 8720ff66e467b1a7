"""How long people's names stay in lists: ONBOARDING_KEEP_DAYS after the end, and no longer than they wish."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from cognito_portal.audit.forgetting import Forgetting
from cognito_portal.audit.record import account_of
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding.sealed import opened

ERASED = "erased"
_Item = OnboardingItem.State


def erase_old() -> int:
    """Erase what rows of lists said that are long over; drafts that nobody started go. How many lists.

    Raises django.db.Error.
    """
    return erase_before(timezone.now() - timedelta(days=settings.ONBOARDING_KEEP_DAYS))


def erase_before(end: datetime) -> int:
    """The same for lists that were over, or drafted, before this moment."""
    OnboardingJob.objects.filter(state=OnboardingJob.State.DRAFT, made_at__lt=end).delete()
    over = OnboardingJob.objects.filter(finished_at__lt=end, erased_at__isnull=True)
    ids = list(over.values_list("id", flat=True))
    for job_id in ids:
        OnboardingItem.objects.filter(job_id=job_id).update(sealed="", sub="")
        OnboardingJob.objects.filter(id=job_id).update(erased_at=timezone.now())
    return len(ids)


def forget(person: Forgetting) -> int:
    """Erase the rows that hold one of a person's names or their sub; nobody invites them any more."""
    kept = OnboardingItem.objects.filter(job__pool_id=person.pool_id).exclude(sealed="", sub="")
    theirs = [
        item_id
        for item_id, job_id, number, sealed, sub in kept.values_list(
            "id", "job_id", "number", "sealed", "sub"
        )
        if (person.sub and sub == person.sub) or _names(person, sealed, job_id, number)
    ]
    for item_id in theirs:
        item = OnboardingItem.objects.filter(id=item_id)
        item.filter(state__in=(_Item.WAITING, _Item.BAD)).update(state=_Item.REFUSED, problem=ERASED)
        item.update(sealed="", sub="")
    return len(theirs)


def _names(person: Forgetting, sealed: str, job_id: str, number: int) -> bool:
    content = opened(sealed, job_id=job_id, number=number)
    return content is not None and any(
        account_of(each) in person.accounts for each in content.values.values()
    )
