"""Refresh tokens: renewed, rotated and revoked.

The emulator does not rotate. A rotated token is one of the front's own, and stands for the emulator's.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html
"""

import secrets
import threading
from collections.abc import Mapping

from cognito_portal.demo.devices import Devices
from cognito_portal.demo.directory import Client
from cognito_portal.demo.state import Handler, State, Turn, required, signed_in
from cognito_portal.demo.tokens import claims_of
from cognito_portal.demo.wire import Body, CognitoError, invalid_parameter, not_authorized

# Like the emulator's, and AWS's, a little under two thousand characters.
_TOKEN_BYTES = 1300


class Renewal:
    """GetTokensFromRefreshToken, RevokeToken, and the flow REFRESH_TOKEN_AUTH."""

    def __init__(self, state: State, devices: Devices) -> None:
        self._state = state
        self._devices = devices
        self._lock = threading.Lock()
        # Front's token -> emulator's; token -> when it was rotated; tokens of the admin flow.
        self._stands_for: dict[str, str] = {}
        self._rotated_at: dict[str, float] = {}
        self._by_admin: set[str] = set()

    def operations(self) -> dict[str, Handler]:
        return {
            "GetTokensFromRefreshToken": self.get_tokens_from_refresh_token,
            "RevokeToken": self.revoke_token,
        }

    def remember(self, turn: Turn, tokens: Body) -> None:
        """Take note of a sign-in's refresh token."""
        if turn.admin:
            self._by_admin.add(tokens["RefreshToken"])

    def by_flow(self, client: Client, parameters: Mapping[str, str]) -> Body:
        """Answer REFRESH_TOKEN_AUTH, which a client that rotates its tokens cannot use."""
        message = "REFRESH_TOKEN_AUTH flow not enabled for this client"
        client.check_flow("ALLOW_REFRESH_TOKEN_AUTH", message=message)
        if client.rotation_grace_s is not None:
            raise invalid_parameter(message)
        token = required(parameters, "REFRESH_TOKEN")
        self._devices.check_may_renew(token, parameters.get("DEVICE_KEY"))
        request = {
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "ClientId": client.client_id,
            "AuthParameters": dict(parameters),
        }
        try:
            return signed_in(self._state.upstream.unsigned("InitiateAuth", request)["AuthenticationResult"])
        except CognitoError as error:
            if error.message.startswith("Unable to verify secret hash"):
                raise not_authorized(
                    f"SecretHash does not match for the client: {client.client_id}"
                ) from error
            raise

    def get_tokens_from_refresh_token(self, body: Body) -> Body:
        client = self._state.directory.client(body["ClientId"])
        client.check_secret(body.get("ClientSecret"))
        token: str = body["RefreshToken"]
        if token in self._by_admin and not self._state.switches.admin_tokens_renewed:
            raise not_authorized("Invalid Refresh Token.")
        # Held over the call: of two renewals at once with one token, the second has to see the first.
        with self._lock:
            self._check_not_reused(client, token)
            renewed = self._stands_for.get(token, token)
            self._devices.check_may_renew(renewed, body.get("DeviceKey"))
            request = {**body, "RefreshToken": renewed}
            answer = self._state.upstream.unsigned("GetTokensFromRefreshToken", request)
            if client.rotation_grace_s is not None:
                answer["AuthenticationResult"]["RefreshToken"] = self._rotate(token)
        return answer

    def _check_not_reused(self, client: Client, token: str) -> None:
        rotated_at, grace_s = self._rotated_at.get(token), client.rotation_grace_s
        if rotated_at is None or grace_s is None:
            return
        if self._state.clock.now() >= rotated_at + grace_s:
            raise CognitoError("RefreshTokenReuseException", "Refresh token reuse detected.")

    def _rotate(self, token: str) -> str:
        new = secrets.token_urlsafe(_TOKEN_BYTES)
        self._stands_for[new] = self._stands_for.get(token, token)
        self._rotated_at.setdefault(token, self._state.clock.now())
        return new

    def revoke_token(self, body: Body) -> Body:
        client = self._state.directory.client(body["ClientId"])
        client.check_secret(body.get("ClientSecret"))
        if client.settings.get("EnableTokenRevocation") is False:
            raise CognitoError(
                "UnsupportedOperationException", "Token revocation is not enabled for the client."
            )
        token: str = body["Token"]
        token = self._stands_for.get(token, token)
        claims = claims_of(token)
        if claims.get("token_use", "refresh") != "refresh":
            raise CognitoError("UnsupportedTokenTypeException", "Unsupported token type.")
        if claims.get("client_id", client.client_id) != client.client_id:
            raise CognitoError("UnauthorizedException", "Unauthorized.")
        return self._state.upstream.unsigned("RevokeToken", {**body, "Token": token})
