"""A person's details, and the addresses they are reached at."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from cognito_portal import clients
from cognito_portal.account import flows, words
from cognito_portal.account.acts import details as acts
from cognito_portal.account.details import SIGN_IN_NAMES, Details, details_of, with_values
from cognito_portal.account.forms import read_code
from cognito_portal.account.guards import GET_AND_POST, POST, account_page, ask_again
from cognito_portal.account.profile import CONTACTS, find_profile
from cognito_portal.account.showing import REFUSALS, Refusal, refusal_of, show
from cognito_portal.account.turns import posted_turn
from cognito_portal.account.visit import Visit
from cognito_portal.cognito.types import UserProfile
from cognito_portal.identity import is_fresh

TITLE = _("Your details")


@account_page(GET_AND_POST)
def details(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What Cognito has of this person, and what of it they may change here."""
    if request.method != "POST":
        return _page(request, visit)
    profile = find_profile(visit)
    if profile is None:
        return _page(request, visit)
    typed = with_values(_details(visit, profile), request.POST.dict())
    errors = {item.id: item.error for item in typed.inputs if item.error}
    if errors:
        flows.record_refused_input(visit, step="UpdateUserAttributes")
        return _page(request, visit, Refusal(errors=errors), typed)
    changed = typed.changed(profile)
    if not changed:
        return redirect("account:details")
    if not SIGN_IN_NAMES.isdisjoint(changed) and not is_fresh(visit.user, now=time.time()):
        return ask_again("details")
    try:
        acts.save_details(visit, turn=posted_turn(request.POST) or 0, attributes=changed)
    except REFUSALS as error:
        return _page(request, visit, refusal_of(error), typed)
    return redirect("account:details")


@account_page(POST, again="details")
def change_contact(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Another e-mail address or phone number: whoever holds it can come back in, so the sign-in is fresh."""
    profile = find_profile(visit)
    if profile is None:
        return _page(request, visit)
    shown = _details(visit, profile)
    contact = next((each for each in shown.contacts if each.name == _attribute(request)), None)
    if contact is None or not contact.can_change:
        return _refuse(request, visit, "UpdateUserAttributes", Refusal(problem=words.NOT_POSSIBLE))
    typed = contact.field.filled(request.POST.get("value", "").strip())
    if typed.error:
        refusal = Refusal(errors={typed.id: typed.error})
        return _refuse(request, visit, "UpdateUserAttributes", refusal, values={typed.attribute: typed.value})
    try:
        acts.change_contact(
            visit, turn=posted_turn(request.POST) or 0, attribute=typed.attribute, value=typed.value
        )
    except REFUSALS as error:
        refusal = refusal_of(error, at=typed.id)
        return _page(request, visit, refusal, values={typed.attribute: typed.value})
    return redirect("account:details")


@account_page(POST)
def send_code(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Have a code sent to an address that is not verified."""
    attribute = _attribute(request)
    if not attribute:
        step = "GetUserAttributeVerificationCode"
        return _refuse(request, visit, step, Refusal(problem=words.NOT_POSSIBLE))
    try:
        acts.send_code(visit, turn=posted_turn(request.POST) or 0, attribute=attribute)
    except REFUSALS as error:
        return _page(request, visit, refusal_of(error))
    return redirect("account:details")


@account_page(POST)
def verify_contact(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The code that was sent to an address."""
    attribute, (code, fault) = _attribute(request), read_code(request.POST)
    at = f"code-{attribute}"
    if fault or not attribute:
        return _refuse(request, visit, "VerifyUserAttribute", Refusal(errors={at: fault}))
    try:
        acts.verify_contact(visit, turn=posted_turn(request.POST) or 0, attribute=attribute, code=code)
    except REFUSALS as error:
        return _page(request, visit, refusal_of(error, at=at))
    return redirect("account:details")


def _attribute(request: HttpRequest) -> str:
    posted = request.POST.get("attribute", "")
    return posted if posted in CONTACTS else ""


def _details(visit: Visit, profile: UserProfile) -> Details:
    return details_of(
        profile, pool=clients.pool_settings(), client=clients.client_settings(), waiting=visit.pending()
    )


def _refuse(
    request: HttpRequest, visit: Visit, step: str, refusal: Refusal, values: dict[str, str] | None = None
) -> HttpResponse:
    flows.record_refused_input(visit, step=step)
    return _page(request, visit, refusal, values=values)


def _page(
    request: HttpRequest,
    visit: Visit,
    refusal: Refusal | None = None,
    typed: Details | None = None,
    *,
    values: dict[str, str] | None = None,
) -> HttpResponse:
    """The page; `typed` are the details and `values` the contacts as they were typed, kept after a refusal."""
    profile = None if typed else find_profile(visit)
    shown = _details(visit, profile) if profile else typed
    if shown is None:
        refusal = refusal or Refusal(status=503, problem=words.CANNOT_SHOW, retry_after_s=5)
    context: dict[str, Any] = {
        "details": shown,
        "typed": values or {},
        "is_fresh": is_fresh(visit.user, now=time.time()),
    }
    return show(request, visit, "account/details.html", context, title=TITLE, refusal=refusal)
