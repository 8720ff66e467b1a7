"""The pages of the walk. Each checks the form, lets the flow act, and turns what comes out into a page."""

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.middleware.csrf import get_token, rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cognito_portal import clients, throttle
from cognito_portal.access import View, cognito_user_required, public
from cognito_portal.again import AGAIN
from cognito_portal.audit import record
from cognito_portal.audit.events import Outcome
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.cognito.types import AuthFlow, ChallengeName
from cognito_portal.failures import already_sent
from cognito_portal.identity import current_user, signed_in_user
from cognito_portal.signin import flow, invitations, pages, words
from cognito_portal.signin.answers import address_after, follow, retry_after
from cognito_portal.signin.attempt import Attempt, new_attempt_id
from cognito_portal.signin.challenges import STEPS, Step
from cognito_portal.signin.forms import (
    USERNAME_CHARS,
    OptionalPasswordForm,
    RenewForm,
    SignInForm,
    UsernameForm,
    posted_attempt_id,
)
from cognito_portal.signin.guards import attempt_required, challenge_required, walk_of
from cognito_portal.signin.hosts import host_of
from cognito_portal.signin.session import Ended
from cognito_portal.signin.steps.form import StepForm
from cognito_portal.signin.walk import Walk
from cognito_portal.site import onward

GET_AND_POST = ("GET", "HEAD", "POST")
OTHER_WAYS = "other"


@public
@sensitive_post_parameters("password")
@require_http_methods(GET_AND_POST)
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """The sign-in page."""
    walk = walk_of(request)
    if request.method != "POST":
        return _start_page(request, walk)
    flow_asked = _flow_asked(request)
    form = _start_form(request, flow_asked)
    username = request.POST.get("username", "").strip()
    if not form.is_valid():
        flow.record_refused_input(walk, step="InitiateAuth", username=username)
        return _start_again(request, 400, username=username, field_errors=form.field_errors())
    try:
        state = flow.start(
            walk,
            attempt_id=posted_attempt_id(request.POST) or new_attempt_id(),
            username=form.cleaned_data["username"],
            password="" if flow_asked else form.cleaned_data.get("password", ""),
            flow=flow_asked,
            remember=walk.remembers_devices and "remember" in request.POST,
            goal=_goal(request.POST) if _is_same_person(request, username) else "",
        )
    except record.AlreadyTaken:
        return already_sent(request)
    except throttle.Throttled as throttled:
        problem = words.too_many_tries(throttled.retry_after_s)
        page = _start_again(request, 429, username=username, problem=problem, ways_on=True)
        return retry_after(page, throttled.retry_after_s)
    except CognitoError as error:
        kept = walk.store.load()
        if kept is not None:
            # A call that followed by itself was not made, or the name is asked what every name is asked.
            return redirect(STEPS[kept.challenge].url_name)
        return _refused_at_start(request, error, username=username)
    return follow(request, state)


def _flow_asked(request: HttpRequest) -> AuthFlow | None:
    """The flow that a person chose on the page, where the settings leave it open; None for the usual one."""
    is_other = request.POST.get("way") == OTHER_WAYS and settings.COGNITO_AUTH_FLOW == clients.AUTO
    return AuthFlow.USER_AUTH if is_other else None


def _offers_other_ways() -> bool:
    return settings.COGNITO_AUTH_FLOW == clients.AUTO and clients.offers_user_auth()


def _password_field(flow_asked: AuthFlow | None = None) -> str:
    """Whether a sign-in begins with a password: "required", "optional", or "" where it is asked for later."""
    configured = flow_asked or settings.COGNITO_AUTH_FLOW
    return {AuthFlow.USER_AUTH.value: "", AuthFlow.CUSTOM_AUTH.value: "optional"}.get(configured, "required")


def _start_form(request: HttpRequest, flow_asked: AuthFlow | None) -> UsernameForm:
    kind = {"": UsernameForm, "optional": OptionalPasswordForm}.get(_password_field(flow_asked), SignInForm)
    return kind(request.POST)


def _goal(data: QueryDict) -> str:
    again = data.get("again", "")
    return again if again in AGAIN else ""


def _is_same_person(request: HttpRequest, username: str) -> bool:
    """Whether a sign-in is one of whoever sits there already; anybody else does not go on where they were."""
    user = current_user(request)
    return user is None or record.account_of(username) in map(record.account_of, (user.typed, user.username))


def _start_page(request: HttpRequest, walk: Walk) -> HttpResponse:
    user, again = current_user(request), _goal(request.GET)
    if user is not None and not again:
        return redirect("account:home")
    clients.warm()
    if user is not None:
        return _start_again(request, 200, username=user.typed, notice=words.CONFIRM_IT_IS_YOU)
    username = request.GET.get("username", "")[:USERNAME_CHARS]
    notice = walk.store.notice() if request.session.session_key else None
    if notice is None:
        return _start_again(request, 200, username=username)
    username = username or notice.username
    said: list[words.Words] = [words.PASSWORD_IS_SET] if notice.password_changed else []
    if notice.kind == "not_signed_in":
        return _start_again(request, 200, username=username, problem=words.NOT_SIGNED_IN, ways_on=True)
    said.insert(0, words.NOTICES.get(notice.kind, ""))
    return _start_again(request, 200, username=username, notice=" ".join(map(str, said)).strip())


