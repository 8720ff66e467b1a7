"""The pages of the walk. Each checks the form, lets the flow act, and turns what comes out into a page."""

import time
from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token, rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cognito_portal import clients, throttle
from cognito_portal.access import cognito_user_required, public
from cognito_portal.audit import record
from cognito_portal.cognito.errors import Cause, CognitoError, CognitoRefused
from cognito_portal.cognito.password_policy import Rule, rule_from_message, unmet
from cognito_portal.cognito.types import ChallengeName, PoolSettings
from cognito_portal.failures import already_sent
from cognito_portal.identity import current_user, signed_in_user
from cognito_portal.signin import flow, invitations, pages, words
from cognito_portal.signin.attempt import Attempt, new_attempt_id
from cognito_portal.signin.attributes import inputs_for
from cognito_portal.signin.challenges import STEPS
from cognito_portal.signin.flow import Walk
from cognito_portal.signin.forms import (
    USERNAME_CHARS,
    NewPassword,
    RenewForm,
    SignInForm,
    UsernameForm,
    posted_attempt_id,
    read_new_password,
)
from cognito_portal.signin.guards import attempt_required, challenge_required, walk_of
from cognito_portal.signin.session import SignedIn, State
from cognito_portal.site import onward

GET_AND_POST = ("GET", "HEAD", "POST")


@public
@sensitive_post_parameters("password")
@require_http_methods(GET_AND_POST)
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """The sign-in page."""
    walk = walk_of(request)
    if request.method != "POST":
        return _start_page(request, walk)
    form = SignInForm(request.POST)
    username = request.POST.get("username", "").strip()
    if not form.is_valid():
        flow.record_refused_input(walk, step="InitiateAuth", username=username)
        return _start_again(request, 400, username=username, field_errors=form.field_errors())
    try:
        state = flow.start(
            walk,
            attempt_id=posted_attempt_id(request.POST) or new_attempt_id(),
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
        )
    except record.AlreadyTaken:
        return already_sent(request)
    except throttle.Throttled as throttled:
        problem = words.too_many_tries(throttled.retry_after_s)
        page = _start_again(request, 429, username=username, problem=problem, ways_on=True)
        return _retry_after(page, throttled.retry_after_s)
    except CognitoError as error:
        return _refused_at_start(request, error, username=username)
    return _follow(request, state)


def _start_page(request: HttpRequest, walk: Walk) -> HttpResponse:
    if current_user(request) is not None:
        return redirect("account:home")
    clients.warm()
    username, text = request.GET.get("username", "")[:USERNAME_CHARS], None
    if request.session.session_key and (notice := walk.store.notice()):
        username, text = username or notice.username, words.NOTICES.get(notice.kind)
    return render(request, "signin/start.html", pages.start(username=username, notice=text or ""))


