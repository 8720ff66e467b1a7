"""Devices that Cognito remembers for the person who is signed in."""

from cognito_portal.cognito import profile_replies, replies
from cognito_portal.cognito.calls import DEVICE_KEY_CAP, DEVICE_NAME_CAP, Calls, authorised, within
from cognito_portal.cognito.srp import DeviceSecret
from cognito_portal.cognito.types import Device, Receipt

DEVICES_A_PAGE = 60


class DeviceCalls(Calls):
    """Confirming, listing and forgetting devices."""

    def confirm_device(
        self, *, access_token: str, device_key: str, verifier: DeviceSecret, device_name: str
    ) -> bool:
        """Have Cognito keep the device's verifier; the device's password itself is not sent.

        True: the person must still say that it is to be remembered (`update_device_status`).
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmDevice.html
        """
        operation = "ConfirmDevice"
        payload = {
            **_device(operation, access_token, device_key),
            "DeviceSecretVerifierConfig": {
                "PasswordVerifier": verifier.password_verifier,
                "Salt": verifier.salt,
            },
            "DeviceName": within(operation, "DeviceName", device_name, DEVICE_NAME_CAP),
        }
        return self._call(operation, payload, profile_replies.user_confirmation_necessary)

    def update_device_status(self, *, access_token: str, device_key: str, remembered: bool) -> Receipt:
        """Say whether the device is remembered.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateDeviceStatus.html
        """
        operation = "UpdateDeviceStatus"
        payload = _device(operation, access_token, device_key)
        payload["DeviceRememberedStatus"] = "remembered" if remembered else "not_remembered"
        return self._call(operation, payload, replies.receipt)

    def list_devices(self, *, access_token: str) -> tuple[Device, ...]:
        """Return every device, of all pages.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListDevices.html
        """
        operation = "ListDevices"
        payload = {**authorised(operation, access_token), "Limit": DEVICES_A_PAGE}
        return self._all_pages(operation, payload, "PaginationToken", profile_replies.devices)

    def forget_device(self, *, access_token: str, device_key: str) -> Receipt:
        """Have Cognito forget the device.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgetDevice.html
        """
        operation = "ForgetDevice"
        return self._call(operation, _device(operation, access_token, device_key), replies.receipt)


def _device(operation: str, access_token: str, device_key: str) -> dict[str, str]:
    key = within(operation, "DeviceKey", device_key, DEVICE_KEY_CAP)
    return {**authorised(operation, access_token), "DeviceKey": key}
