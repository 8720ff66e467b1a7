"""Verifications as pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from cognito_portal.audit import queries
from cognito_portal.audit.pages.reading import staff_names
from cognito_portal.ops.models import AccountVerification
from cognito_portal.ops.models.verifications import State

MOST = 100
HISTORY = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One verification with the names of whoever acted, and of whom it is of; empty where none is known any more."""

    record: AccountVerification
    person: str
    asked_by: str
    approved_by: str
    refused_by: str
    undone_by: str

    @property
    def state(self) -> State:
        return self.record.state


def waiting(*, limit: int = MOST) -> list[Shown]:
    """What waits for a second person, the oldest first. Raises django.db.Error."""
    waits = Q(needs_second=True, approved_at=None, refused_at=None, undone_at=None)
    found = AccountVerification.objects.filter(waits, pool_id=settings.COGNITO_USER_POOL_ID)
    return shown(found.exclude(sub="").order_by("asked_at", "id")[:limit])


def of_account(sub: str) -> list[Shown]:
    """The verifications of an account, the newest first. Raises django.db.Error."""
    if not sub:
        return []
    found = AccountVerification.objects.filter(pool_id=settings.COGNITO_USER_POOL_ID, sub=sub)
    return shown(found.order_by("-asked_at", "-id")[:HISTORY])


def shown(records: Iterable[AccountVerification]) -> list[Shown]:
    """Records with names. Raises django.db.Error."""
    found = list(records)
    staff = staff_names(actor for each in found for actor in _actors(each))
    people = queries.names_of_subs(
        pool_id=settings.COGNITO_USER_POOL_ID, subs=sorted({each.sub for each in found if each.sub})
    )
    return [
        Shown(
            record=each,
            person=people.get(each.sub, each.sub),
            **{name: staff.get(actor, actor) for name, actor in zip(_WHO, _actors(each), strict=True)},
        )
        for each in found
    ]


_WHO = ("asked_by", "approved_by", "refused_by", "undone_by")


def _actors(each: AccountVerification) -> Sequence[str]:
    return [getattr(each, name) for name in _WHO]
