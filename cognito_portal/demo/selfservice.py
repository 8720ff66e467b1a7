"""Operations of a signed-in user, who shows a token.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ChangePassword.html
"""

import base64
import binascii
import json

from cognito_portal.demo import passwords
from cognito_portal.demo.administration import factors_of
from cognito_portal.demo.state import Handler, State
from cognito_portal.demo.wire import Body, CognitoError, bad_credentials, invalid_parameter, not_authorized


class SelfService:
    """GetUser, ChangePassword, UpdateUserAttributes and what ends or renews a sign-in."""

    def __init__(self, state: State) -> None:
        self._state = state

    def operations(self) -> dict[str, Handler]:
        return {
            "GetUser": self.get_user,
            "ChangePassword": self.change_password,
            "UpdateUserAttributes": self.update_user_attributes,
            "GetTokensFromRefreshToken": self.get_tokens_from_refresh_token,
            "RevokeToken": self.revoke_token,
        }

    def get_user(self, body: Body) -> Body:
        answer = self._state.upstream.unsigned("GetUser", body)
        user = self._state.directory.token_owner(body["AccessToken"])
        shown = {"Username": answer["Username"], "UserAttributes": answer["UserAttributes"]}
        return shown | factors_of(self._state, user)

    def change_password(self, body: Body) -> Body:
        user = self._state.directory.token_owner(body["AccessToken"])
        account = self._state.account(user)
        with account.lock:
            now = self._state.clock.now()
            account.password_lockout.check(now)
            passwords.check_new(self._state.pool_of(user), account, body["ProposedPassword"])
            try:
                answer = self._state.upstream.unsigned("ChangePassword", body)
            except CognitoError as error:
                if error.message != "Incorrect username or password.":
                    raise
                account.password_lockout.fail(now)
                raise bad_credentials() from error
            account.password_lockout.clear()
            account.password_was_set(body["ProposedPassword"], temporary=False, now=now)
        return answer

    def update_user_attributes(self, body: Body) -> Body:
        user = self._state.directory.token_owner(body["AccessToken"])
        schema = self._state.pool_of(user).schema
        for each in body["UserAttributes"]:
            name = each["Name"]
            if name.endswith("_verified") or name == "sub":
                raise not_authorized("A client attempted to write unauthorized attribute")
            if not schema.get(name, {}).get("Mutable", True):
                raise invalid_parameter(f"user.{name}: Attribute cannot be updated.")
        return self._state.upstream.unsigned("UpdateUserAttributes", body)

    def get_tokens_from_refresh_token(self, body: Body) -> Body:
        client = self._state.directory.client(body["ClientId"])
        client.check_secret(body.get("ClientSecret"))
        return self._state.upstream.unsigned("GetTokensFromRefreshToken", body)

    def revoke_token(self, body: Body) -> Body:
        client = self._state.directory.client(body["ClientId"])
        client.check_secret(body.get("ClientSecret"))
        if client.settings.get("EnableTokenRevocation") is False:
            raise CognitoError(
                "UnsupportedOperationException", "Token revocation is not enabled for the client."
            )
        claims = _claims(body["Token"])
        if claims.get("token_use", "refresh") != "refresh":
            raise CognitoError("UnsupportedTokenTypeException", "Unsupported token type.")
        if claims.get("client_id", client.client_id) != client.client_id:
            raise CognitoError("UnauthorizedException", "Unauthorized.")
        return self._state.upstream.unsigned("RevokeToken", body)


def _claims(token: str) -> Body:
    """Return a token's unverified claims; empty when it is no JWT, as a refresh token need not be."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
