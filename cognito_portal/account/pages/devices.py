"""The devices that Cognito remembers for a person."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from cognito_portal.account import flows, words
from cognito_portal.account.acts import devices as acts
from cognito_portal.account.guards import GET, POST, account_page
from cognito_portal.account.showing import REFUSALS, Refusal, refusal_of, show
from cognito_portal.account.tokens import live_tokens, read
from cognito_portal.account.turns import posted_turn
from cognito_portal.account.visit import Visit
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.cognito.types import Device

TITLE = _("Remembered devices")
DEVICE_KEY_CHARS = 55


@account_page(GET)
def devices(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Where this person is not asked for a second step."""
    return _page(request, visit)


@account_page(POST)
def forget_device(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for the second step there again."""
    device_key = request.POST.get("device_key", "")
    if not 0 < len(device_key) <= DEVICE_KEY_CHARS:
        flows.record_refused_input(visit, step="ForgetDevice")
        return _page(request, visit, Refusal(problem=words.NOT_POSSIBLE))
    try:
        acts.forget_device(visit, turn=posted_turn(request.POST) or 0, device_key=device_key)
    except REFUSALS as error:
        return _page(request, visit, refusal_of(error))
    return redirect("account:devices")


def _page(request: HttpRequest, visit: Visit, refusal: Refusal | None = None) -> HttpResponse:
    listed: list[dict[str, Any]] | None = None
    try:
        own = live_tokens(visit).device_key
        found = read(visit, lambda token: visit.client.list_devices(access_token=token))
        listed = [_shown(device, own) for device in found]
    except CognitoError as error:
        refusal = refusal or refusal_of(error)
    return show(request, visit, "account/devices.html", {"devices": listed}, title=TITLE, refusal=refusal)


def _shown(device: Device, own: str | None) -> dict[str, Any]:
    used = device.last_authenticated_at or device.created_at
    return {
        "device_key": device.device_key,
        "name": device.name,
        "address": device.last_ip,
        "used_at": datetime.fromtimestamp(used, tz=UTC) if used else None,
        "is_this_one": device.device_key == own,
    }
