"""Verifying an account: by what the person is known, and what else is to be done with it."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cognito_portal.access import Role, staff_role
from cognito_portal.audit.record import AlreadyTaken
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts.flow import is_oneself
from cognito_portal.ops.models import AccountVerification
from cognito_portal.ops.models.verifications import LONGEST_NOTE, Method, State
from cognito_portal.ops.pages.forms import FORM_ID
from cognito_portal.ops.pages.looking import account_of, tells_what_cognito_did_not
from cognito_portal.ops.pages.verification_page import (
    DONE,
    NOT_ALLOWED,
    address_of,
    failed,
    overtaken,
    staff_of,
)
from cognito_portal.ops.verifications import flow, marks, reading
from cognito_portal.ops.verifications.marks import Mark

LEAST_NOTE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was filled in, as it was."""

    method: str = ""
    note: str = ""
    with_second: bool = False
    also: list[Mark] = field(default_factory=list)

    @classmethod
    def of(cls, posted: QueryDict, account: PoolUser) -> "Typed":
        wanted = posted.getlist("also")
        return cls(
            method=posted.get("method", ""),
            # A browser counts a line break as one character, and sends two.
            note=posted.get("note", "").replace("\r\n", "\n").strip(),
            with_second="with_second" in posted,
            # What holds by now need not be done any more.
            also=[mark for mark in marks.offered(account) if mark.value in wanted],
        )

    def problems(self) -> dict[str, str]:
        """What is wrong, by the field."""
        found = {}
        if self.method not in Method.values:
            found["method"] = _("Choose by what you know the person.")
        if len(self.note) < LEAST_NOTE:
            found["note"] = _("Say what you saw, or who told you.")
        elif len(self.note) > LONGEST_NOTE or "\0" in self.note:
            found["note"] = _("The note has room for %(count)d characters.") % {"count": LONGEST_NOTE}
        return found


@staff_role(Role.OPS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@tells_what_cognito_did_not
def verify(request: HttpRequest, sub: str) -> HttpResponse:
    """The form, and what it asks for. 404 where there is no such account."""
    account = account_of(request, sub, step="verify")
    if request.method != "POST":
        return _page(request, account, Typed())
    typed = Typed.of(request.POST, account)
    if problems := typed.problems():
        return _page(request, account, typed, status=400, problems=problems)
    form_id = request.POST.get("form_id", "")
    if not FORM_ID.fullmatch(form_id):
        return _page(request, account, typed)
    try:
        made = flow.ask(account, _asked(typed, form_id), staff=staff_of(request))
    except flow.NotAllowed:
        return _page(request, account, typed, status=409)
    except flow.Overtaken:
        return _overtaken(request, sub)
    return _made(request, made, account)


def _asked(typed: Typed, form_id: str) -> flow.Asked:
    return flow.Asked(
        method=Method(typed.method),
        note=typed.note,
        with_second=typed.with_second,
        also=typed.also,
        form_id=form_id,
    )


def _made(request: HttpRequest, made: AccountVerification, account: PoolUser) -> HttpResponse:
    """Do what was asked for beside it, unless a second person has to agree first."""
    if made.state is State.STANDS:
        try:
            not_made = flow.make_marks(
                made, account, form_id=flow.first_marks_of(made), staff=staff_of(request)
            )
        except AlreadyTaken:
            return _overtaken(request, account.sub)
        if not_made:
            return failed(request, made, account, not_made)
    request.session[DONE] = "stands" if made.state is State.STANDS else "asked"
    return redirect(address_of(made))


def _overtaken(request: HttpRequest, sub: str) -> HttpResponse:
    return overtaken(request, url=reverse("desk:account", args=[sub]), label=_("To the account"))


def _page(
    request: HttpRequest,
    account: PoolUser,
    typed: Typed,
    *,
    status: int = 200,
    problems: dict[str, str] | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "sub": account.sub,
        "account": account,
        "methods": Method.choices,
        "typed": typed,
        "problems": problems or {},
        "offered": [(mark, marks.LABELS[mark], mark in typed.also) for mark in marks.offered(account)],
        "needs_second": flow.needs_second_person(),
        "longest": LONGEST_NOTE,
        "against": NOT_ALLOWED["oneself"] if is_oneself(request.user, account) else "",
        "waits": next(
            (each for each in reading.of_account(account.sub) if each.state is State.WAITING), None
        ),
        "form_id": secrets.token_hex(16),
    }
    return render(request, "ops/verify.html", context, status=status)
