"""One account: the verdict first, then what Cognito has of it, then its story out of the log."""

from typing import Any

from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit.events import Event
from cognito_portal.audit.pages.reading import in_words
from cognito_portal.audit.queries import Row
from cognito_portal.audit.record import AuditUnavailable
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops import accounts
from cognito_portal.ops.acts.flow import is_oneself, note_shown
from cognito_portal.ops.acts.table import ENTRIES, Entry
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.diagnosis.facts import Facts, Lookup
from cognito_portal.ops.pages import done

LONGEST_SUB = 64
STORY = 30
# What tells nothing of the person, or is what ops came with.
OPEN = frozenset({"sub", "email_verified", "phone_number_verified"})


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_safe
def show(request: HttpRequest, sub: str) -> HttpResponse:
    """The account with this sub, its attributes masked. 404 where there is none."""
    return _page(request, sub, masked=True)


@staff_role(Role.OPS, Role.AUDITORS)
@never_cache
@require_POST
def attributes(request: HttpRequest, sub: str) -> HttpResponse:
    """The same page with the attributes in clear; that they were asked for is in the log first."""
    return _page(request, sub, masked=False)


def _page(request: HttpRequest, sub: str, *, masked: bool) -> HttpResponse:
    if len(sub) > LONGEST_SUB:
        raise Http404
    try:
        seen = accounts.look_at(sub, by=actor(request))
        if seen.facts.lookup is Lookup.NOT_FOUND:
            raise Http404
        if seen.account is not None and not masked:
            note_shown(seen.account, by=actor(request))
        return render(request, "ops/account.html", _context(request, sub, seen, masked=masked))
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None


def _context(request: HttpRequest, sub: str, seen: accounts.Seen, *, masked: bool) -> dict[str, Any]:
    account = seen.account
    acts = _acts(request, account) if account else []
    return {
        "sub": sub,
        "account": account,
        "verdict": seen.verdict,
        "others": [each for each in seen.others if each.sub],
        "attributes": _attributes(account, masked=masked) if account else [],
        "masked": masked,
        "story": in_words(_story(seen.facts)),
        "acts": acts,
        "may_act": bool(acts),
        "advised": seen.verdict.act.value if seen.verdict.act in _open(acts) else "",
        "done": done.take(request),
    }


def _acts(request: HttpRequest, account: PoolUser) -> list[tuple[Entry, str]]:
    """The acts, each with why it does not apply; none for whoever only looks."""
    if not is_in_group(request, Role.OPS, Role.ADMINS):
        return []
    own = _("Nobody acts on an account of their own.") if is_oneself(request.user, account) else ""
    return [(entry, own or entry.why_not(account)) for entry in ENTRIES]


def _open(acts: list[tuple[Entry, str]]) -> set[Act]:
    """Which of these whoever is here can carry out."""
    return {entry.act for entry, why_not in acts if not why_not}


def _story(facts: Facts) -> list[Row]:
    """What happened to this person; who looked at them is left to the log."""
    return [row for row in facts.rows if row.event != Event.OPS_ACCOUNT_VIEWED][:STORY]


def _attributes(account: PoolUser, *, masked: bool) -> list[tuple[str, str]]:
    return [
        (name, value if name in OPEN or not masked else mask(value))
        for name, value in sorted(account.attributes.items())
    ]


def mask(value: str) -> str:
    """A value that can be recognised and not read: its first letter, and of an address the domain's too."""
    name, at, domain = value.partition("@")
    return f"{name[:1]}•••{at}{domain[:1]}{'•••' if at else ''}"
