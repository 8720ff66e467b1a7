"""Second factors: authenticator apps, in a challenge or signed in, and which factor is asked for."""

from cognito_portal.cognito import replies
from cognito_portal.cognito.calls import VALUE_CAP, Calls, authorised, within
from cognito_portal.cognito.errors import EnableSoftwareTokenMFAError
from cognito_portal.cognito.types import MfaPreference, Receipt, SoftwareTokenSecret, SoftwareTokenVerified

USER_CODE_LENGTH = 6


class FactorCalls(Calls):
    """Setting up an authenticator app takes a Session in the challenge MFA_SETUP, else an access token."""

    def associate_software_token(
        self, *, session: str | None = None, access_token: str | None = None
    ) -> SoftwareTokenSecret:
        """Begin a new authenticator app. Each call makes a new secret, so it is never sent again.

        Raises ValueError unless exactly one of `session` and `access_token` is given.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AssociateSoftwareToken.html
        """
        operation = "AssociateSoftwareToken"
        payload = _authority(operation, session, access_token)
        return self._call(operation, payload, replies.software_token_secret)

    def verify_software_token(
        self,
        *,
        code: str,
        session: str | None = None,
        access_token: str | None = None,
        friendly_device_name: str | None = None,
    ) -> SoftwareTokenVerified:
        """End the set-up by the app's first code. Sent once, never again.

        Raises `EnableSoftwareTokenMFAError` for a wrong code in whichever way Cognito says so, and
        ValueError unless exactly one of `session` and `access_token` is given.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifySoftwareToken.html
        """
        operation = "VerifySoftwareToken"
        payload = _authority(operation, session, access_token)
        payload["UserCode"] = within(operation, "UserCode", code, USER_CODE_LENGTH, least=USER_CODE_LENGTH)
        if friendly_device_name is not None:
            payload["FriendlyDeviceName"] = within(
                operation, "FriendlyDeviceName", friendly_device_name, VALUE_CAP
            )
        verified = self._call(operation, payload, replies.software_token_verified)
        if verified is None:
            raise EnableSoftwareTokenMFAError(
                "EnableSoftwareTokenMFAException", "", status=200, operation=operation
            )
        return verified

    def set_user_mfa_preference(
        self,
        *,
        access_token: str,
        software_token: MfaPreference | None = None,
        sms: MfaPreference | None = None,
        email: MfaPreference | None = None,
    ) -> Receipt:
        """Turn factors on or off and say which one is asked for; None leaves a factor as it is.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserMFAPreference.html
        """
        operation = "SetUserMFAPreference"
        wanted = {
            "SoftwareTokenMfaSettings": software_token,
            "SMSMfaSettings": sms,
            "EmailMfaSettings": email,
        }
        given = {
            name: {"Enabled": preference.enabled, "PreferredMfa": preference.preferred}
            for name, preference in wanted.items()
            if preference is not None
        }
        return self._call(operation, {**authorised(operation, access_token), **given}, replies.receipt)


def _authority(operation: str, session: str | None, access_token: str | None) -> dict[str, str]:
    if session is not None and access_token is None:
        return {"Session": within(operation, "Session", session, replies.SESSION_CAP)}
    if access_token is not None and session is None:
        return authorised(operation, access_token)
    raise ValueError(f"{operation} takes a session or an access token, and one of them only")
