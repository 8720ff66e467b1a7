"""How a view of the walk answers: the next page, or a page that says when to come back."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.urls import reverse

from cognito_portal import mail
from cognito_portal.actors import visitor
from cognito_portal.again import AGAIN
from cognito_portal.identity import person_of
from cognito_portal.signin import devices
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.challenges import STEPS
from cognito_portal.signin.session import SignedIn, State


def follow(request: HttpRequest, state: State) -> HttpResponse:
    """Turn what the flow returned into the next page; a form of the step before is worth nothing there."""
    rotate_token(request)
    response = HttpResponseRedirect(address_after(state))
    if isinstance(state, SignedIn):
        _tell(request, state)
        if state.remembered is not None:
            devices.set_cookie(response, state.remembered.token)
    return response


def _tell(request: HttpRequest, state: SignedIn) -> None:
    """Tell the person by mail what this sign-in changed (decision D14)."""
    changed = {
        mail.What.PASSWORD_CHANGED: state.password_changed,
        mail.What.FACTOR_ADDED: state.factor_enrolled,
    }
    for what in (what for what, is_so in changed.items() if is_so):
        mail.notify(
            state.email,
            what=what,
            by=visitor(request),
            person=person_of(state.user),
            client_id=state.user.client_id,
            attempt_id=state.user.attempt_id,
        )


def address_after(state: State) -> str:
    """Where a person goes on after an act of the walk."""
    if isinstance(state, Attempt):
        return reverse(STEPS[state.challenge].url_name)
    if isinstance(state, SignedIn):
        if state.password_changed or state.factor_enrolled:
            return reverse("signin:done")
        return reverse(AGAIN.get(state.goal, "account:home"))
    is_for_the_end_page = state.notice is not None and state.notice.kind == "unsupported"
    return reverse("signin:ended" if is_for_the_end_page else "signin:start")


def retry_after(response: HttpResponse, seconds: int) -> HttpResponse:
    """The same answer, with the seconds after which it is worth trying again (RFC 9110 section 10.2.3)."""
    response["Retry-After"] = str(max(1, seconds))
    return response
