"""Where staff go once they are signed in, and what is the same on the pages that lead there."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext_lazy as _

from cognito_portal.access import Role, is_in_group
from cognito_portal.ops.staff.half import Half
from cognito_portal.throttle import Throttled

TOO_MANY_TRIES = {
    "title": _("Too many tries"),
    "text": _("Nothing was checked. Please wait a few minutes, then try again."),
}
SENT_BEFORE = {
    "title": _("This step was already sent"),
    "text": _("Perhaps in another tab. Type the code that the app shows now."),
}


def way_on(request: HttpRequest, next_path: str = "") -> str:
    """Where they wanted to go, or else: whoever may read the log begins there, everybody else at the desk."""
    if next_path:
        return next_path
    return resolve_url("audit:list" if is_in_group(request, Role.AUDITORS, Role.ADMINS) else "desk:find")


def too_many(
    request: HttpRequest, template: str, context: Mapping[str, object], full: Throttled
) -> HttpResponse:
    """The same page with the words that nothing was checked, and when there is a try again."""
    page = render(request, template, {**context, "problem": TOO_MANY_TRIES}, status=429)
    page["Retry-After"] = str(full.retry_after_s)
    return page


def step_context(half: Half) -> dict[str, object]:
    """What the page of a second step shows of a half sign-in."""
    return {"name": half.typed, "passkey_options": half.passkey["options"] if half.passkey else None}
