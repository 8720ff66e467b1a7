"""How a view of the walk answers: the next page, or a page that says when to come back."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.urls import reverse

from cognito_portal import mail
from cognito_portal.actors import visitor
from cognito_portal.again import AGAIN
from cognito_portal.identity import person_of as person_of_user
from cognito_portal.signin import devices
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.challenges import STEPS
from cognito_portal.signin.session import Ended, SignedIn, State
from cognito_portal.signin.walk import person_of


def follow(request: HttpRequest, state: State, *, before: Attempt | None = None) -> HttpResponse:
    """Turn what the flow returned into the next page; a form of the step before is worth nothing there.

    `before` is the attempt that was answered.
    """
    rotate_token(request)
    _tell(request, state, before)
    response = HttpResponseRedirect(address_after(state))
    if isinstance(state, SignedIn) and state.remembered is not None:
        devices.set_cookie(response, state.remembered.token)
    return response


def _tell(request: HttpRequest, state: State, before: Attempt | None) -> None:
    """Tell the person by mail what this step changed (decision D14), though further steps may follow."""
    if before is None or isinstance(state, Ended):
        return
    changed = {
        mail.What.PASSWORD_CHANGED: state.password_changed and not before.password_changed,
        mail.What.FACTOR_ADDED: state.factor_enrolled and not before.factor_enrolled,
    }
    person = person_of_user(state.user) if isinstance(state, SignedIn) else person_of(before)
    for what in (what for what, is_so in changed.items() if is_so):
        mail.notify(
            state.email or before.email,
            what=what,
            by=visitor(request),
            person=person,
            client_id=before.client_id,
            attempt_id=before.attempt_id,
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
