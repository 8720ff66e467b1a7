"""What staff typed of a person who is forgotten: it goes out of the views of the list of accounts that they keep.

The list itself is a copy of the pool. A person stands in it for as long as they have an account.
"""

from collections.abc import Collection, Iterator

from django.db.models import Q, QuerySet
from django.http import QueryDict

from cognito_portal.audit.forgetting import Forgetting
from cognito_portal.audit.record import account_of
from cognito_portal.ops.index import search
from cognito_portal.ops.index.filters import AccountFilter
from cognito_portal.ops.models import PoolIndexEntry, PoolIndexValue, SavedView

ERASED = "-"
"""Stands for what was compared with, so that the view finds nobody and not everybody."""
PART = 3
"""From so many characters on a name in a longer text is taken for the name."""


def forget(person: Forgetting) -> int:
    """Take a person's names and values out of every view; how many views. Raises django.db.Error.

    What another account of the list has as well is left alone: it means that one too.
    """
    names = {*person.accounts, account_of(person.sub)} - {""}
    kept = dict[str, str]()
    for entry in _entry(person):
        names |= {entry.folded, entry.email_folded, account_of(entry.phone_number)} - {""}
        kept |= dict(entry.values.values_list("name", "folded"))
    titled = list(_only_theirs(person, names, kept))
    return sum(_erase(view, person, names, kept, titled) for view in SavedView.objects.order_by("id"))


def _erase(
    view: SavedView, person: Forgetting, names: Collection[str], kept: dict[str, str], titled: Collection[str]
) -> bool:
    columns: dict[str, str] = {}
    params = QueryDict(view.query, mutable=True)
    asked = AccountFilter(
        attribute=params.get("attribute", ""), how=params.get("how", "is"), value=view.value
    )
    theirs = {*names, kept.get(asked.attribute, "")} - {""}
    if _means(asked, theirs) and not _others(person, asked, is_whole=account_of(view.value) in theirs):
        params.pop("how", None)
        columns |= {"query": params.urlencode(), "value": ERASED}
    if any(name in account_of(view.name) for name in titled):
        columns["name"] = _unused_name(view)
    return bool(columns) and bool(SavedView.objects.filter(pk=view.pk).update(**columns))


def _means(asked: AccountFilter, theirs: Collection[str]) -> bool:
    text = account_of(asked.value)
    return bool(text) and any(
        text == name or (len(name) >= PART and name in text) or (asked.how == "has" and text in name)
        for name in theirs
    )


def _only_theirs(person: Forgetting, names: Collection[str], kept: dict[str, str]) -> Iterator[str]:
    """What a view that is called after it names this person by: nobody else has it."""
    others = PoolIndexEntry.objects.exclude(pk__in=_entry(person))
    for name in names:
        whole = AccountFilter(text=f'"{name}"')
        if len(name) >= PART and not others.filter(search.with_text(whole)).exists():
            yield name
    for attribute, value in kept.items():
        asked = AccountFilter(attribute=attribute, value=value)
        if len(value) >= PART and not _others(person, asked, is_whole=True):
            yield value


def _entry(person: Forgetting) -> QuerySet[PoolIndexEntry]:
    # Where the log knows no sub, a name may stand in its place.
    which = Q(sub=person.sub) | Q(folded=account_of(person.sub))
    return PoolIndexEntry.objects.filter(which, pool_id=person.pool_id)


def _others(person: Forgetting, asked: AccountFilter, *, is_whole: bool) -> bool:
    """Whether another account of the list has this. A whole name is one, though another one may have it in it."""
    text = account_of(asked.value)
    compared = {"folded__contains": text} if asked.how == "has" and not is_whole else {"folded": text}
    found = PoolIndexValue.objects.filter(name=asked.attribute, **compared)
    return found.exclude(entry__in=_entry(person)).exists()


def _unused_name(view: SavedView) -> str:
    """What a view is called from now on. Another one of its owner may be called so already."""
    name = f"view {view.pk}"
    while SavedView.objects.filter(owner=view.owner_id, name=name).exclude(pk=view.pk).exists():
        name = f"{name}’"
    return name
