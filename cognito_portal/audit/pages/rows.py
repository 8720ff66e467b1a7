"""The list of rows that a filter shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import record, search
from cognito_portal.audit.background import worker_seen
from cognito_portal.audit.errors import AuditUnavailable
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import ANY_FAILURE, LABELS, LIMITS, PRESETS, BadFilter, Filter
from cognito_portal.audit.insight import reviews
from cognito_portal.audit.pages import reading, saved

PAGE = 50
# What is left to review is counted up to here beside every page of rows; its own page counts further.
UNREVIEWED_CAP = 1_000
PLACES = ("before", "after")


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Fifty rows of a filter, newest first; `?before=` or `?after=` is the place at which the page begins."""
    try:
        asked = Filter.parse(request.GET, now=timezone.now(), also=PLACES)
        places = _places(request.GET)
    except BadFilter as bad:
        return _refuse(request, bad)
    context = _form(request.GET) | {
        "chips": asked.chips(),
        "query": asked.query(),
        "spans": asked.spans(),
        "saved": saved.for_list(request),
    }
    try:
        context |= {"worker": worker_seen(), "unreviewed": reviews.unreviewed(UNREVIEWED_CAP)}
        return render(request, "audit/list.html", context | _found(asked, places))
    except search.TooManyPeople:
        return render(request, "audit/list.html", context | {"too_many_people": True})
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None


def _found(asked: Filter, places: Mapping[str, search.Place]) -> dict[str, Any]:
    page = search.page(asked, **places, limit=PAGE)
    first = not places
    stopped_at = page.searched_to
    direction = "after" if "after" in places else "before"
    return {
        "rows": reading.in_words(page.rows),
        "count": search.capped_count(asked) if first and page.older else None,
        "page": page,
        "newest_query": asked.query() if places else None,
        "older_query": _with(asked, before=page.older),
        "newer_query": _with(asked, after=page.newer),
        "on_query": _with(asked, **{direction: stopped_at}),
    }


def _with(asked: Filter, **place: search.Place | None) -> str:
    (name, where), *_rest = place.items()
    if where is None:
        return ""
    return "&".join(filter(None, [asked.query(), urlencode({name: str(where)})]))


def _places(params: QueryDict) -> dict[str, search.Place]:
    """Where the page begins. Raises BadFilter where that is no place, or two."""
    found = {name: params.get(name, "") for name in PLACES if name in params}
    problem = {"": _("This is no address of a page. Start again from the newest rows.")}
    if len(found) > 1:
        raise BadFilter(problem)
    try:
        return {name: search.Place.parse(str(text)) for name, text in found.items()}
    except ValueError:
        raise BadFilter(problem) from None


def _refuse(request: HttpRequest, bad: BadFilter) -> HttpResponse:
    record.note_bounded(
        event=Event.AUDIT_INPUT_REFUSED,
        outcome=Outcome.INPUT_REFUSED,
        by=actor(request),
        step=",".join(name or "filter" for name in bad.problems),
    )
    context = _form(request.GET, bad.problems) | {"problems": bad.problems, "saved": saved.for_list(request)}
    return render(request, "audit/list.html", context, status=400)


_TEXTS = ("actor", "address", "error_code", "client_id", "attempt_id", "request_id")
_TIMES = ("since", "until")


def _form(params: QueryDict, problems: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The form as it was filled in, each field with what is wrong with it."""
    problems = problems or {}
    fields: dict[str, dict[str, Any]] = {
        name: {
            "name": name,
            "label": label,
            "value": params.get(name, ""),
            "problem": problems.get(name, ""),
            "limit": LIMITS.get(name, 64),
        }
        for name, label in LABELS.items()
    }
    for name in _TIMES:
        # A field for times shows no text that is no time.
        fields[name] |= {"type": "text" if problems.get(name) else "datetime-local"}
        fields[name]["value"] = _for_input(fields[name]["value"])
    return {
        "form": fields,
        "texts": [fields[name] for name in _TEXTS],
        "times": [fields[name] for name in _TIMES],
        "more_is_open": any(params.get(name) for name in (*_TEXTS, *_TIMES, "begun")),
        "presets": [(name, label) for name, (_length, label) in PRESETS.items()],
        "events": reading.event_choices(),
        "outcomes": reading.outcome_choices(),
        "any_failure": ANY_FAILURE,
        "section": "rows",
    }


def _for_input(text: str) -> str:
    """A time in a URL as a `datetime-local` field takes it; what is none stays as it was typed."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    if moment.tzinfo:
        moment = moment.astimezone(timezone.get_default_timezone())
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
