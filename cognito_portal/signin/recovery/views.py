"""The pages for somebody who cannot sign in. Each answers alike for every name (decision D2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cognito_portal import clients, throttle
from cognito_portal.access import public
from cognito_portal.audit import record
from cognito_portal.cognito.errors import Cause, CognitoError, CognitoRefused, CognitoUnavailable
from cognito_portal.cognito.password_policy import rule_from_message
from cognito_portal.cognito.types import PasswordPolicy
from cognito_portal.failures import already_sent
from cognito_portal.signin.attempt import new_attempt_id
from cognito_portal.signin.flow import record_refused_input
from cognito_portal.signin.forms import USERNAME_CHARS, UsernameForm, posted_attempt_id
from cognito_portal.signin.guards import walk_of
from cognito_portal.signin.recovery import flows, pages, words
from cognito_portal.signin.recovery.forms import CodeForm, PasswordFault, Reset, read_reset
from cognito_portal.signin.walk import Walk
from cognito_portal.signin.words import BROKEN_RULES, Problem, Words, too_many_tries

FORGOT_PASSWORD = "signin/recovery/forgot_password.html"
RESET_PASSWORD = "signin/recovery/reset_password.html"
CONFIRM_ACCOUNT = "signin/recovery/confirm_account.html"
GET_AND_POST = ("GET", "HEAD", "POST")
RETRY_AFTER_S = 5
NotDone = (throttle.Throttled, CognitoError)


@public
@require_http_methods(GET_AND_POST)
@never_cache
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Ask for a code to set a new password with."""
    walk = walk_of(request)
    if request.method != "POST":
        username, _ = _left_behind(request, walk)
        return render(request, FORGOT_PASSWORD, pages.page(username=username))
    ask = _Asked("ForgotPassword", flows.request_code, FORGOT_PASSWORD, onward="signin:reset_password")
    return _have_code_sent(request, walk, ask)


@public
@require_POST
@never_cache
def resend_confirmation(request: HttpRequest) -> HttpResponse:
    """Ask for a new code to confirm an account with."""
    ask = _Asked(
        "ResendConfirmationCode", flows.resend_confirmation, CONFIRM_ACCOUNT, onward="signin:confirm_account"
    )
    return _have_code_sent(request, walk_of(request), ask)


@public
@sensitive_post_parameters("code", "new_password")
@require_http_methods(GET_AND_POST)
@never_cache
def reset_password(request: HttpRequest) -> HttpResponse:
    """Set a new password with the code that was sent."""
    walk, policy = walk_of(request), _policy()
    if request.method != "POST":
        username, notice = _left_behind(request, walk)
        return render(request, RESET_PASSWORD, pages.reset_page(policy, username=username, notice=notice))
    reset = read_reset(request.POST, policy)
    if not reset.is_valid:
        record_refused_input(walk, step="ConfirmForgotPassword", username=_typed(request))
        context = pages.reset_page(policy, username=_typed(request), errors=reset.errors, fault=reset.fault)
        return render(request, RESET_PASSWORD, context, status=400)
    try:
        flows.reset_password(
            walk,
            attempt_id=_attempt_id(request),
            username=reset.username,
            code=reset.code,
            password=reset.password,
        )
    except record.AlreadyTaken:
        return already_sent(request)
    except NotDone as error:
        return _not_reset(request, policy, reset, error)
    return redirect("signin:start")


def _not_reset(
    request: HttpRequest,
    policy: PasswordPolicy | None,
    reset: Reset,
    error: throttle.Throttled | CognitoError,
) -> HttpResponse:
    fault = _password_fault(error)
    refusal = _Refusal(400, words.PASSWORD_REFUSED) if fault else _refusal(error, unknown=words.MAYBE_SET)
    context = pages.reset_page(
        policy, username=reset.username, problem=refusal.problem, errors=refusal.errors, fault=fault
    )
    return refusal.shown(request, RESET_PASSWORD, context)


def _password_fault(error: Exception) -> PasswordFault | None:
    """What Cognito has against the password itself, or None where it is something else."""
    if not isinstance(error, CognitoRefused):
        return None
    if error.meaning.cause is Cause.PASSWORD_POLICY and (rule := rule_from_message(error.message)):
        return PasswordFault(BROKEN_RULES[rule], frozenset({rule}))
    if error.meaning.cause in (Cause.PASSWORD_POLICY, Cause.PASSWORD_HISTORY):
        return PasswordFault(gettext(error.meaning.user))
    return None


