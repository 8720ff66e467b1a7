"""What is done with tokens: renewing them, and ending the sessions behind them."""

from cognito_portal.cognito import replies
from cognito_portal.cognito.calls import DEVICE_KEY_CAP, USERNAME_CAP, Calls, authorised, within
from cognito_portal.cognito.errors import CognitoRefused, error_for
from cognito_portal.cognito.types import AuthenticationResult, AuthFlow, Receipt


class TokenCalls(Calls):
    """Renewal and sign-out. New tokens, too, count for nothing before `tokens.TokenVerifier` passed them."""

    def get_tokens_from_refresh_token(
        self, *, refresh_token: str, device_key: str | None = None
    ) -> AuthenticationResult:
        """Renew the tokens. `refresh_token` of the result is None where the old one stays good.

        With rotation on, the old one is over after a grace period: store the new one. Sent once.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html
        """
        operation = "GetTokensFromRefreshToken"
        payload = {
            "RefreshToken": within(operation, "RefreshToken", refresh_token, replies.TOKEN_CAP),
            "ClientId": self.client_id,
            **self._raw_secret(),
        }
        if device_key is not None:
            payload["DeviceKey"] = within(operation, "DeviceKey", device_key, DEVICE_KEY_CAP)
        return self._call(operation, payload, replies.tokens)

    def refresh_token_auth(
        self, *, username: str, refresh_token: str, device_key: str | None = None
    ) -> AuthenticationResult:
        """Renew the tokens the older way, which a pool with rotation refuses.

        `username` is the real one, as in the access token: it is not sent, only hashed. A refusal is read
        as one of this flow, not of a sign-in.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
        """
        operation, flow = "InitiateAuth", AuthFlow.REFRESH_TOKEN_AUTH.value
        name = within(operation, "USERNAME", username, USERNAME_CAP)
        parameters = {
            "REFRESH_TOKEN": within(operation, "REFRESH_TOKEN", refresh_token, replies.TOKEN_CAP),
            **self._hashed(name, "SECRET_HASH"),
        }
        if device_key is not None:
            parameters["DEVICE_KEY"] = within(operation, "DEVICE_KEY", device_key, DEVICE_KEY_CAP)
        payload = {"AuthFlow": flow, "ClientId": self.client_id, "AuthParameters": parameters}
        try:
            return self._call(operation, payload, replies.tokens)
        except CognitoRefused as error:
            refused = error
        raise error_for(
            refused.code,
            refused.message,
            status=refused.status,
            operation=flow,
            request_id=refused.request_id,
        )

    def revoke_token(self, *, refresh_token: str) -> None:
        """End the session that this refresh token belongs to, with all its tokens.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeToken.html
        """
        operation = "RevokeToken"
        token = within(operation, "Token", refresh_token, replies.TOKEN_CAP)
        payload = {"Token": token, "ClientId": self.client_id, **self._raw_secret()}
        self._call(operation, payload, replies.receipt)

    def global_sign_out(self, *, access_token: str) -> Receipt:
        """End every session of this person, on every device.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GlobalSignOut.html
        """
        operation = "GlobalSignOut"
        return self._call(operation, authorised(operation, access_token), replies.receipt)
