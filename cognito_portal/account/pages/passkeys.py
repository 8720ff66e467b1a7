"""Passkeys: which there are, one more, one less."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from cognito_portal import clients
from cognito_portal.account import flows, words
from cognito_portal.account.acts import passkeys as acts
from cognito_portal.account.forms import read_credential
from cognito_portal.account.guards import GET, GET_AND_POST, POST, account_page
from cognito_portal.account.showing import REFUSALS, Refusal, refusal_of, show
from cognito_portal.account.tokens import read
from cognito_portal.account.turns import posted_turn
from cognito_portal.account.visit import Visit
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.cognito.types import WebAuthnCredential
from cognito_portal.signin.hosts import host_of, is_passkey_host
from cognito_portal.signin.words import Problem

TITLE = _("Your passkeys")
ADD = "CompleteWebAuthnRegistration"
CREDENTIAL_ID_CHARS = 2048


@account_page(GET, again="passkeys")
def passkeys(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The passkeys of this person, and whether one can be made at this address."""
    return _page(request, visit)


@account_page(POST, again="passkeys")
def begin_passkey(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask Cognito what to make a passkey with."""
    try:
        acts.begin_passkey(visit, turn=posted_turn(request.POST) or 0)
    except REFUSALS as error:
        return _page(request, visit, refusal_of(error))
    return redirect("account:add_passkey")


@account_page(GET_AND_POST, again="passkeys")
def add_passkey(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The browser makes a passkey, and the form brings it here."""
    options = visit.pending().get("passkey_options")
    if not isinstance(options, dict):
        return redirect("account:passkeys")
    if request.method != "POST":
        return _add_page(request, visit, options)
    credential = read_credential(request.POST)
    if credential is None:
        flows.record_refused_input(visit, step=ADD)
        refusal = Refusal(problem=Problem(words.REFUSED_TITLE, words.NO_PASSKEY))
        return _add_page(request, visit, options, refusal)
    try:
        acts.add_passkey(visit, turn=posted_turn(request.POST) or 0, credential=credential)
    except REFUSALS as error:
        # What it was made with is good for one try: the way on begins with the list.
        return _page(request, visit, refusal_of(error))
    return redirect("account:passkeys")


@account_page(POST, again="passkeys")
def remove_passkey(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Remove a passkey from the account; it stays on the device until it is deleted there."""
    credential_id = request.POST.get("credential_id", "")
    if not 0 < len(credential_id) <= CREDENTIAL_ID_CHARS:
        flows.record_refused_input(visit, step="DeleteWebAuthnCredential")
        return _page(request, visit, Refusal(problem=words.NOT_POSSIBLE))
    try:
        acts.remove_passkey(visit, turn=posted_turn(request.POST) or 0, credential_id=credential_id)
    except REFUSALS as error:
        return _page(request, visit, refusal_of(error))
    return redirect("account:passkeys")


def _add_page(
    request: HttpRequest, visit: Visit, options: dict[str, Any], refusal: Refusal | None = None
) -> HttpResponse:
    party = options.get("rp")
    named = party.get("id") if isinstance(party, dict) else None
    context = {"options": options} | _place(request, named if isinstance(named, str) else None)
    title = _("Add a passkey")
    return show(request, visit, "account/add_passkey.html", context, title=title, refusal=refusal)


def _page(request: HttpRequest, visit: Visit, refusal: Refusal | None = None) -> HttpResponse:
    listed: tuple[WebAuthnCredential, ...] | None = None
    try:
        listed = read(visit, lambda token: visit.client.list_web_authn_credentials(access_token=token))
    except CognitoError as error:
        refusal = refusal or refusal_of(error)
    config = clients.mfa_config()
    context = {"passkeys": listed and [_shown(each) for each in listed]} | _place(
        request, config.relying_party_id if config else None
    )
    return show(request, visit, "account/passkeys.html", context, title=TITLE, refusal=refusal)


def _place(request: HttpRequest, relying_party_id: str | None) -> dict[str, Any]:
    return {"possible": is_passkey_host(host_of(request), relying_party_id), "passkey_host": relying_party_id}


def _shown(credential: WebAuthnCredential) -> dict[str, Any]:
    made = credential.created_at
    return {
        "credential_id": credential.credential_id,
        "name": credential.friendly_name,
        "created_at": datetime.fromtimestamp(made, tz=UTC) if made else None,
    }
