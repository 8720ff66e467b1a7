"""Changing the password."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cognito_portal import clients, throttle
from cognito_portal.account import flows, words
from cognito_portal.account.acts import password as acts
from cognito_portal.account.forms import PasswordChange, read_password_change
from cognito_portal.account.guards import GET_AND_POST, account_page, ask_again
from cognito_portal.account.showing import REFUSALS, Refusal, refusal_of, show
from cognito_portal.account.turns import posted_turn
from cognito_portal.account.visit import Visit
from cognito_portal.cognito.errors import Cause, CognitoError, CognitoRefused
from cognito_portal.cognito.password_policy import Rule, rule_from_message
from cognito_portal.cognito.types import PoolSettings
from cognito_portal.identity import is_fresh
from cognito_portal.signin.pages import password_rules

ABOUT_THE_NEW_ONE = frozenset({Cause.PASSWORD_POLICY, Cause.PASSWORD_HISTORY, Cause.INVALID_INPUT})


@account_page(GET_AND_POST)
def password(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The present password and a new one. Who proves nothing by a present one must have signed in lately."""
    pool = clients.pool_settings()
    if request.method != "POST":
        return _page(request, visit, pool)
    form = read_password_change(
        request.POST, pool.policy if pool else None, may_lack_present=_may_lack_password(pool)
    )
    if form.errors:
        flows.record_refused_input(visit, step="ChangePassword")
        return _page(request, visit, pool, Refusal(errors=form.errors), form.failed)
    if form.present is None and not is_fresh(visit.user, now=time.time()):
        return ask_again("password")
    try:
        acts.change_password(visit, turn=posted_turn(request.POST) or 0, present=form.present, new=form.new)
    except acts.PerhapsChanged:
        return _page(request, visit, pool, Refusal(status=503, problem=words.PASSWORD_PERHAPS_CHANGED))
    except REFUSALS as error:
        return _refused(request, visit, pool, form, error)
    return redirect("account:password")


def _may_lack_password(pool: PoolSettings | None) -> bool:
    return pool is not None and any(factor != "PASSWORD" for factor in pool.first_factors)


def _refused(
    request: HttpRequest,
    visit: Visit,
    pool: PoolSettings | None,
    form: PasswordChange,
    error: throttle.Throttled | CognitoError,
) -> HttpResponse:
    if not isinstance(error, CognitoRefused):
        return _page(request, visit, pool, refusal_of(error, at="new-password"))
    cause = error.meaning.cause
    if cause is Cause.BAD_CREDENTIALS:
        refusal = Refusal(errors={"password": words.NOT_YOUR_PASSWORD})
        return _page(request, visit, pool, refusal)
    named = rule_from_message(error.message) if cause is Cause.PASSWORD_POLICY else None
    if cause in ABOUT_THE_NEW_ONE:
        refusal = Refusal(errors={"new-password": gettext(error.meaning.user)})
        return _page(request, visit, pool, refusal, form.failed | ({named} if named else frozenset()))
    return _page(request, visit, pool, refusal_of(error))


def _page(
    request: HttpRequest,
    visit: Visit,
    pool: PoolSettings | None,
    refusal: Refusal | None = None,
    failed: frozenset[Rule] = frozenset(),
) -> HttpResponse:
    context = {
        "rules": password_rules(pool.policy if pool else None, failed),
        "password_error": refusal.errors.get("new-password", "") if refusal else "",
        "may_lack_present": _may_lack_password(pool),
    }
    return show(
        request, visit, "account/password.html", context, title=_("Change your password"), refusal=refusal
    )
