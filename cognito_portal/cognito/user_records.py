"""What Cognito keeps of an account beside its attributes: its devices and its sign-ins. All of it is signed."""

from cognito_portal.cognito import administration_replies, profile_replies
from cognito_portal.cognito.calls import DEVICE_KEY_CAP, within
from cognito_portal.cognito.named_calls import NamedCalls
from cognito_portal.cognito.types import AuthEvent, Device, Receipt

RECORDS_A_PAGE = 60


class UserRecordCalls(NamedCalls):
    """Reading devices and sign-ins of any account, and forgetting a device."""

    def admin_list_devices(self, *, username: str) -> tuple[Device, ...]:
        """Return every device that Cognito tracks for this account, of all pages.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListDevices.html
        """
        operation = "AdminListDevices"
        payload = self._named_user(operation, username) | {"Limit": RECORDS_A_PAGE}
        return self._all_pages(operation, payload, "PaginationToken", profile_replies.devices, signed=True)

    def admin_forget_device(self, *, username: str, device_key: str) -> Receipt:
        """Have Cognito forget a device of this account.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminForgetDevice.html
        """
        operation = "AdminForgetDevice"
        key = within(operation, "DeviceKey", device_key, DEVICE_KEY_CAP)
        return self._act(operation, username, {"DeviceKey": key})

    def admin_list_user_auth_events(self, *, username: str) -> tuple[AuthEvent, ...]:
        """Return the newest sign-ins that Cognito wrote down for this account: RECORDS_A_PAGE at most.

        Refused with the cause `not_available` where the pool's tier keeps none.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListUserAuthEvents.html
        """
        operation = "AdminListUserAuthEvents"
        payload = self._named_user(operation, username) | {"MaxResults": RECORDS_A_PAGE}
        return self._signed_call(operation, payload, administration_replies.auth_events)
