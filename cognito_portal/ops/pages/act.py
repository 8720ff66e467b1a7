"""One act on one account: what will happen, what it needs, why it is asked for, and what became of it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cognito_portal import clients, failures
from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.attributes import Words
from cognito_portal.audit.record import AlreadyTaken
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts import flow
from cognito_portal.ops.acts.entry import Given
from cognito_portal.ops.acts.table import BY_ACT, Entry
from cognito_portal.ops.asks import Ask
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.ops.pages import done
from cognito_portal.ops.pages.forms import FORM_ID, reason_problem
from cognito_portal.ops.pages.looking import account_of, tells_what_cognito_did_not
from cognito_portal.ops.trouble import trouble

Problem = tuple[str, Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An act, the account it is for, what it asks, and what stands against it (a fixed word and its words)."""

    sub: str
    entry: Entry
    account: PoolUser
    asks: tuple[Ask, ...] = ()
    against: tuple[str, str] | None = None

    def answered(self, posted: dict[str, str]) -> "Asked":
        """The same with what was typed and chosen."""
        return replace(self, asks=tuple(each.answered(posted) for each in self.asks))

    @property
    def given(self) -> Given:
        """What was typed and chosen, by name."""
        return {each.name: each.value for each in self.asks}


@staff_role(Role.OPS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tells_what_cognito_did_not
def act(request: HttpRequest, sub: str, name: str) -> HttpResponse:
    """Show what an act will do, and do it once a reason is given. 404 for no such act or account."""
    asked = _asked(request, sub, name)
    if request.method != "POST":
        return _page(request, asked)
    if asked.against:
        flow.refuse(asked.entry, asked.account, why=asked.against[0], by=actor(request))
        return _page(request, asked, status=409)
    asked = asked.answered(request.POST.dict())
    reason = request.POST.get("reason", "").strip()
    problems = _problems(asked, reason)
    if problems:
        return _page(request, asked, status=400, reason=reason, problems=problems)
    return _done(request, asked, reason)


def _asked(request: HttpRequest, sub: str, name: str) -> Asked:
    entry = BY_ACT.get(Act(name)) if name in set(Act) else None
    if entry is None:
        raise Http404
    # Read anew for each step of the form: the account may have changed since the page before.
    account = account_of(request, sub, step=entry.act)
    asked = Asked(sub=sub, entry=entry, account=account)
    if flow.is_oneself(request.user, account):
        own = _("Nobody acts on an account of their own. Ask a colleague.")
        return replace(asked, against=("oneself", own))
    why_not = entry.why_not(account)
    return replace(asked, against=("does_not_apply", why_not)) if why_not else _with_asks(request, asked)


def _with_asks(request: HttpRequest, asked: Asked) -> Asked:
    """The act with what it asks for; an address may name what is chosen at first."""
    try:
        asks = asked.entry.asks(clients.cognito(), asked.account)
    except CognitoError as error:
        return replace(asked, against=("cannot_ask", trouble(error)))
    if any(each.is_choice and not each.choices for each in asks):
        return replace(asked, against=("does_not_apply", str(asked.entry.nothing_left)))
    chosen = tuple(each.chosen(request.GET.get(each.name, "")) for each in asks)
    return replace(asked, asks=chosen)


def _problems(asked: Asked, reason: str) -> list[Problem]:
    """What is wrong with the form, each with the id of its input."""
    found: list[Problem] = [each.problem for each in asked.asks if each.problem]
    if not found and (wrong := asked.entry.wrong(asked.account, asked.given)):
        found.append((asked.asks[0].id, wrong))
    if problem := reason_problem(reason, flow.names_somebody(reason, asked.account)):
        found.append(("reason", problem))
    return found


def _done(request: HttpRequest, asked: Asked, reason: str) -> HttpResponse:
    form_id, entry = request.POST.get("form_id", ""), asked.entry
    if not FORM_ID.fullmatch(form_id):
        return _page(request, asked, reason=reason)
    try:
        flow.perform(
            entry, asked.account, reason=reason, form_id=form_id, by=actor(request), given=asked.given
        )
    except AlreadyTaken:
        return failures.message(
            request,
            status=409,
            title=_("This form was already sent"),
            text=_("It was carried out once, or tried once. The account's page shows what became of it."),
            action_url=reverse("desk:account", args=[asked.sub]),
            action_label=_("To the account"),
        )
    except flow.NotDone as not_done:
        return _page(request, asked, status=502, reason=reason, not_done=not_done)
    done.keep(request, entry.act)
    return redirect("desk:find") if entry.ends_account else redirect("desk:account", asked.sub)


def _page(
    request: HttpRequest,
    asked: Asked,
    *,
    status: int = 200,
    reason: str = "",
    problems: Sequence[Problem] = (),
    not_done: flow.NotDone | None = None,
) -> HttpResponse:
    if asked.entry.shows_values and not asked.against:
        flow.note_shown(asked.account, by=actor(request))
    context: dict[str, Any] = {
        "sub": asked.sub,
        "account": asked.account,
        "entry": asked.entry,
        "will": asked.entry.will(asked.account),
        "against": asked.against[1] if asked.against else "",
        "asks": [each for each in asked.asks if not each.is_further],
        "further": [each for each in asked.asks if each.is_further],
        "is_open": any(each.error or each.value for each in asked.asks if each.is_further),
        "reason": reason[: flow.LONGEST_REASON],
        "reason_problem": dict(problems).get("reason", ""),
        "longest": flow.LONGEST_REASON,
        "problems": problems,
        "not_done": not_done,
        "form_id": secrets.token_hex(16),
    }
    return render(request, "ops/act.html", context, status=status)
