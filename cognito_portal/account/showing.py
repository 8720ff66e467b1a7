"""What every page of an account is shown with, and what becomes of a refusal on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from cognito_portal import throttle
from cognito_portal.account import words
from cognito_portal.account.turns import new_turn
from cognito_portal.account.visit import Visit
from cognito_portal.cognito.errors import Cause, CognitoError
from cognito_portal.signin.words import Problem, Words, too_many_tries

REFUSALS = (throttle.Throttled, CognitoError)
SOON_S, AN_HOUR_S = 5, 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a form was not carried out: the status of the page, and the words above it or at its inputs.

    `errors` are by the id of the input they stand at.
    """

    status: int = 400
    problem: Problem | None = None
    errors: Mapping[str, Words] = field(default_factory=dict)
    retry_after_s: int | None = None


def refusal_of(error: throttle.Throttled | CognitoError, *, at: str = "") -> Refusal:
    """How a page shows an error; with `at`, the id of an input, that one is to blame for what was typed."""
    if isinstance(error, throttle.Throttled):
        seconds = error.retry_after_s
        return Refusal(status=429, problem=too_many_tries(seconds), retry_after_s=seconds)
    meaning = error.meaning
    text = gettext(meaning.user)
    if meaning.cause is Cause.TOO_MANY_ATTEMPTS:
        return Refusal(status=429, problem=words.WAIT_AN_HOUR, retry_after_s=AN_HOUR_S)
    if meaning.our_fault:
        return Refusal(status=503, problem=Problem(words.TRY_AGAIN_TITLE, text), retry_after_s=SOON_S)
    if meaning.uniform or meaning.restart:
        # The words for these speak of signing in.
        return Refusal(problem=words.NOT_POSSIBLE)
    return Refusal(errors={at: text}) if at else Refusal(problem=Problem(words.REFUSED_TITLE, text))


def show(
    request: HttpRequest,
    visit: Visit,
    template: str,
    context: Mapping[str, Any],
    *,
    title: Words,
    refusal: Refusal | None = None,
) -> HttpResponse:
    """A page of the account, with what the act before it left to be said or why this one was refused."""
    refused = refusal or Refusal(status=200)
    notice = words.NOTICES.get(visit.take_notice(), "") if request.method == "GET" else ""
    shown = {
        "title": title,
        "username": visit.user.shown_name,
        "notice": notice,
        "problem": refused.problem,
        "errors": refused.errors,
        # Called by the template, so that each form of a page has a number of its own.
        "turn": new_turn,
    }
    response = render(request, template, shown | dict(context), status=refused.status)
    if refused.retry_after_s is not None:
        response["Retry-After"] = str(max(1, refused.retry_after_s))
    return response
