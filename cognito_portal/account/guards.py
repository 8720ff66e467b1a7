"""The one door to the pages of an account: who is there, how lately they signed in, and which form this is."""

import time
from collections.abc import Callable, Sequence
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cognito_portal.access import View, cognito_user_required
from cognito_portal.account import flows
from cognito_portal.account.turns import posted_turn
from cognito_portal.account.visit import SignInAgain, Visit, visit_of
from cognito_portal.audit import record
from cognito_portal.audit.events import Outcome
from cognito_portal.failures import already_sent
from cognito_portal.identity import is_fresh
from cognito_portal.signin.session import AttemptStore, Notice

GET = ("GET", "HEAD")
POST = ("POST",)
GET_AND_POST = (*GET, *POST)
AccountView = Callable[[HttpRequest, Visit], HttpResponse]


def account_page(
    methods: Sequence[str], *, again: str = "", needs_turn: bool = True
) -> Callable[[AccountView], View]:
    """Only for a signed-in person, who is sent to sign in again where their tokens are over.

    With `again`, a name of cognito_portal.again, also where they signed in too long ago. A form without a
    turn (unless it needs none), or one that was sent before, is refused with 409.
    """

    def decorate(view: AccountView) -> View:
        @wraps(view)
        @sensitive_post_parameters()
        @never_cache
        def guarded(request: HttpRequest) -> HttpResponse:
            visit = visit_of(request)
            if again and not is_fresh(visit.user, now=time.time()):
                return ask_again(again)
            try:
                if request.method == "POST" and needs_turn and posted_turn(request.POST) is None:
                    flows.record_refused_input(visit, step=request.path[:64], outcome=Outcome.OUT_OF_ORDER)
                    return already_sent(request, open_step=reverse("account:home"))
                return view(request, visit)
            except record.AlreadyTaken:
                flows.record_refused_input(visit, step=request.path[:64], outcome=Outcome.ALREADY_SENT)
                return already_sent(request, open_step=reverse("account:home"))
            except SignInAgain as over:
                flows.end_session(visit, outcome=over.outcome)
                return leave(request, visit, notice="session_ended")

        return cognito_user_required(require_http_methods(methods)(guarded))

    return decorate


def ask_again(name: str) -> HttpResponse:
    """To the sign-in page, and from there back to the page of this name."""
    return redirect(f"{reverse('signin:start')}?again={name}")


def leave(request: HttpRequest, visit: Visit, *, notice: str) -> HttpResponse:
    """To the sign-in page, after the session ended, with what it says there."""
    user = visit.user
    store = AttemptStore(request.session, pool_id=user.pool_id, client_id=user.client_id)
    store.end(Notice(kind=notice, pool_id=user.pool_id, username=user.shown_name))
    response = redirect("signin:start")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