@public
@sensitive_post_parameters("code")
@require_http_methods(GET_AND_POST)
@never_cache
def confirm_account(request: HttpRequest) -> HttpResponse:
    """Confirm an account with the code that was sent."""
    walk = walk_of(request)
    if request.method != "POST":
        username, notice = _left_behind(request, walk)
        return render(request, CONFIRM_ACCOUNT, pages.page(username=username, notice=notice))
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _refused_input(request, walk, form, CONFIRM_ACCOUNT, step="ConfirmSignUp")
    username, code = form.cleaned_data["username"], form.cleaned_data["code"]
    try:
        flows.confirm_account(walk, attempt_id=_attempt_id(request), username=username, code=code)
    except record.AlreadyTaken:
        return already_sent(request)
    except NotDone as error:
        is_taken = isinstance(error, CognitoError) and error.meaning.cause is Cause.ALIAS_EXISTS
        known = _Refusal(400, words.ALIAS_TAKEN) if is_taken else None
        refusal = known or _refusal(error, unknown=words.MAYBE_CONFIRMED)
        context = pages.page(username=username, problem=refusal.problem, errors=refusal.errors)
        return refusal.shown(request, CONFIRM_ACCOUNT, context)
    return redirect("signin:start")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A code that is asked for: AWS's operation, the flow, the page it is asked on and the one after it."""

    step: str
    flow: Callable[..., None]
    template: str
    onward: str


def _have_code_sent(request: HttpRequest, walk: Walk, ask: _Asked) -> HttpResponse:
    form = UsernameForm(request.POST)
    if not form.is_valid():
        return _refused_input(request, walk, form, ask.template, step=ask.step)
    username = form.cleaned_data["username"]
    try:
        ask.flow(walk, attempt_id=_attempt_id(request), username=username)
    except record.AlreadyTaken:
        return already_sent(request, open_step=reverse(ask.onward))
    except NotDone as error:
        refusal = _refusal(error)
        return refusal.shown(request, ask.template, pages.page(username=username, problem=refusal.problem))
    return redirect(ask.onward)


def _refused_input(
    request: HttpRequest, walk: Walk, form: UsernameForm, template: str, *, step: str
) -> HttpResponse:
    record_refused_input(walk, step=step, username=_typed(request))
    context = pages.page(username=_typed(request), errors=form.field_errors())
    return render(request, template, context, status=400)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """How a page is shown again: its status, what went wrong, at which inputs, and when to come back."""

    status: int
    problem: Problem
    errors: Mapping[str, Words] = field(default_factory=dict)
    retry_after_s: int = 0

    def shown(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        response = render(request, template, context, status=self.status)
        if self.retry_after_s:
            response["Retry-After"] = str(self.retry_after_s)
        return response


def _refusal(error: throttle.Throttled | CognitoError, *, unknown: Problem = words.NOT_SENT) -> _Refusal:
    """Too many tries, a fault on our side, or a code that is worth nothing, whatever it was.

    `unknown` is for a call that left and may have been carried out.
    """
    if isinstance(error, throttle.Throttled):
        return _Refusal(429, too_many_tries(error.retry_after_s), retry_after_s=max(1, error.retry_after_s))
    if not flows.is_about_everybody(error):
        return _Refusal(400, words.CODE_NOT_ACCEPTED, {"code": words.CODE_REFUSED})
    was_sent = isinstance(error, CognitoUnavailable) and error.sent
    return _Refusal(503, unknown if was_sent else words.NOT_SENT, retry_after_s=RETRY_AFTER_S)


def _policy() -> PasswordPolicy | None:
    pool = clients.pool_settings()
    return pool.policy if pool else None


def _attempt_id(request: HttpRequest) -> str:
    return posted_attempt_id(request.POST) or new_attempt_id()


def _typed(request: HttpRequest) -> str:
    return request.POST.get("username", "").strip()


def _left_behind(request: HttpRequest, walk: Walk) -> tuple[str, Words]:
    """(the username to fill in, what to say of a code), by the link that led here or the step before."""
    username = request.GET.get("username", "")[:USERNAME_CHARS]
    notice = walk.store.notice() if request.session.session_key else None
    if notice is None:
        return username, ""
    return username or notice.username, words.CODE_SENT.get(notice.kind, "")
