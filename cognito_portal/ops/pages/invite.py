"""Inviting one person: the pool's schema as a form, whoever may be meant already, and what became of it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cognito_portal import clients, failures
from cognito_portal.access import Role, staff_role
from cognito_portal.actors import actor
from cognito_portal.attributes import Words
from cognito_portal.audit.record import AlreadyTaken, AuditUnavailable
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts import flow
from cognito_portal.ops.asks import TRUE, Ask
from cognito_portal.ops.invitations import telling
from cognito_portal.ops.invitations.checking import Arguments, arguments, check
from cognito_portal.ops.invitations.existing import existing
from cognito_portal.ops.invitations.fields import Field, fields
from cognito_portal.ops.invitations.form import asks_of, prefilled, with_problems
from cognito_portal.ops.invitations.inviting import Invited, Status, invite
from cognito_portal.ops.pages import done
from cognito_portal.ops.pages.forms import FORM_ID, reason_problem

# What is posted instead of a whole form by whoever looked for a name in vain.
NAME = "name_looked_for"
ALTHOUGH = "although"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form as it is to be shown: with what was typed, what is wrong, and who may be meant already."""

    fields: tuple[Field, ...]
    asks: tuple[Ask, ...]
    reason: str = ""
    reason_problem: str = ""
    like: tuple[PoolUser, ...] = ()
    same: PoolUser | None = None
    not_done: Invited | None = field(default=None, repr=False)

    @property
    def given(self) -> Mapping[str, str]:
        """What was typed and chosen, by the name of its field."""
        return {each.name: each.value for each in self.asks}

    @property
    def problems(self) -> list[tuple[str, Words]]:
        """What is wrong, each with the id of its input."""
        found = [each.problem for each in self.asks if each.problem]
        return found + ([("reason", self.reason_problem)] if self.reason_problem else [])


@staff_role(Role.OPS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite_one(request: HttpRequest) -> HttpResponse:
    """Ask for what a new account needs, and have Cognito make it and send its temporary password."""
    empty = fields(clients.pool_settings())
    form = Form(fields=empty, asks=asks_of(empty))
    if request.method != "POST":
        return _page(request, form)
    if NAME in request.POST:
        return _page(request, replace(form, asks=prefilled(form.asks, request.POST[NAME][:256])))
    form = _filled(form, request)
    if form.problems:
        return _page(request, form, status=400)
    wanted = arguments(form.given, form.fields)
    if flow.is_named(request.user, _names(wanted)):
        telling.note_refused(wanted, by=actor(request))
        return _page(request, _failed(form, wanted, _("Nobody invites themselves.")), status=409)
    form = _looked_up(request, form, wanted)
    if form.problems or form.like:
        return _page(request, form, status=409)
    return _send(request, form)


def _filled(form: Form, request: HttpRequest) -> Form:
    posted = request.POST.dict()
    asks = tuple(each.answered(posted) for each in form.asks)
    typed = replace(form, asks=asks, reason=posted.get("reason", "").strip())
    problems = check(typed.given, form.fields)
    names = [typed.given.get(name, "") for name in ("username", "email", "phone_number")]
    return replace(
        typed,
        asks=with_problems(asks, problems),
        reason_problem=reason_problem(typed.reason, flow.holds_name(typed.reason, names)),
    )


def _names(wanted: Arguments) -> list[str]:
    return [wanted.username, wanted.attributes.get("email", "")]


def _looked_up(request: HttpRequest, form: Form, wanted: Arguments) -> Form:
    """The form with the account that is there already, or with those that may be."""
    try:
        found = existing(wanted, clients.pool_settings())
    except Error as error:
        raise AuditUnavailable(type(error).__name__) from None
    telling.note_found(found, by=actor(request))
    if found.same is not None:
        taken = _("There is an account of this name already.")
        return replace(_failed(form, wanted, taken), same=found.same)
    return form if request.POST.get(ALTHOUGH) == TRUE else replace(form, like=found.like)


def _failed(form: Form, wanted: Arguments, problem: Words) -> Form:
    """The form with what is wrong about the name of the account."""
    naming = {each.name for each in form.fields if each.names_account}
    named = next(name for name, value in form.given.items() if name in naming and value == wanted.username)
    return replace(form, asks=with_problems(form.asks, {named: problem}))


def _send(request: HttpRequest, form: Form) -> HttpResponse:
    form_id = request.POST.get("form_id", "")
    if not FORM_ID.fullmatch(form_id):
        return _page(request, form)
    try:
        made = invite(form.given, form.fields, reason=form.reason, form_id=form_id, by=actor(request))
    except AlreadyTaken:
        return failures.message(
            request,
            status=409,
            title=_("This form was already sent"),
            text=_("It was carried out once, or tried once. Look for the name to see what became of it."),
            action_url=reverse("desk:find"),
            action_label=_("To the accounts"),
        )
    if made.account is not None and made.account.sub:
        done.keep(request, done.INVITED if made.status is Status.INVITED else done.UNDELIVERED)
        return redirect("desk:account", made.account.sub)
    return _page(request, _refused(form, made), status=409 if made.status is Status.EXISTS else 502)


def _refused(form: Form, made: Invited) -> Form:
    if made.status is Status.EXISTS:
        return _failed(form, made.arguments, _("There is an account of this name already."))
    at_field = {made.field: telling.refusal(made)} if made.field in form.given else {}
    return replace(form, asks=with_problems(form.asks, at_field), not_done=made)


def _page(request: HttpRequest, form: Form, *, status: int = 200) -> HttpResponse:
    further = [each for each in form.asks if each.is_further]
    context: dict[str, Any] = {
        "asks": [each for each in form.asks if not each.is_further],
        "further": further,
        "is_open": any(each.error or each.value for each in further),
        "reason": form.reason[: flow.LONGEST_REASON],
        "reason_problem": form.reason_problem,
        "longest": flow.LONGEST_REASON,
        "problems": form.problems,
        "same": form.same,
        "like": form.like,
        "made": form.not_done,
        "told": telling.told(form.not_done) if form.not_done and not form.problems else "",
        "form_id": secrets.token_hex(16),
    }
    return render(request, "ops/invite.html", context, status=status)
