"""The page of flags, and what an auditor makes of one."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit.insight import flags, tries
from cognito_portal.audit.insight.rules import RULES, Kind, Rule
from cognito_portal.audit.models import Flag
from cognito_portal.audit.pages.reading import staff_names
from cognito_portal.audit.search import Place

PAGE = 50
MAX_NOTE = 1000
MAX_ID_DIGITS = 18
TABS: tuple[tuple[str, str, str | Promise], ...] = (
    ("open", Flag.State.OPEN.value, gettext_lazy("Open")),
    ("valid", Flag.State.VALID.value, gettext_lazy("Valid")),
    ("not-valid", Flag.State.NOT_VALID.value, gettext_lazy("Not valid")),
)
"""As the URL says it, as it is stored, as people read it."""
STATES = {name: stored for name, stored, _label in TABS}
SEVERITIES: dict[str, tuple[str | Promise, str]] = {
    "high": (gettext_lazy("High"), "bad"),
    "medium": (gettext_lazy("Medium"), "warn"),
    "low": (gettext_lazy("Low"), "plain"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a judgement was not taken, and what was typed with it."""

    text: str
    note: str = ""


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The newest flags of one state, the open ones unless another is asked for."""
    tab, before = request.GET.get("state", "open"), request.GET.get("before")
    if tab not in STATES:
        raise Http404
    found = Flag.objects.filter(state=STATES[tab]).order_by("-last_at", "-id")
    if before is not None:
        place = _parsed(before)
        found = found.filter(last_at__lte=place.time).exclude(last_at=place.time, id__gte=place.id)
    rows = list(found[: PAGE + 1])
    older = rows[PAGE - 1] if len(rows) > PAGE else None
    place_of_older = str(Place(older.last_at.astimezone(UTC), older.id)) if older else ""
    context = _context(rows[:PAGE], tab) | {
        "older": urlencode({"state": tab, "before": place_of_older}) if older else "",
        "judged": _judged(request.GET.get("judged", "")),
    }
    return render(request, "audit/flags.html", context)


@staff_role(Role.AUDITORS)
@require_POST
@never_cache
def judge(request: HttpRequest) -> HttpResponse:
    """Mark a flag valid or not, with a note."""
    flag = _flag_of(request.POST.get("flag", ""))
    note = request.POST.get("note", "").strip()
    judgement = request.POST.get("judgement", "")
    if judgement not in ("valid", "not-valid"):
        return _refused(request, flag, Problem(_("Say whether the flag is valid or not."), note), status=400)
    if len(note) > MAX_NOTE:
        too_long = _("The note is too long: at most %(limit)d characters.") % {"limit": MAX_NOTE}
        return _refused(request, flag, Problem(too_long, note), status=400)
    if request.POST.get("was") != flag.state:
        meanwhile = _("Somebody has judged this flag meanwhile. Look at it once more, then decide.")
        return _refused(request, flag, Problem(meanwhile, note), status=409)
    flags.judge(flag, valid=judgement == "valid", note=note, by=actor(request))
    return redirect(f"{reverse('audit:flags')}?{urlencode({'judged': flag.id})}")


def _refused(request: HttpRequest, flag: Flag, problem: Problem, *, status: int) -> HttpResponse:
    tab = next(name for name, stored, _label in TABS if stored == flag.state)
    return render(request, "audit/flags.html", _context([flag], tab) | {"problem": problem}, status=status)


def _flag_of(number: str) -> Flag:
    flag = None
    if number.isascii() and number.isdigit() and len(number) <= MAX_ID_DIGITS:
        flag = Flag.objects.filter(id=int(number)).first()
    if flag is None:
        raise Http404
    return flag


def _parsed(text: str) -> Place:
    try:
        return Place.parse(text)
    except ValueError:
        raise Http404 from None


def _judged(number: str) -> dict[str, Any] | None:
    """The flag that was judged a moment ago, to be told so."""
    if not number:
        return None
    flag = _flag_of(number)
    return _read(flag, {}) if flag.state != Flag.State.OPEN else None


def _context(found: list[Flag], tab: str) -> dict[str, Any]:
    judges = staff_names(flag.judged_by for flag in found)
    return {
        "flags": [_read(flag, judges) for flag in found],
        "tabs": [{"name": name, "label": label, "is_current": name == tab} for name, _stored, label in TABS],
        "tab": tab,
        "max_note": MAX_NOTE,
        "problem": None,
    }


def _read(flag: Flag, judges: dict[str, str]) -> dict[str, Any]:
    """A flag with words beside its codes. A kind of another release is shown as it is."""
    rule = RULES[Kind(flag.kind)] if flag.kind in set(Kind) else None
    severity, tone = SEVERITIES[rule.severity] if rule else ("", "plain")
    return {
        "flag": flag,
        "label": rule.label if rule else flag.kind,
        "explanation": rule.sentence if rule else "",
        "severity": severity,
        "tone": tone,
        "about": rule.subject if rule else "",
        "subject": _named(flag, rule),
        "state_label": next(label for _name, stored, label in TABS if stored == flag.state),
        "judge": judges.get(flag.judged_by, flag.judged_by),
    }


def _named(flag: Flag, rule: Rule | None) -> str:
    """The subject as people call it; a person who was forgotten has no name."""
    if rule is None or rule.subject != "person":
        return flag.subject
    person = tries.find_person(flag.subject)
    return (person.canonical or person.typed) if person else ""
