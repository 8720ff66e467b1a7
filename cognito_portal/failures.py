"""What a person sees when something goes wrong: one page, `message.html`, in the person's words.

No stack trace, no Cognito text and no value that was typed as a secret reaches it. What a page can keep
(the username) is kept, and it says what to do next.
"""

import logging
import secrets
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.debug import SafeExceptionReporterFilter

from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome

log = logging.getLogger(__name__)
USERNAME_MAX_CHARS = 128
STORE_IS_DOWN = (record.AuditUnavailable, OperationalError, InterfaceError)


class ClosedReporterFilter(SafeExceptionReporterFilter):
    """Hides POST values and settings from error reports in debug mode as well."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True


def _posted(request: HttpRequest) -> QueryDict:
    try:
        return request.POST
    except Exception:
        # A body that cannot be parsed is the very reason for some of these pages.
        return QueryDict()


def kept_username(request: HttpRequest) -> str:
    """The username out of a form that could not be used, to be filled in again."""
    return _posted(request).get("username", "").strip()[:USERNAME_MAX_CHARS]


def new_reference() -> str:
    """A short random word that joins an error page with its log line."""
    return secrets.token_hex(4)


def message(
    request: HttpRequest, *, status: int, title: str, text: str, reference: str = "", **context: Any
) -> HttpResponse:
    """The page for a request that ended without its own page."""
    if request.headers.get("Accept") == "application/json":
        # A script of ours asked (countdown.js); it shows the text where the person is.
        problem = {"problem": f"{title}. {text}", "redirect": context.get("redirect", "")}
        return JsonResponse(problem, status=status)
    reference = reference or new_reference()
    log.info("portal.page", extra={"status": status, "reference": reference, "path": request.path[:64]})
    defaults = {"username": "", "action_url": reverse("signin:start"), "action_label": _("Go to sign-in")}
    values = {"status": status, "title": title, "text": text, "reference": reference}
    return render(request, "message.html", defaults | values | context, status=status)


def already_sent(request: HttpRequest, *, username: str = "", open_step: str = "") -> HttpResponse:
    """409: this form was sent before, or belongs to a sign-in that is over (decision D5).

    `username` is whose sign-in this browser has open, for a form that does not carry the name; `open_step` the
    address of its present step, to go on with.
    """
    way_on = {"action_url": open_step, "action_label": _("Go on with the open step")} if open_step else {}
    return message(
        request,
        status=409,
        title=_("This step was already sent"),
        text=_("If you chose a new password it may be set: sign in with it."),
        username=kept_username(request) or username,
        redirect=open_step or reverse("signin:start"),
        **way_on,
    )


def method_not_allowed(request: HttpRequest, *, allow: str) -> HttpResponse:
    """405 with the list of what is allowed (RFC 9110 section 15.5.6): an address that only a form is sent to."""
    response = message(
        request,
        status=405,
        title=_("There is no page here"),
        text=_("This address only takes what a form sends. Go back to the page you came from."),
    )
    response["Allow"] = allow
    return response


def session_interrupted(request: HttpRequest) -> HttpResponse:
    """409 and an audit row: another request of this browser ended the session while this one ran."""
    try:
        record.note_bounded(
            event=Event.SIGNIN_OUT_OF_ORDER,
            outcome=Outcome.OUT_OF_ORDER,
            by=actor(request),
            step=request.path[:64],
        )
    except record.AuditUnavailable:
        return unavailable(request)
    return already_sent(request)


def unavailable(request: HttpRequest, *, retry_after_s: int = 5, reference: str = "") -> HttpResponse:
    """503: the log or Cognito cannot be reached, so nobody can be signed in."""
    response = message(
        request,
        status=503,
        title=_("Sign-in is not available at the moment"),
        text=_("Please try again in a moment. If you were setting a password, it may be set: try it first.")
        if "new_password" in _posted(request)
        else _("Nothing was lost. Please try again in a moment."),
        reference=reference,
        username=kept_username(request),
    )
    response["Retry-After"] = str(retry_after_s)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form did not come from this site's own page, or the page was too old."""
    try:
        record.note_bounded(
            event=Event.SIGNIN_CSRF_FAILED, outcome=Outcome.DENIED, by=actor(request), step=request.path[:64]
        )
    except record.AuditUnavailable:
        return unavailable(request)
    return message(
        request,
        status=403,
        title=_("This page is out of date"),
        text=_(
            "Nothing was sent on. It was open too long, or you signed in from another tab meanwhile. Open the page "
            "again and repeat the step. Cookies must be allowed for this site."
        ),
        username=kept_username(request),
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return message(
        request,
        status=400,
        title=_("This request could not be read"),
        text=_("Go back, check what you typed, and send it again."),
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return message(
        request,
        status=403,
        title=_("You may not see this page"),
        text=_(
            "Your account does not have the role that this page asks for. Whoever runs this site can give it to you."
        ),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return message(
        request, status=404, title=_("There is no such page"), text=_("Check the address, or start again.")
    )


def server_error(request: HttpRequest, *, reference: str = "") -> HttpResponse:
    return message(
        request,
        status=500,
        title=_("Something went wrong on our side"),
        text=_("Please try again. If it goes on, tell the help desk the reference below."),
        reference=reference,
        username=kept_username(request),
    )


def record_failure(request: HttpRequest, error: Exception) -> str:
    """Log an unexpected error by its class and place only, write an audit row, and return the reference.

    Where the log itself does not answer there is no row.
    """
    reference = new_reference()
    place = _innermost(error)
    log.error("portal.failed", extra={"reference": reference, "error": type(error).__name__, "place": place})
    if isinstance(error, STORE_IS_DOWN):
        # The log is what just failed. A second try would keep the person waiting for as long again.
        return reference
    try:
        record.note(
            event=Event.PORTAL_FAILED,
            outcome=Outcome.ERROR,
            by=actor(request),
            step=request.path[:64],
            error_code=type(error).__name__,
        )
    except record.AuditUnavailable:
        log.error("audit.unavailable", extra={"reference": reference})
    return reference


def _innermost(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_filename.removeprefix(str(settings.BASE_DIR))}:{trace.tb_lineno}"
