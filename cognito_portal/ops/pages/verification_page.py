"""The page of one verification: what was seen, who agreed, and what can be done about it now."""

import secrets
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal import failures
from cognito_portal.access import Role, is_in_group
from cognito_portal.actors import actor
from cognito_portal.cognito.types import PoolUser
from cognito_portal.ops.acts.flow import is_oneself
from cognito_portal.ops.models import AccountVerification
from cognito_portal.ops.models.verifications import LONGEST_WHY, State
from cognito_portal.ops.verifications import marks, reading
from cognito_portal.ops.verifications.flow import Staff
from cognito_portal.ops.verifications.marks import Failed, Mark

DONE = "desk_verification_done"
"""In the session: what this member of staff has just done, one of DID."""
DID = {
    "stands": gettext_lazy("The account counts as verified."),
    "asked": gettext_lazy("It waits for a second person now."),
    "approved": gettext_lazy("You approved it: the account counts as verified."),
    "refused": gettext_lazy("You refused it."),
    "undone": gettext_lazy("The verification is undone."),
    "marked": gettext_lazy("It is done."),
}
NOT_ALLOWED = {
    "oneself": gettext_lazy("Nobody verifies themselves. Ask a colleague."),
    "same_person": gettext_lazy("Whoever asked for it cannot approve it. Ask a colleague."),
}


def page(
    request: HttpRequest,
    which: AccountVerification,
    account: PoolUser | None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Render it; `account` is None where it is gone or could not be read. `more` are problems of what was sent."""
    (shown,) = reading.shown([which])
    context = {
        "shown": shown,
        "account": account,
        "is_waiting": which.state is State.WAITING,
        "also": _also(which, account),
        "done": DID.get(request.session.pop(DONE, ""), ""),
        "longest": LONGEST_WHY,
        "form_id": secrets.token_hex(16),
        **_what_may_be_done(request, which, account),
    }
    return render(request, "ops/verification.html", context | more, status=status)


def failed(
    request: HttpRequest, which: AccountVerification, account: PoolUser, not_made: Sequence[Failed]
) -> HttpResponse:
    """The same page, 502: the verification stands, and what was to be done beside it was not."""
    told = [(marks.LABELS[each.mark], each.error) for each in not_made]
    return page(request, which, account, status=502, failed=told)


def overtaken(request: HttpRequest, *, url: str, label: str) -> HttpResponse:
    """409: the form was sent before, or somebody else was first."""
    return failures.message(
        request,
        status=409,
        title=_("Nothing more was done"),
        text=_(
            "This form was sent before, or a colleague was first. The page below shows how it stands now."
        ),
        action_url=url,
        action_label=label,
    )


def staff_of(request: HttpRequest) -> Staff:
    """Who acts in this request."""
    return Staff(user=request.user, by=actor(request))


def why_problem(text: str) -> str:
    """What is wrong with a remark or a reason; empty where nothing is."""
    if not text:
        return _("Say why: a colleague will read it.")
    if len(text) > LONGEST_WHY or "\0" in text:
        return _("There is room for %(count)d characters.") % {"count": LONGEST_WHY}
    return ""


def _also(which: AccountVerification, account: PoolUser | None) -> list[tuple[str, str]]:
    """What was asked for beside the verification, and how that stands now."""
    asked = [mark for mark in Mark if mark.value in which.marks]
    if account is None:
        return [(str(marks.LABELS[mark]), _("not known")) for mark in asked]
    pending, changed = marks.pending(which.marks, account), marks.changed(which.marks, account)
    words = {True: _("not yet"), False: _("done")}
    return [
        (
            str(marks.LABELS[mark]),
            _("not done: the account has another address now") if mark in changed else words[mark in pending],
        )
        for mark in asked
    ]


def _what_may_be_done(
    request: HttpRequest, which: AccountVerification, account: PoolUser | None
) -> dict[str, Any]:
    """Which forms the page has for whoever is here."""
    nothing = {"may_answer": False, "may_undo": False, "pending": [], "against": ""}
    if not which.sub or not is_in_group(request, Role.OPS, Role.ADMINS):
        return nothing
    if account is not None and is_oneself(request.user, account):
        return nothing | {"against": NOT_ALLOWED["oneself"]}
    is_waiting = which.state is State.WAITING
    is_own = which.asked_by == actor(request).actor
    stands = which.state is State.STANDS and account is not None
    return {
        "may_answer": is_waiting and not is_own,
        "may_undo": which.can_be_undone,
        "pending": marks.pending(which.marks, account) if stands and account else [],
        "against": NOT_ALLOWED["same_person"] if is_waiting and is_own else "",
    }


def address_of(which: AccountVerification) -> str:
    """Where its page is."""
    return reverse("desk:verification", args=[which.pk])
