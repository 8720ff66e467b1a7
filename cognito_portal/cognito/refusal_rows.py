"""What the table of refusals is made of: a row, and the groups of operations that rows speak of."""

import re
from dataclasses import dataclass

from cognito_portal.cognito.meanings import Meaning

RESPOND = frozenset(
    {
        "RespondToAuthChallenge",
        "AdminRespondToAuthChallenge",
        "AssociateSoftwareToken",
        "VerifySoftwareToken",
    }
)
# Where a refused answer says that the proof of who somebody is was not right, whatever the words.
PROOFS = frozenset(
    {
        "PASSWORD",
        "PASSWORD_SRP",
        "PASSWORD_VERIFIER",
        "ADMIN_NO_SRP_AUTH",
        "SELECT_CHALLENGE",
        "WEB_AUTHN",
        "CUSTOM_CHALLENGE",
    }
)
REVOKE = frozenset({"RevokeToken"})
# The last one is a flow of InitiateAuth, read apart by `refresh_token_auth`.
REFRESH = frozenset({"GetTokensFromRefreshToken", "REFRESH_TOKEN_AUTH"})
SETTINGS = frozenset({"DescribeUserPool", "DescribeUserPoolClient", "GetUserPoolMfaConfig"})
RECOVERY = frozenset({"ForgotPassword", "ConfirmForgotPassword", "ConfirmSignUp", "ResendConfirmationCode"})
# Operations on one device: that the pool exists is proved by the access token.
OF_A_DEVICE = frozenset({"ConfirmDevice", "UpdateDeviceStatus", "ForgetDevice"})
ATTRIBUTES = frozenset(
    {
        "ChangePassword",
        "UpdateUserAttributes",
        "DeleteUserAttributes",
        "GetUserAttributeVerificationCode",
        "VerifyUserAttribute",
        "SetUserMFAPreference",
    }
)
REGISTER = frozenset({"StartWebAuthnRegistration", "CompleteWebAuthnRegistration"})
PASSKEYS = REGISTER | {"ListWebAuthnCredentials", "DeleteWebAuthnCredential"}
BY_ACCESS_TOKEN = OF_A_DEVICE | ATTRIBUTES | PASSKEYS | {"GetUser", "GlobalSignOut", "ListDevices"}


@dataclass(frozen=True, slots=True)
class Row:
    """One reading: of a code, where the message, the operation and the challenge that was answered fit."""

    code: str
    message: re.Pattern[str] | None
    meaning: Meaning
    operations: frozenset[str] | None = None
    challenges: frozenset[str] | None = None

    def matches(self, message: str, operation: str, challenge: str) -> bool:
        """Whether this row speaks of a refusal of its code."""
        if self.challenges is not None and challenge not in self.challenges:
            return False
        if self.operations is not None and operation not in self.operations:
            return False
        return self.message is None or self.message.search(message) is not None


def row(
    code: str,
    message: str | None,
    meaning: Meaning,
    only: frozenset[str] | None = None,
    *,
    challenges: frozenset[str] | None = None,
) -> Row:
    """Return the row of a code; `message` is a pattern, blind to case, and `only` its operations."""
    return Row(code, re.compile(message, re.IGNORECASE) if message else None, meaning, only, challenges)


NOT_AUTHORIZED = "NotAuthorizedException"
INVALID_PARAMETER = "InvalidParameterException"
# Cognito names a device it does not know in words only.
DEVICE = r"\bdevice(s|[ _]?key)?\b"
