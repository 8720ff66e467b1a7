"""What ops may ask and do of any account of the pool. All of it is signed."""

from collections.abc import Collection, Mapping

from cognito_portal.cognito import administration_replies
from cognito_portal.cognito.calls import (
    ATTRIBUTE_CAP,
    ATTRIBUTE_NAME_CAP,
    PAGES_CAP,
    within,
)
from cognito_portal.cognito.errors import InvalidInput
from cognito_portal.cognito.named_calls import NamedCalls
from cognito_portal.cognito.profile_replies import Page
from cognito_portal.cognito.types import PoolUser, Receipt

LIST_LIMIT = 60
MOST = 100
FILTER_CAP = 256
# The attributes that ListUsers can be asked for and of which each has one account, or few.
SEARCHABLE = frozenset({"username", "email", "phone_number", "sub"})


class ReadingCalls(NamedCalls):
    """Reading accounts, which may be asked again.

    Every method raises `NoCredentials` where there is nothing to sign with, and `CognitoRefused` with the cause
    `access_denied` where the IAM action `cognito-idp:<Operation>` is lacking.
    """

    def admin_get_user(self, *, username: str) -> PoolUser:
        """Read one account. `username` may be an alias, or the `sub`.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html
        """
        operation = "AdminGetUser"
        return self._signed_call(
            operation, self._named_user(operation, username), administration_replies.one_user
        )

    def list_users(
        self, *, filter: str | None = None, limit: int = LIST_LIMIT, pagination_token: str | None = None
    ) -> Page[PoolUser]:
        """Read one page of accounts: at most `limit` of them, also fewer or none where more follow.

        `filter` is AWS's own expression (`equals` makes one). The list lags behind what was changed just now.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
        """
        operation = "ListUsers"
        payload: dict[str, object] = {"UserPoolId": self.pool_id, "Limit": limit}
        if filter is not None:
            payload["Filter"] = within(operation, "Filter", filter, FILTER_CAP)
        if pagination_token is not None:
            payload["PaginationToken"] = pagination_token
        return self._signed_call(operation, payload, administration_replies.users)

    def find_users(self, *, attribute: str, value: str) -> tuple[PoolUser, ...]:
        """Read the accounts of which `attribute` (one of SEARCHABLE) is exactly `value`: MOST at most."""
        asked, token = equals(attribute, value), None
        found: list[PoolUser] = []
        for _ in range(PAGES_CAP):
            page, token = self.list_users(filter=asked, pagination_token=token)
            found += page
            if token is None or len(found) >= MOST:
                break
        return tuple(found[:MOST])


class AdministrationCalls(ReadingCalls):
    """Acting on accounts. `username` is the one that AdminGetUser told. Each is sent once, never again."""

    def admin_resend_invitation(self, *, username: str, medium: str) -> Receipt:
        """AdminCreateUser with RESEND: a new temporary password, which Cognito sends by EMAIL or SMS.

        Refused (`wrong_user_state`) for whoever has a password of their own.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
        """
        operation = "AdminCreateUser"
        more = {"MessageAction": "RESEND", "DesiredDeliveryMediums": [medium]}
        return self._act(operation, username, more)

    def admin_create_user(
        self, *, username: str, attributes: Mapping[str, str], mediums: Collection[str]
    ) -> PoolUser:
        """Make an account and have Cognito send its temporary password by `mediums`, EMAIL and SMS.

        Raises `UsernameExistsError` where there is one. With `CodeDeliveryFailureError` the account exists all the
        same, and its message was not sent.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
        """
        operation = "AdminCreateUser"
        payload = self._named_user(operation, username) | {
            "UserAttributes": _pairs(operation, attributes),
            "DesiredDeliveryMediums": list(mediums),
        }
        return self._signed_call(operation, payload, administration_replies.created_user)

    def admin_update_user_attributes(self, *, username: str, attributes: Mapping[str, str]) -> Receipt:
        """Set attributes; an empty value takes one away. A changed address is no longer verified.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html
        """
        operation = "AdminUpdateUserAttributes"
        return self._act(operation, username, {"UserAttributes": _pairs(operation, attributes)})

    def admin_delete_user(self, *, username: str) -> Receipt:
        """Delete an account, which cannot be undone.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteUser.html
        """
        return self._act("AdminDeleteUser", username)

    def admin_reset_user_password(self, *, username: str) -> Receipt:
        """Have a code sent to the verified address, without which nobody signs in any more.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminResetUserPassword.html
        """
        return self._act("AdminResetUserPassword", username)

    def admin_confirm_sign_up(self, *, username: str) -> Receipt:
        """Confirm an account without its code. No address is verified by it.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminConfirmSignUp.html
        """
        return self._act("AdminConfirmSignUp", username)

    def admin_enable_user(self, *, username: str) -> Receipt:
        """Let a disabled account sign in again.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminEnableUser.html
        """
        return self._act("AdminEnableUser", username)

    def admin_disable_user(self, *, username: str) -> Receipt:
        """Have an account sign in no more, and revoke its tokens.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDisableUser.html
        """
        return self._act("AdminDisableUser", username)

    def admin_user_global_sign_out(self, *, username: str) -> Receipt:
        """Revoke every refresh token of an account.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUserGlobalSignOut.html
        """
        return self._act("AdminUserGlobalSignOut", username)

    def admin_remove_factors(self, *, username: str, factors: Collection[str]) -> Receipt:
        """AdminSetUserMFAPreference: ask for none of these second factors (UserMFASettingList) any more.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminSetUserMFAPreference.html
        """
        off = {
            _SETTINGS[name]: {"Enabled": False, "PreferredMfa": False}
            for name in factors
            if name in _SETTINGS
        }
        return self._act("AdminSetUserMFAPreference", username, off)

    def admin_verify_attribute(self, *, username: str, attribute: str) -> Receipt:
        """AdminUpdateUserAttributes: count `email` or `phone_number` as verified. Raises ValueError for others.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html
        """
        if attribute not in ("email", "phone_number"):
            raise ValueError(f"{attribute} is never verified")
        return self.admin_update_user_attributes(
            username=username, attributes={f"{attribute}_verified": "true"}
        )


_SETTINGS = {
    "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaSettings",
    "SMS_MFA": "SMSMfaSettings",
    "EMAIL_OTP": "EmailMfaSettings",
}


def _pairs(operation: str, attributes: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {
            "Name": within(operation, "Name", name, ATTRIBUTE_NAME_CAP),
            "Value": within(operation, name, value, ATTRIBUTE_CAP, least=0),
        }
        for name, value in attributes.items()
    ]


def equals(attribute: str, value: str) -> str:
    """Return ListUsers' filter for this attribute and exactly this value. Raises `InvalidInput`.

    https://docs.aws.amazon.com/cognito/latest/developerguide/how-to-manage-user-accounts.html
    """
    if attribute not in SEARCHABLE:
        raise ValueError(f"{attribute} is not searched for")
    if "\0" in value:
        raise InvalidInput(operation="ListUsers", field="Filter")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{attribute} = "{escaped}"'
