"""The operations of a signed-in user on their devices, and of ops on anybody's.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmDevice.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListDevices.html
"""

import base64
import binascii
from collections.abc import Callable

from cognito_portal.demo.accounts import Account, Device
from cognito_portal.demo.device_srp import N
from cognito_portal.demo.devices import confirmed_device, no_such_device
from cognito_portal.demo.paging import page
from cognito_portal.demo.state import Handler, State
from cognito_portal.demo.wire import Body, CognitoError, invalid_parameter

REMEMBERED = "remembered"
LARGEST_PAGE = 60
# Every caller is on this machine.
_ADDRESS = "127.0.0.1"

Act = Callable[[Account, Body], Body]


class DeviceOperations:
    """ConfirmDevice, and what can be done to devices by their user and by ops alike."""

    def __init__(self, state: State) -> None:
        self._state = state

    def operations(self) -> dict[str, Handler]:
        shared: dict[str, Act] = {
            "UpdateDeviceStatus": _update_status,
            "ForgetDevice": _forget,
            "GetDevice": _get,
            "ListDevices": _list,
        }
        own = {name: self._by_token(act) for name, act in shared.items()}
        of_anybody = {f"Admin{name}": self._by_name(act) for name, act in shared.items()}
        return {"ConfirmDevice": self.confirm_device, **own, **of_anybody}

    def confirm_device(self, body: Body) -> Body:
        user = self._state.directory.token_owner(body["AccessToken"])
        account, pool = self._state.account(user), self._state.pool_of(user)
        secret = body.get("DeviceSecretVerifierConfig") or {}
        with account.lock:
            device = account.devices.get(body["DeviceKey"])
            if device is None:
                raise no_such_device()
            if device.confirmed:
                raise CognitoError("DeviceKeyExistsException", "The device is confirmed already.")
            device.verifier = _number(secret, "PasswordVerifier")
            device.salt = _number(secret, "Salt")
            if not 1 < device.verifier < N:
                raise invalid_parameter("Invalid device password verifier.")
            on_prompt = bool(pool.device_configuration.get("DeviceOnlyRememberedOnUserPrompt"))
            device.name = body.get("DeviceName") or ""
            device.confirmed, device.remembered = True, not on_prompt
        return {"UserConfirmationNecessary": on_prompt}

    def _by_token(self, act: Act) -> Handler:
        def handler(body: Body) -> Body:
            if not body.get("AccessToken"):
                raise invalid_parameter("Missing required parameter AccessToken")
            return act(self._state.account(self._state.directory.token_owner(body["AccessToken"])), body)

        return handler

    def _by_name(self, act: Act) -> Handler:
        def handler(body: Body) -> Body:
            user = self._state.directory.user(body["UserPoolId"], body["Username"])
            return act(self._state.account(user), body)

        return handler


def _update_status(account: Account, body: Body) -> Body:
    device = confirmed_device(account, body["DeviceKey"])
    device.remembered = body.get("DeviceRememberedStatus") == REMEMBERED
    return {}


def _forget(account: Account, body: Body) -> Body:
    with account.lock:
        device = confirmed_device(account, body["DeviceKey"])
        account.forgotten_sign_ins |= device.sign_ins
        del account.devices[device.key]
    return {}


def _get(account: Account, body: Body) -> Body:
    return {"Device": _described(confirmed_device(account, body["DeviceKey"]))}


def _list(account: Account, body: Body) -> Body:
    confirmed = [device for device in account.devices.values() if device.confirmed]
    found, following = page(
        confirmed, size=body.get("Limit") or LARGEST_PAGE, token=body.get("PaginationToken")
    )
    shown: Body = {"Devices": [_described(device) for device in found]}
    return shown | ({"PaginationToken": following} if following else {})


def _described(device: Device) -> Body:
    attributes = {
        "device_status": "valid",
        "device_name": device.name,
        "last_ip_used": _ADDRESS,
        "dev:device_remembered_status": REMEMBERED if device.remembered else "not_remembered",
    }
    return {
        "DeviceKey": device.key,
        "DeviceAttributes": [{"Name": name, "Value": value} for name, value in attributes.items() if value],
        "DeviceCreateDate": device.created_at,
        "DeviceLastModifiedDate": device.last_authenticated_at,
        "DeviceLastAuthenticatedDate": device.last_authenticated_at,
    }


def _number(secret: Body, name: str) -> int:
    try:
        content = base64.b64decode(secret[name], validate=True)
    except (KeyError, binascii.Error) as error:
        raise invalid_parameter(f"Invalid device {name}.") from error
    return int.from_bytes(content, "big")
