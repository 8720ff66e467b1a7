"""Having Cognito forget a device, so that the second step is asked for there again."""

from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cognito_portal import clients
from cognito_portal.audit.events import Event
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.types import Device, PoolUser
from cognito_portal.ops.acts.entry import Entry, Given
from cognito_portal.ops.asks import Ask
from cognito_portal.ops.diagnosis.acts import Act
from cognito_portal.signin import devices

_DEVICE = "device"


def _no_tracking(account: PoolUser) -> str:
    pool = clients.pool_settings()
    return _("The pool tracks no devices.") if pool and not pool.device_tracking else ""


def _ask_device(cognito: CognitoClient, account: PoolUser) -> tuple[Ask, ...]:
    found = cognito.admin_list_devices(username=account.username)
    choices = tuple((device.device_key, called(device)) for device in found)
    return (Ask(name=_DEVICE, label=_("Device"), type="radio", choices=choices, required=True),)


def called(device: Device) -> str:
    """A device's name, address and last use, as far as Cognito tells them."""
    used = device.last_authenticated_at
    when = datetime.fromtimestamp(used, UTC).strftime("%Y-%m-%d %H:%M UTC") if used else ""
    return ", ".join(filter(None, (device.name or device.device_key, device.last_ip, when)))


def _drop_browser(account: PoolUser, given: Given) -> None:
    """The browser's next sign-in begins without a device that Cognito no longer knows."""
    devices.forget(pool_id=settings.COGNITO_USER_POOL_ID, sub=account.sub, device_key=given[_DEVICE])


FORGET = Entry(
    act=Act.FORGET_DEVICE,
    event=Event.OPS_DEVICE_FORGOTTEN,
    will=lambda account: _(
        "Cognito forgets the device: the second step is asked for there again, and its tokens can be renewed no "
        "more."
    ),
    did=gettext_lazy("The device is forgotten."),
    why_not=_no_tracking,
    asks=_ask_device,
    nothing_left=gettext_lazy("Cognito remembers no device of this account."),
    call=lambda cognito, account, given: cognito.admin_forget_device(
        username=account.username, device_key=given[_DEVICE]
    ),
    details=lambda account, given: (given[_DEVICE],),
    drop=_drop_browser,
)