def _start_again(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    remember = ("remember" in request.POST) if settings.REMEMBER_DEVICES else None
    offered = {
        "password_field": _password_field(),
        "other_ways": _offers_other_ways(),
        "remember": remember,
        "again": _goal(request.POST) or _goal(request.GET),
    }
    return render(request, "signin/start.html", pages.start(**{**offered, **context}), status=status)


def _refused_at_start(request: HttpRequest, error: CognitoError, *, username: str) -> HttpResponse:
    """Every refusal of a name and password is one page; what is our fault says so (decision D2)."""
    hint = words.password_hint(request.POST.get("password", ""))
    if error.meaning.uniform:
        return _start_again(
            request, 403, username=username, problem=words.NOT_SIGNED_IN, password_hint=hint, ways_on=True
        )
    problem = words.Problem(words.NO_ANSWER.title, gettext(error.meaning.user))
    return retry_after(_start_again(request, 503, username=username, problem=problem, password_hint=hint), 5)


def step_view(challenge: str) -> View:
    """The view of one challenge, made of its entry in the table."""
    step = STEPS[challenge]

    @sensitive_post_parameters()
    @require_http_methods(GET_AND_POST)
    @challenge_required(challenge)
    def view(request: HttpRequest, walk: Walk, attempt: Attempt) -> HttpResponse:
        host = host_of(request)
        if request.method != "POST":
            return _step_page(request, step, step.form.blank(attempt, host))
        form = step.form.read(attempt, host, request.POST)
        if not form.is_valid:
            flow.record_refused_input(walk, step=challenge, attempt=attempt)
            return _step_page(request, step, form, status=400)
        if form.needs_more:
            return _step_page(request, step, form)
        try:
            state = form.send(walk)
        except flow.CodeReused:
            flow.record_refused_input(walk, step=challenge, attempt=attempt, outcome=Outcome.CODE_REUSED)
            return _step_page(request, step, form.with_error("code", words.CODE_REUSED), status=400)
        except record.AlreadyTaken:
            return already_sent(request, username=attempt.username)
        except throttle.Throttled as throttled:
            present = walk.store.load()
            if present != attempt:
                # The answer was sent and was right; it is what follows that has to wait.
                return follow(request, present or Ended(), before=attempt)
            problem = words.too_many_tries(throttled.retry_after_s)
            page = _step_page(request, step, form, status=429, problem=problem)
            return retry_after(page, throttled.retry_after_s)
        except CognitoError as error:
            return _refused_step(request, walk, attempt, error)
        return follow(request, state, before=attempt)

    return view


def _step_page(
    request: HttpRequest,
    step: Step,
    form: StepForm,
    *,
    status: int = 200,
    problem: words.Problem | None = None,
) -> HttpResponse:
    context = form.page(problem) | {"action": reverse(step.url_name)}
    return render(request, step.template, context, status=status)


def _refused_step(request: HttpRequest, walk: Walk, answered: Attempt, error: CognitoError) -> HttpResponse:
    """Show the form again where its Session lives on, with what failed; otherwise go where the walk stands."""
    attempt = walk.store.load()
    if attempt is None:
        return redirect("signin:start")
    step = STEPS[attempt.challenge]
    if (attempt.challenge, attempt.cognito_session) != (answered.challenge, answered.cognito_session):
        # The answer was right, and a call that followed it by itself was not made.
        return follow(request, attempt, before=answered)
    form = step.form.read(attempt, host_of(request), request.POST)
    if error.meaning.our_fault:
        ours = words.Problem(words.TRY_AGAIN.title, gettext(error.meaning.user))
        return retry_after(_step_page(request, step, form, status=503, problem=ours), 5)
    form, problem = form.refused(error)
    return _step_page(request, step, form, status=400, problem=problem)


@public
@sensitive_post_parameters("password")
@require_POST
@attempt_required
def renew(request: HttpRequest, walk: Walk, attempt: Attempt) -> HttpResponse:
    """Renew the step in place, for countdown.js: JSON in the answer, never a page (decision D5).

    Only a new password is worth it; elsewhere nothing was typed that would be lost.
    """
    if attempt.challenge != ChallengeName.NEW_PASSWORD_REQUIRED:
        return JsonResponse({"redirect": address_after(attempt)})
    form = RenewForm(request.POST)
    if not form.is_valid():
        flow.record_refused_input(walk, step=attempt.challenge, attempt=attempt)
        return _renewal_problem(attempt, words.TYPE_TEMPORARY_PASSWORD, 400)
    try:
        state = flow.renew(walk, attempt, password=form.cleaned_data["password"])
    except record.AlreadyTaken:
        return already_sent(request)
    except throttle.Throttled as throttled:
        page = _renewal_problem(
            walk.store.load() or attempt, words.too_many_tries(throttled.retry_after_s).text, 429
        )
        return retry_after(page, throttled.retry_after_s)
    except CognitoError as error:
        text = words.NOT_RENEWED if error.meaning.uniform else words.NO_ANSWER.text
        return _renewal_problem(walk.store.load() or attempt, text, 403 if error.meaning.uniform else 503)
    rotate_token(request)
    if isinstance(state, Attempt) and state.is_same_step_as(attempt):
        return _renewed(request, state)
    return JsonResponse({"redirect": address_after(state)})


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
    context = pages.done(
        username=signed_in_user(request).shown_name,
        password_changed=notice is not None and notice.password_changed,
        factor_enrolled=notice is not None and notice.factor_enrolled,
    )
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
        return retry_after(page, throttled.retry_after_s)
    return redirect("signin:invitation_sent")


@public
@require_safe
@never_cache
def invitation_sent(request: HttpRequest) -> HttpResponse:
    """What happens after a request for an invitation."""
    return render(request, "signin/invitation_sent.html")
