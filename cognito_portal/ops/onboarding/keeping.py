"""How long people's names stay in lists: ONBOARDING_KEEP_DAYS after the end, and no longer than they wish.

A list that staff leave paused, or never start, for as long is ended then, and its names go with it.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from cognito_portal.audit.forgetting import Forgetting
from cognito_portal.audit.record import account_of
from cognito_portal.ops.models import OnboardingItem, OnboardingJob
from cognito_portal.ops.onboarding import steering
from cognito_portal.ops.onboarding.results import Why
from cognito_portal.ops.onboarding.sealed import opened

ERASED = "erased"
_Item = OnboardingItem.State


def erase_old() -> int:
    """End lists that were left alone, and erase what rows of lists said that are long over; how many lists.

    Raises AuditUnavailable and django.db.Error.
    """
    return erase_before(timezone.now() - timedelta(days=settings.ONBOARDING_KEEP_DAYS))


def erase_before(end: datetime) -> int:
    """The same for lists that were over, paused or drafted before this moment."""
    steering.end_left(before=end, now=timezone.now())
    # What a row was sent for and nobody answered is looked up by its name first.
    unclear = OnboardingItem.objects.filter(state__in=(_Item.SENDING, _Item.UNKNOWN))
    left = Q(state=OnboardingJob.State.CANCELLED, why=Why.LEFT) & ~Q(id__in=unclear.values("job_id"))
    over = OnboardingJob.objects.filter(Q(finished_at__lt=end) | left, erased_at__isnull=True)
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
