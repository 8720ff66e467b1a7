"""What auditors typed of a person who is forgotten: it goes out of the filters that are kept.

Searches, reviews and exports keep the query string of their filter. No row of the log and no signature covers
it: a review's row has the review's id alone, and the manifest of an export lies beside its file.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.http import QueryDict

from cognito_portal.audit.filters import MAX_QUERY
from cognito_portal.audit.models import Export, Review, SavedSearch
from cognito_portal.audit.names import PART, TooManyPeople, find_people
from cognito_portal.audit.sql import fetch
from cognito_portal.audit.storable import account_of

WITHOUT_ID = "-"
"""Stands for the person where the id would make the query too long."""


def redact(names: Mapping[str, str]) -> int:
    """Take a person's names out of every filter that is kept; how many filters those were.

    `names` are the folded names and subs, each with the person id it went by; they are deleted already. What
    was typed gives way to that id, which finds the rows of that name, unless it means somebody else still known.
    Raises django.db.Error.
    """
    kept: list[type[Model]] = [SavedSearch, Review, Export]
    return sum(_redact(model, names) for model in kept) + _redact_titles(names)


def _redact(model: type[Model], names: Mapping[str, str]) -> int:
    redacted = 0
    rows = model._default_manager.filter(query__contains="person=").values_list("pk", "query")
    for pk, query in rows:
        params = QueryDict(query, mutable=True)
        person_id = _meant(params.get("person", ""), names)
        if person_id:
            redacted += _change(model, pk, query=_with_person(params, person_id))
    return redacted


def _redact_titles(names: Mapping[str, str]) -> int:
    """A search may be called after whom it looks for."""
    gone = [name for name in names if len(name) >= PART and not _means_somebody(f'"{name}"')]
    titles = SavedSearch.objects.values_list("pk", "name")
    named = [pk for pk, title in titles if any(name in account_of(title) for name in gone)]
    return sum(_change(SavedSearch, pk, name=f"search {pk}") for pk in named)


def _change(model: type[Model], pk: Any, **columns: str) -> int:
    return model._default_manager.filter(pk=pk).update(**columns)


def _meant(typed: str, names: Mapping[str, str]) -> str:
    """The id of the person whom this text named and names no more; "" where it did not, or means others too."""
    text = account_of(typed.strip('"'))
    ids = [person_id for name, person_id in names.items() if _names(text, name)]
    if not ids:
        return ""
    # A whole name is one, though another one may have it in it.
    asked = f'"{text}"' if text in names else typed
    return "" if _means_somebody(asked) else names.get(text, ids[0])


def _names(text: str, name: str) -> bool:
    return bool(text) and (text in name or (len(name) >= PART and name in text))


def _means_somebody(text: str) -> bool:
    try:
        return bool(find_people(text, fetch).ids)
    except TooManyPeople:
        return True


def _with_person(params: QueryDict, person: str) -> str:
    params["person"] = person
    query = params.urlencode()
    return query if len(query) <= MAX_QUERY else _with_person(params, WITHOUT_ID)
