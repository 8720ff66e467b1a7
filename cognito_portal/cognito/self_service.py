"""People's own password and details. The access token in the body is the whole authority."""

from collections.abc import Collection, Mapping

from cognito_portal.cognito import profile_replies, replies
from cognito_portal.cognito.calls import (
    ATTRIBUTE_CAP,
    ATTRIBUTE_NAME_CAP,
    CODE_CAP,
    PASSWORD_CAP,
    Calls,
    authorised,
    within,
)
from cognito_portal.cognito.types import CodeSent, Receipt, UserProfile

NEVER_WRITABLE = frozenset({"sub", "email_verified", "phone_number_verified"})


class SelfServiceCalls(Calls):
    """What the person who is signed in may do with password and attributes."""

    def get_user(self, *, access_token: str) -> UserProfile:
        """Read one's own account.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html
        """
        operation = "GetUser"
        return self._call(operation, authorised(operation, access_token), profile_replies.user_profile)

    def change_password(
        self, *, access_token: str, previous_password: str | None, proposed_password: str
    ) -> Receipt:
        """Set a new password. Only people who never had one give no previous one. Sent once, never again.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ChangePassword.html
        """
        operation = "ChangePassword"
        payload = authorised(operation, access_token)
        payload["ProposedPassword"] = within(operation, "ProposedPassword", proposed_password, PASSWORD_CAP)
        if previous_password is not None:
            payload["PreviousPassword"] = within(
                operation, "PreviousPassword", previous_password, PASSWORD_CAP
            )
        return self._call(operation, payload, replies.receipt)

    def update_user_attributes(self, *, access_token: str, attributes: Mapping[str, str]) -> CodeSent:
        """Set attributes; a blank value deletes one. Tells where codes went that verify the new values.

        Raises ValueError for attributes that nobody may write.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html
        """
        if forbidden := NEVER_WRITABLE.intersection(attributes):
            raise ValueError(f"Never writable by a client: {sorted(forbidden)}")
        operation = "UpdateUserAttributes"
        pairs = [
            {
                "Name": within(operation, "Name", name, ATTRIBUTE_NAME_CAP),
                "Value": within(operation, name, value, ATTRIBUTE_CAP, least=0),
            }
            for name, value in attributes.items()
        ]
        payload = {**authorised(operation, access_token), "UserAttributes": pairs}
        return self._call(operation, payload, replies.code_sent)

    def delete_user_attributes(self, *, access_token: str, names: Collection[str]) -> Receipt:
        """Remove attributes; custom ones keep their prefix `custom:`.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserAttributes.html
        """
        operation = "DeleteUserAttributes"
        listed = [within(operation, "UserAttributeNames", name, ATTRIBUTE_NAME_CAP) for name in names]
        payload = {**authorised(operation, access_token), "UserAttributeNames": listed}
        return self._call(operation, payload, replies.receipt)

    def get_user_attribute_verification_code(self, *, access_token: str, attribute: str) -> CodeSent:
        """Have a code sent that verifies an e-mail address or a phone number.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAttributeVerificationCode.html
        """
        operation = "GetUserAttributeVerificationCode"
        payload = authorised(operation, access_token)
        payload["AttributeName"] = within(operation, "AttributeName", attribute, ATTRIBUTE_NAME_CAP)
        return self._call(operation, payload, replies.code_sent)

    def verify_user_attribute(self, *, access_token: str, attribute: str, code: str) -> Receipt:
        """Verify an e-mail address or a phone number by the code. Sent once, never again.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifyUserAttribute.html
        """
        operation = "VerifyUserAttribute"
        payload = authorised(operation, access_token)
        payload["AttributeName"] = within(operation, "AttributeName", attribute, ATTRIBUTE_NAME_CAP)
        payload["Code"] = within(operation, "Code", code, CODE_CAP)
        return self._call(operation, payload, replies.receipt)
