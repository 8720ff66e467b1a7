"""Which accounts of a selection an act is for, by what the index knows; each is read anew when its turn comes."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.translation import gettext as _

from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts import flow
from cognito_portal.ops.acts.entry import Entry
from cognito_portal.ops.index import search
from cognito_portal.ops.index.entries import chosen_attributes
from cognito_portal.ops.index.filters import AccountFilter
from cognito_portal.ops.index.words import Term
from cognito_portal.ops.models import PoolIndexEntry

NOT_KEPT = "?"
"""Stands for an address that the index does not keep, so that nothing is left out for want of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Accounts that an act is for, and those left out with why."""

    entries: Sequence[PoolIndexEntry]
    left_out: Sequence[tuple[PoolIndexEntry, str]]

    @property
    def subs(self) -> list[str]:
        """The subs of those that it is for."""
        return [each.sub for each in self.entries]


def of_filter(asked: AccountFilter, term: Term) -> list[PoolIndexEntry]:
    """The first BULK_MOST accounts of a filter, in its order. Raises django.db.Error."""
    return search.page(asked, term, limit=settings.BULK_MOST).entries


def of_subs(subs: Sequence[str]) -> list[PoolIndexEntry]:
    """The accounts with these subs that the index has, in this order, at most BULK_MOST. Raises django.db.Error."""
    wanted = list(dict.fromkeys(subs))[: settings.BULK_MOST]
    pool_id = settings.COGNITO_USER_POOL_ID
    found = {each.sub: each for each in PoolIndexEntry.objects.filter(pool_id=pool_id, sub__in=wanted)}
    return [found[sub] for sub in wanted if sub in found]


def choose(
    entry: Entry, entries: Sequence[PoolIndexEntry], *, user: AbstractBaseUser | AnonymousUser
) -> Chosen:
    """Tell those that an act is for from the others."""
    judged = [(each, _why_not(entry, as_account(each), user)) for each in entries]
    return Chosen(
        entries=[each for each, why_not in judged if not why_not],
        left_out=[(each, why_not) for each, why_not in judged if why_not],
    )


def _why_not(entry: Entry, account: PoolUser, user: AbstractBaseUser | AnonymousUser) -> str:
    if flow.is_oneself(user, account):
        return _("Nobody acts on an account of their own. Ask a colleague.")
    return entry.why_not(account)


def as_account(entry: PoolIndexEntry) -> PoolUser:
    """An account as far as the index knows it."""
    kept = chosen_attributes()
    has = {
        "sub": entry.sub,
        "email": entry.email if "email" in kept else NOT_KEPT,
        "email_verified": str(entry.email_verified).lower(),
        "phone_number": entry.phone_number if "phone_number" in kept else NOT_KEPT,
        "phone_number_verified": str(entry.phone_number_verified).lower(),
    }
    return PoolUser(
        username=entry.username,
        status=entry.status,
        enabled=entry.enabled,
        attributes={name: value for name, value in has.items() if value},
        created_at=entry.created_at.timestamp(),
        modified_at=entry.modified_at.timestamp(),
        mfa_factors=(),
        preferred_mfa=None,
    )
