"""The one door between two steps: a view behind it holds the attempt it is for, and a form meant for it.

A form that belongs to another attempt, or was sent before, is refused here with 409 and an audit row, so no
view can act on it (security rows ASVS 2.3.1, E4).
"""

import time
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from cognito_portal import clients
from cognito_portal.access import View, public
from cognito_portal.actors import visitor
from cognito_portal.audit import record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.failures import already_sent
from cognito_portal.signin import devices
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.challenges import STEPS, is_supported
from cognito_portal.signin.endings import ended
from cognito_portal.signin.forms import posted_attempt_id, posted_turn
from cognito_portal.signin.session import AttemptStore, Notice
from cognito_portal.signin.walk import Walk, person_of

StepView = Callable[[HttpRequest, Walk, Attempt], HttpResponse]


def walk_of(request: HttpRequest) -> Walk:
    """The walk of the browser that sent this request."""
    client = clients.cognito()
    return Walk(
        client=client,
        aside=clients.cognito_aside(),
        verifier=clients.token_verifier(),
        store=AttemptStore(request.session, pool_id=client.pool_id, client_id=client.client_id),
        by=visitor(request),
        session_minutes=clients.session_minutes,
        has_page=is_supported,
        device=devices.find(request, pool_id=client.pool_id),
        remembers_devices=settings.REMEMBER_DEVICES,
    )


def attempt_required(view: StepView) -> View:
    """Only with an unfinished attempt; a POST only with the form of its present turn."""

    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest) -> HttpResponse:
        walk = walk_of(request)
        attempt = walk.store.load()
        is_known = attempt is None or is_supported(attempt.challenge)
        if not is_known or (attempt is None and walk.store.has_attempt):
            return _unreadable(walk)
        if request.method == "POST" and not _is_form_of(attempt, request):
            return _refuse_form(request, walk, attempt)
        if attempt is None:
            return redirect("signin:start")
        return view(request, walk, attempt)

    return public(guarded)


def challenge_required(challenge: str) -> Callable[[StepView], View]:
    """As `attempt_required`, for one challenge; another challenge has its own page, an expired one starts again."""

    def decorate(view: StepView) -> View:
        @wraps(view)
        def on_its_step(request: HttpRequest, walk: Walk, attempt: Attempt) -> HttpResponse:
            if attempt.challenge != challenge:
                return redirect(STEPS[attempt.challenge].url_name)
            if request.method == "POST" and attempt.is_over(time.time()):
                return _expired(walk, attempt)
            return view(request, walk, attempt)

        return attempt_required(on_its_step)

    return decorate


def _is_form_of(attempt: Attempt | None, request: HttpRequest) -> bool:
    return (
        attempt is not None
        and posted_attempt_id(request.POST) == attempt.attempt_id
        and posted_turn(request.POST) == attempt.turn
    )


def _refuse_form(request: HttpRequest, walk: Walk, attempt: Attempt | None) -> HttpResponse:
    posted = posted_attempt_id(request.POST)
    is_of_this_attempt = attempt is not None and posted == attempt.attempt_id
    record.note_bounded(
        event=Event.SIGNIN_OUT_OF_ORDER,
        outcome=Outcome.ALREADY_SENT if is_of_this_attempt else Outcome.OUT_OF_ORDER,
        by=walk.by,
        step=attempt.challenge if attempt else "",
        attempt_id=posted,
        person=person_of(attempt) if attempt else None,
    )
    if attempt is None:
        return already_sent(request)
    open_step = reverse(STEPS[attempt.challenge].url_name)
    return already_sent(request, username=attempt.username, open_step=open_step)


def _expired(walk: Walk, attempt: Attempt) -> HttpResponse:
    with record.write_transaction():
        record.note(
            event=Event.SIGNIN_EXPIRED,
            outcome=Outcome.EXPIRED,
            by=walk.by,
            step=attempt.challenge,
            attempt_id=attempt.attempt_id,
            person=person_of(attempt),
            client_id=attempt.client_id,
        )
        over = ended(attempt, "expired")
        walk.store.end(over.notice)
    return redirect("signin:start")


def _unreadable(walk: Walk) -> HttpResponse:
    with record.write_transaction():
        record.note(event=Event.SIGNIN_STATE_UNREADABLE, outcome=Outcome.UNREADABLE, by=walk.by)
        walk.store.end(Notice(kind="unreadable", pool_id=walk.client.pool_id))
    return redirect("signin:start")
