"""Operations of a signed-in user on their account, who shows an access token.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ChangePassword.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAuthFactors.html
"""

from cognito_portal.demo import passwords
from cognito_portal.demo.administration import factors_of
from cognito_portal.demo.attributes import as_pairs
from cognito_portal.demo.factors import ADDRESSES, EMAIL_OTP, SMS_OTP
from cognito_portal.demo.state import Handler, State
from cognito_portal.demo.webauthn import WebAuthn
from cognito_portal.demo.wire import Body, bad_credentials, invalid_parameter


class SelfService:
    """GetUser, GetUserAuthFactors, ChangePassword and DeleteUser."""

    def __init__(self, state: State, passkeys: WebAuthn) -> None:
        self._state = state
        self._passkeys = passkeys

    def operations(self) -> dict[str, Handler]:
        return {
            "GetUser": self.get_user,
            "GetUserAuthFactors": self.get_user_auth_factors,
            "ChangePassword": self.change_password,
            "DeleteUser": self.delete_user,
        }

    def get_user(self, body: Body) -> Body:
        user = self._state.directory.token_owner(body["AccessToken"])
        shown: Body = {"Username": user.username, "UserAttributes": as_pairs(user.attributes)}
        return shown | factors_of(self._state, user)

    def get_user_auth_factors(self, body: Body) -> Body:
        user = self._state.directory.token_owner(body["AccessToken"])
        allowed = self._state.pool_of(user).first_factors
        has = {
            "PASSWORD": True,
            EMAIL_OTP: bool(user.attributes.get(ADDRESSES[EMAIL_OTP])),
            SMS_OTP: bool(user.attributes.get(ADDRESSES[SMS_OTP])),
            "WEB_AUTHN": self._passkeys.has_credentials(user),
        }
        configured = [factor for factor, usable in has.items() if usable and factor in allowed]
        shown: Body = {"Username": user.username, "ConfiguredUserAuthFactors": configured}
        return shown | factors_of(self._state, user)

    def change_password(self, body: Body) -> Body:
        user = self._state.directory.token_owner(body["AccessToken"])
        account, proposed = self._state.account(user), body["ProposedPassword"]
        with account.lock:
            now = self._state.clock.now()
            self._state.quotas.spend("ChangePassword", account)
            account.password_lockout.check(now)
            previous = body.get("PreviousPassword")
            if not previous:
                raise invalid_parameter("Missing required parameter OldPassword")
            if not account.is_current(previous):
                account.password_lockout.fail(now)
                raise bad_credentials()
            passwords.check_new(self._state.pool_of(user), account, proposed)
            named = {"UserPoolId": user.pool_id, "Username": user.username}
            self._state.upstream.signed(
                "AdminSetUserPassword", {**named, "Password": proposed, "Permanent": True}
            )
            account.password_lockout.clear()
            account.password_was_set(proposed, temporary=False, now=now)
        return {}

    def delete_user(self, body: Body) -> Body:
        user = self._state.directory.token_owner(body["AccessToken"])
        self._state.upstream.unsigned("DeleteUser", body)
        self._state.accounts.forget(user.pool_id, user.sub)
        return {}