def _start_again(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    return render(request, "signin/start.html", pages.start(**context), status=status)


def _refused_at_start(request: HttpRequest, error: CognitoError, *, username: str) -> HttpResponse:
    """Every refusal of a name and password is one page; what is our fault says so (decision D2)."""
    hint = words.password_hint(request.POST.get("password", ""))
    if error.meaning.uniform:
        return _start_again(
            request, 403, username=username, problem=words.NOT_SIGNED_IN, password_hint=hint, ways_on=True
        )
    problem = words.Problem(words.NO_ANSWER.title, gettext(error.meaning.user))
    return _retry_after(_start_again(request, 503, username=username, problem=problem, password_hint=hint), 5)


def _retry_after(response: HttpResponse, seconds: int) -> HttpResponse:
    response["Retry-After"] = str(max(1, seconds))
    return response


def _follow(request: HttpRequest, state: State) -> HttpResponse:
    """Turn what the flow returned into the next page; a form of the step before is worth nothing there."""
    rotate_token(request)
    return HttpResponseRedirect(_address_after(state))


def _address_after(state: State) -> str:
    if isinstance(state, Attempt):
        return reverse(STEPS[state.challenge].url_name)
    if isinstance(state, SignedIn):
        return reverse("signin:done" if state.password_changed else "account:home")
    return reverse("signin:ended")


@sensitive_post_parameters("new_password")
@require_http_methods(GET_AND_POST)
@challenge_required(ChallengeName.NEW_PASSWORD_REQUIRED)
def new_password(request: HttpRequest, walk: Walk, attempt: Attempt) -> HttpResponse:
    """The page of NEW_PASSWORD_REQUIRED: a new password, and the attributes that the pool asks for."""
    pool = clients.pool_settings()
    inputs = inputs_for(attempt.required_attributes, pool)
    if request.method != "POST":
        return _new_password_page(request, attempt, pool, NewPassword("", "", inputs))
    form = read_new_password(request.POST, inputs)
    if form.is_valid and attempt.is_temporary_password(form.password):
        form = form.refused(words.SAME_AS_TEMPORARY)
    if not form.is_valid:
        flow.record_refused_input(walk, step=attempt.challenge, attempt=attempt)
        # What is already certain about the password is marked as well, so that one round mends all.
        failed = _unmet(pool, form.password) if form.password else ()
        return _new_password_page(request, attempt, pool, form, status=400, failed=failed)
    try:
        state = flow.answer(walk, attempt, form.responses())
    except record.AlreadyTaken:
        return already_sent(request, username=attempt.username)
    except throttle.Throttled as throttled:
        page = _new_password_page(
            request, attempt, pool, form, status=429, problem=words.too_many_tries(throttled.retry_after_s)
        )
        return _retry_after(page, throttled.retry_after_s)
    except CognitoError as error:
        return _refused_new_password(request, walk, error)
    return _follow(request, state)


def _new_password_page(
    request: HttpRequest,
    attempt: Attempt,
    pool: PoolSettings | None,
    form: NewPassword,
    *,
    status: int = 200,
    problem: words.Problem | None = None,
    failed: Collection[Rule] = (),
) -> HttpResponse:
    context = pages.new_password(attempt, pool=pool, form=form, problem=problem, failed=failed)
    return render(request, "signin/new_password.html", context, status=status)


def _refused_new_password(request: HttpRequest, walk: Walk, error: CognitoError) -> HttpResponse:
    """Show the form again where its Session lives on, with what failed; otherwise begin again."""
    attempt = walk.store.load()
    if attempt is None:
        return redirect("signin:start")
    pool, meaning = clients.pool_settings(), error.meaning
    form = read_new_password(request.POST, inputs_for(attempt.required_attributes, pool))
    text, failed = gettext(meaning.user), frozenset[Rule]()
    if meaning.our_fault:
        ours = words.Problem(words.TRY_AGAIN.title, text)
        page = _new_password_page(request, attempt, pool, form, status=503, problem=ours)
        return _retry_after(page, 5)
    problem: words.Problem | None = None
    if meaning.cause in (Cause.PASSWORD_POLICY, Cause.PASSWORD_HISTORY):
        if meaning.cause is Cause.PASSWORD_POLICY:
            failed = _failed_rules(error, pool, form.password)
        # With no checklist to mark, the text has to say which rule it was.
        only = next(iter(failed), None) if pool is None or pool.policy is None else None
        form = form.refused(words.BROKEN_RULES[only] if only else text)
    elif isinstance(error, CognitoRefused) and form.asks_for(error.attribute):
        form = form.with_attribute_refused(str(error.attribute), text)
    else:
        problem = words.Problem(words.NOT_ACCEPTED.title, text)
    return _new_password_page(request, attempt, pool, form, status=400, problem=problem, failed=failed)


def _failed_rules(error: CognitoError, pool: PoolSettings | None, password: str) -> frozenset[Rule]:
    """The rules to mark: what Cognito names, and what the pool's policy lets us see beside it."""
    named = rule_from_message(error.message) if isinstance(error, CognitoRefused) else None
    return _unmet(pool, password) | ({named} if named else set())


def _unmet(pool: PoolSettings | None, password: str) -> frozenset[Rule]:
    """The rules of the pool that a password breaks; none where they are not known."""
    return frozenset(unmet(pool.policy, password)) if pool and pool.policy else frozenset()


@public
@sensitive_post_parameters("password")
@require_POST
@attempt_required
def renew(request: HttpRequest, walk: Walk, attempt: Attempt) -> HttpResponse:
    """Renew the step in place, for countdown.js: JSON in the answer, never a page (decision D5)."""
    form = RenewForm(request.POST)
    if not form.is_valid():
        flow.record_refused_input(walk, step=attempt.challenge, attempt=attempt)
        return _renewal_problem(attempt, words.TYPE_TEMPORARY_PASSWORD, 400)
    try:
        state = flow.renew(walk, attempt, password=form.cleaned_data["password"])
    except record.AlreadyTaken:
        return already_sent(request)
    except throttle.Throttled as throttled:
        page = _renewal_problem(attempt, words.too_many_tries(throttled.retry_after_s).text, 429)
        return _retry_after(page, throttled.retry_after_s)
    except CognitoError as error:
        text = words.NOT_RENEWED if error.meaning.uniform else words.NO_ANSWER.text
        return _renewal_problem(walk.store.load() or attempt, text, 403 if error.meaning.uniform else 503)
    rotate_token(request)
    if isinstance(state, Attempt) and state.is_same_step_as(attempt):
        return _renewed(request, state)
    return JsonResponse({"redirect": _address_after(state)})


def _renewed(request: HttpRequest, attempt: Attempt) -> JsonResponse:
    return JsonResponse(
        {
            "attempt": attempt.attempt_id,
            "turn": attempt.turn,
            "remaining_s": attempt.remaining_s(time.time()),
            "expiry_known": attempt.is_expiry_known,
            "csrf_token": get_token(request),
        }
    )


def _renewal_problem(attempt: Attempt, text: words.Words, status: int) -> JsonResponse:
    return JsonResponse({"problem": str(text), "turn": attempt.turn}, status=status)


@cognito_user_required
@require_safe
@never_cache
def done(request: HttpRequest) -> HttpResponse:
    """The end of the walk."""
    notice = walk_of(request).store.notice()
    changed = notice is not None and notice.password_changed
    context = pages.done(username=signed_in_user(request).username, password_changed=changed)
    return render(request, "signin/done.html", context | onward())


@public
@require_safe
@never_cache
def ended(request: HttpRequest) -> HttpResponse:
    """Where a walk ends that asks for a step this portal does not have."""
    notice = walk_of(request).store.notice() if request.session.session_key else None
    if notice is None or notice.kind != "unsupported":
        return redirect("signin:start")
    text = words.UNSUPPORTED_AFTER_CHANGE if notice.password_changed else words.UNSUPPORTED.text
    context = {"title": words.UNSUPPORTED.title, "text": text, "reference": notice.reference}
    return render(request, "signin/ended.html", context)


@public
@require_http_methods(GET_AND_POST)
@never_cache
def invitation(request: HttpRequest) -> HttpResponse:
    """Ask for a new invitation. The answer is the same for every name (decision D2)."""
    if request.method != "POST":
        username = request.GET.get("username", "")[:USERNAME_CHARS]
        return render(request, "signin/invitation.html", {"username": username, "field_errors": {}})
    walk, form = walk_of(request), UsernameForm(request.POST)
    username = request.POST.get("username", "").strip()
    if not form.is_valid():
        flow.record_refused_input(walk, step="invitation", username=username)
        fields = {"username": username, "field_errors": form.field_errors()}
        return render(request, "signin/invitation.html", fields, status=400)
    try:
        invitations.request_invitation(walk, username=form.cleaned_data["username"])
    except throttle.Throttled as throttled:
        context: dict[str, Any] = {
            "username": username,
            "field_errors": {},
            "problem": words.too_many_tries(throttled.retry_after_s),
        }
        page = render(request, "signin/invitation.html", context, status=429)
        return _retry_after(page, throttled.retry_after_s)
    return redirect("signin:invitation_sent")


@public
@require_safe
@never_cache
def invitation_sent(request: HttpRequest) -> HttpResponse:
    """What happens after a request for an invitation."""
    return render(request, "signin/invitation_sent.html")


@public
@require_safe
@never_cache
def forgot_password(request: HttpRequest) -> HttpResponse:
    """Whom to ask for a new password."""
    return render(request, "signin/forgot_password.html")


@public
@require_safe
@never_cache
def confirm_account(request: HttpRequest) -> HttpResponse:
    """Whom to ask when an account waits for its confirmation code."""
    return render(request, "signin/confirm_account.html")
