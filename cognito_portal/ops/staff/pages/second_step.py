"""The second step of a staff sign-in: a code of the app, a recovery code, or a passkey; or setting the app up."""

import time
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cognito_portal.access import public
from cognito_portal.audit.events import Outcome
from cognito_portal.audit.record import AlreadyTaken
from cognito_portal.ops.staff import factors, setting_up, signing_in
from cognito_portal.ops.staff.half import Half, find_half
from cognito_portal.ops.staff.pages.reading import read_code, read_credential, read_name
from cognito_portal.ops.staff.pages.way import SENT_BEFORE, step_context, too_many, way_on
from cognito_portal.throttle import Throttled

Step = Callable[[HttpRequest, Half, User], HttpResponse]
SECOND_STEP, SET_UP = "ops/staff/second_step.html", "ops/staff/set_up.html"
WORDS: dict[Outcome, str | Promise] = {
    Outcome.CODE_MISMATCH: _(
        "This is not the right code. Is the clock of your phone right? Type the code that the app shows now."
    ),
    Outcome.CODE_REUSED: _("This code was used before. Wait for the next one, then type that."),
    Outcome.UNREADABLE: _(
        "What was set up for you cannot be read any more. Ask an administrator to reset it."
    ),
    Outcome.PASSKEY_REFUSED: _("This passkey was not accepted. Try again, or type a code."),
    Outcome.NOT_AVAILABLE: _("Another app was set up meanwhile. Sign in again, with its code."),
}


def half_signed_in(page: Step) -> Callable[[HttpRequest], HttpResponse]:
    """Only whoever has proven a first step within the last five minutes; others begin with it."""

    @wraps(page)
    def guarded(request: HttpRequest) -> HttpResponse:
        found = find_half(request.session, now=time.time())
        if found is None:
            return redirect(way_on(request) if request.user.is_authenticated else "ops:sign_in")
        begun, user = found
        return page(request, begun, user)

    return public(never_cache(require_http_methods(["GET", "HEAD", "POST"])(guarded)))  # type: ignore[return-value]


@half_signed_in
def second_step(request: HttpRequest, begun: Half, user: User) -> HttpResponse:
    """Ask for a code or a passkey; one that is right signs in."""
    if not factors.has_factor(user):
        return redirect("ops:set_up")
    if request.method != "POST":
        return render(request, SECOND_STEP, step_context(begun))
    code, error = read_code(request.POST)
    credential = read_credential(request.POST)
    if credential is None and error:
        return render(request, SECOND_STEP, step_context(begun) | {"errors": {"code": error}}, status=400)
    try:
        if credential is None:
            outcome = signing_in.answer_code(request, begun, user, code)
        else:
            outcome = signing_in.answer_passkey(request, begun, user, credential)
    except Throttled as full:
        return too_many(request, SECOND_STEP, step_context(begun), full)
    except AlreadyTaken:
        return render(request, SECOND_STEP, step_context(begun) | {"problem": SENT_BEFORE}, status=409)
    if outcome is Outcome.SUCCESS:
        return redirect(way_on(request, begun.next_path))
    return _asked_again(request, SECOND_STEP, {"errors": {"code": WORDS[outcome]}})


@half_signed_in
def set_up(request: HttpRequest, begun: Half, user: User) -> HttpResponse:
    """Have an app set up by somebody who must have a second step and has none; its first code signs in."""
    if factors.has_factor(user):
        return redirect("ops:second_step")
    offer = setting_up.offered(user, request.POST.get("offer", "")) or factors.new_secret()
    context = step_context(begun) | setting_up.shown(offer, user)
    if request.method != "POST":
        return render(request, SET_UP, context)
    code, error = read_code(request.POST, of_app=True)
    made = read_credential(request.POST)
    if made is None and error:
        return render(request, SET_UP, context | {"errors": {"code": error}}, status=400)
    try:
        if made is None:
            outcome, codes = signing_in.set_up_app(request, begun, user, secret=offer, code=code)
        else:
            name = read_name(request.POST)
            outcome, codes = signing_in.set_up_passkey(request, begun, user, name=name, answer=made)
    except Throttled as full:
        return too_many(request, SET_UP, context, full)
    except AlreadyTaken:
        return render(request, SET_UP, context | {"problem": SENT_BEFORE}, status=409)
    if outcome is Outcome.SUCCESS:
        shown = {"codes": codes, "on": way_on(request, begun.next_path)}
        return render(request, "ops/staff/recovery_codes.html", shown)
    return _asked_again(request, SET_UP, context | {"errors": {"code": WORDS[outcome]}})


def _asked_again(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    found = find_half(request.session, now=time.time())
    shown = step_context(found[0]) if found else {}
    return render(request, template, context | shown, status=403)
