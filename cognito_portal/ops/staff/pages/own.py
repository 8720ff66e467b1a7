"""Your sign-in: what a member of staff signs in with, and how they change it."""

import time
from collections.abc import Callable, Mapping
from functools import wraps

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cognito_portal.access import SECOND_STEP, STAFF_GROUPS, roles_of, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit.events import Outcome
from cognito_portal.ops.staff import changing, factors, setting_up
from cognito_portal.ops.staff.pages.reading import read_code, read_credential, read_name
from cognito_portal.ops.staff.pages.second_step import WORDS
from cognito_portal.ops.staff.pages.way import too_many
from cognito_portal.ops.staff.shortcuts import has_shortcuts, set_shortcuts
from cognito_portal.ops.staff.signing_in import SSO
from cognito_portal.throttle import Throttled

Page = Callable[[HttpRequest, User], HttpResponse]
OWN, APP, PASSKEY, PASSWORD = (f"ops/staff/{name}.html" for name in ("own", "app", "passkey", "password"))
LAST_ONE = {
    "title": _("This one cannot be removed"),
    "text": _("Your role needs a second step. Add another one first, then remove this one."),
}
NO_PASSKEY = {
    "title": _("The passkey was not added"),
    "text": _("What your browser sent was not for this page, or came too late. Try again."),
}
NOT_YOURS = _("This is not your present password.")
TYPE_PRESENT, TYPE_NEW = _("Type your present password."), _("Type a new password.")
THE_SAME = _("The new password is the one that you have.")


def own_page(*methods: str, changes: bool = True) -> Callable[[Page], Callable[[HttpRequest], HttpResponse]]:
    """A page of staff about themselves; one that changes how they sign in asks for a fresh sign-in.

    Whoever came by the company's sign-in alone has nothing to change here.
    """

    def decorate(page: Page) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(page)
        def guarded(request: HttpRequest) -> HttpResponse:
            user = User.objects.get(pk=str(request.user.pk))
            if changes and request.session.get(SECOND_STEP) == SSO:
                return redirect("ops:own")
            if changes and not changing.is_fresh(request.session, now=time.time()):
                return redirect(f"{resolve_url('ops:sign_in')}?{urlencode({'next': resolve_url('ops:own')})}")
            return page(request, user)

        limited = require_http_methods([*methods])(never_cache(guarded))
        return staff_role(*STAFF_GROUPS)(limited)  # type: ignore[return-value]

    return decorate


GET, FORM, ACT = ("GET", "HEAD"), ("GET", "HEAD", "POST"), ("POST",)


@own_page(*GET, changes=False)
def own(request: HttpRequest, user: User) -> HttpResponse:
    """What this person signs in with."""
    return _own(request, user)


@own_page(*FORM)
def app(request: HttpRequest, user: User) -> HttpResponse:
    """Set an authenticator app up, in the place of an earlier one."""
    offer = setting_up.offered(user, request.POST.get("offer", "")) or factors.new_secret()
    context = setting_up.shown(offer, user)
    if request.method != "POST":
        return render(request, APP, context)
    code, error = read_code(request.POST, of_app=True)
    if error:
        return render(request, APP, context | {"errors": {"code": error}}, status=400)
    try:
        outcome, codes = changing.add_app(request, user, secret=offer, code=code)
    except Throttled as full:
        return too_many(request, APP, context, full)
    if outcome is not Outcome.SUCCESS:
        return render(request, APP, context | {"errors": {"code": WORDS[outcome]}}, status=403)
    return _codes(request, codes) if codes else redirect("ops:own")


@own_page(*ACT)
def begin_passkey(request: HttpRequest, user: User) -> HttpResponse:
    """Make what the browser needs for a passkey."""
    changing.begin_passkey(request, user)
    return redirect("ops:add_passkey")


@own_page(*FORM)
def add_passkey(request: HttpRequest, user: User) -> HttpResponse:
    """The browser makes a passkey, and the form brings it here."""
    asked = changing.new_passkey(request.session, now=time.time())
    if asked is None:
        return redirect("ops:own")
    if request.method != "POST":
        return render(request, PASSKEY, {"options": asked["options"]})
    answer = read_credential(request.POST)
    if answer is None:
        return render(request, PASSKEY, {"options": asked["options"], "problem": NO_PASSKEY}, status=400)
    outcome, codes = changing.add_passkey(request, user, asked, name=read_name(request.POST), answer=answer)
    if outcome is not Outcome.SUCCESS:
        return _own(request, user, problem=NO_PASSKEY, status=403)
    return _codes(request, codes) if codes else redirect("ops:own")


@own_page(*ACT)
def remove(request: HttpRequest, user: User) -> HttpResponse:
    """Take an app or a passkey away."""
    typed = request.POST.get("factor", "")
    factor_id = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0
    if not changing.remove(request, user, factor_id):
        return _own(request, user, problem=LAST_ONE, status=400)
    return redirect("ops:own")


@own_page(*ACT)
def recovery_codes(request: HttpRequest, user: User) -> HttpResponse:
    """Make new recovery codes, and show them this once."""
    codes = changing.new_recovery_codes(request, user)
    return _codes(request, codes) if codes else redirect("ops:own")


@own_page(*FORM)
def password(request: HttpRequest, user: User) -> HttpResponse:
    """Change the password of an account that has one."""
    if not user.has_usable_password():
        return redirect("ops:own")
    context = {"name": user.get_username(), "rules": password_validators_help_texts()}
    if request.method != "POST":
        return render(request, PASSWORD, context)
    present, new = request.POST.get("password", ""), request.POST.get("new_password", "")
    errors = _password_errors(user, present, new)
    if errors:
        return render(request, PASSWORD, context | {"errors": errors}, status=400)
    try:
        outcome = changing.change_password(request, user, present=present, new=new)
    except Throttled as full:
        return too_many(request, PASSWORD, context, full)
    if outcome is not Outcome.SUCCESS:
        return render(request, PASSWORD, context | {"errors": {"password": NOT_YOURS}}, status=403)
    return redirect("ops:own")


@own_page(*ACT, changes=False)
def shortcuts(request: HttpRequest, user: User) -> HttpResponse:
    """Turn shortcuts on or off."""
    set_shortcuts(user, request.POST.get("shortcuts") == "on", by=actor(request))
    return redirect(f"{resolve_url('ops:own')}#shortcuts-title")


def _password_errors(user: User, present: str, new: str) -> dict[str, str | Promise]:
    errors: dict[str, str | Promise] = {}
    if not present:
        errors["password"] = TYPE_PRESENT
    if not new:
        return errors | {"new-password": TYPE_NEW}
    if new == present:
        return errors | {"new-password": THE_SAME}
    try:
        validate_password(new, user)
    except ValidationError as error:
        errors["new-password"] = " ".join(error.messages)
    return errors


def _own(
    request: HttpRequest, user: User, *, problem: Mapping[str, object] | None = None, status: int = 200
) -> HttpResponse:
    held = factors.factors_of(user)
    context = {
        "member": user,
        "roles": sorted(roles_of(request)),
        "by_company": request.session.get(SECOND_STEP) == SSO,
        "has_password": user.has_usable_password(),
        "apps": [each for each in held if each.type == factors.APP],
        "passkeys": [each for each in held if each.type == factors.PASSKEY],
        "codes_left": factors.recovery_codes_left(user),
        "has_shortcuts": has_shortcuts(user),
        "is_fresh": changing.is_fresh(request.session, now=time.time()),
        "problem": problem,
    }
    return render(request, OWN, context, status=status)


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "ops/staff/recovery_codes.html", {"codes": codes, "on": resolve_url("ops:own")})
