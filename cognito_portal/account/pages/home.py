"""The overview, and the ways to leave."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from cognito_portal import clients
from cognito_portal.account import flows, words
from cognito_portal.account.guards import GET, POST, account_page, leave
from cognito_portal.account.profile import CONTACTS, find_profile, is_verified
from cognito_portal.account.showing import show
from cognito_portal.account.turns import posted_turn
from cognito_portal.account.visit import Visit
from cognito_portal.cognito.types import UserProfile
from cognito_portal.site import onward


@account_page(GET)
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Who is signed in, since when, and the parts of the account; what Cognito does not tell now is left out."""
    user, profile, pool = visit.user, find_profile(visit), clients.pool_settings()
    context = {
        "user": {"username": user.shown_name, "since": user.signed_in_at, "groups": user.groups},
        "state": _state(profile) if profile else None,
        "has_devices": pool is None or pool.device_tracking,
    }
    return show(request, visit, "account/home.html", context | onward(), title=_("Your account"))


def _state(profile: UserProfile) -> dict[str, Any]:
    contacts = [name for name in CONTACTS if profile.attributes.get(name)]
    return {
        "factors": [words.FACTORS.get(name, name) for name in profile.mfa_factors],
        "unverified": [name for name in contacts if not is_verified(profile, name)],
    }


@account_page(POST, needs_turn=False)
def sign_out(request: HttpRequest, visit: Visit) -> HttpResponse:
    """End the session here and at Cognito, and have the browser drop what it kept of it."""
    flows.sign_out(visit)
    response = redirect("signin:start")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@account_page(POST)
def sign_out_everywhere(request: HttpRequest, visit: Visit) -> HttpResponse:
    """End every session of this person, this one included."""
    at_cognito = flows.sign_out_everywhere(visit, turn=posted_turn(request.POST) or 0)
    return leave(request, visit, notice="signed_out_everywhere" if at_cognito else "signed_out_here")
