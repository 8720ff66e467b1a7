"""Signed operations: users created, invited, disabled and reset; pools and clients created and changed.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
"""

import re

from cognito_portal.demo import passwords, policy
from cognito_portal.demo.attributes import as_pairs
from cognito_portal.demo.directory import User, user_of
from cognito_portal.demo.outbox import Medium
from cognito_portal.demo.recovery import send_reset_code
from cognito_portal.demo.state import Handler, State
from cognito_portal.demo.wire import Body, CognitoError, invalid_parameter, not_authorized

_ADDRESSES: dict[Medium, str] = {"EMAIL": "email", "SMS": "phone_number"}
_POOL_CHANGES = ("UpdateUserPool", "SetUserPoolMfaConfig", "AddCustomAttributes", "DeleteUserPool")

# The front decides what an app client may do, and takes each sign-in to the emulator in one of these.
_EMULATOR_FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
_OVERLAID = ("ExplicitAuthFlows", "RefreshTokenRotation")

# The pattern of ClientSecretType in AWS's service model; a public client has none.
SECRET = re.compile(r"[\w+]{0,64}")


class Administration:
    """The operations of ops and of whoever sets a pool up."""

    def __init__(self, state: State) -> None:
        self._state = state

    def operations(self) -> dict[str, Handler]:
        changes = {name: self._pool_change(name) for name in _POOL_CHANGES}
        return changes | {
            "AdminCreateUser": self.admin_create_user,
            "AdminGetUser": self.admin_get_user,
            "ListUsers": self.list_users,
            "AdminSetUserPassword": self.admin_set_user_password,
            "AdminResetUserPassword": self.admin_reset_user_password,
            "AdminDeleteUser": self.admin_delete_user,
            "CreateUserPoolClient": self.create_user_pool_client,
            "DescribeUserPoolClient": self.describe_user_pool_client,
            "UpdateUserPoolClient": self.update_user_pool_client,
            "DeleteUserPoolClient": self.delete_user_pool_client,
        }

    def admin_create_user(self, body: Body) -> Body:
        if body.get("MessageAction") == "RESEND":
            return self._resend(body)
        pool = self._state.directory.pool(body["UserPoolId"])
        password = body.get("TemporaryPassword") or policy.new_password(
            max(14, pool.password_policy.get("MinimumLength", 8))
        )
        policy.check(pool.password_policy, password, admin=True)
        # The front sends the invitation itself.
        request = {**body, "TemporaryPassword": password, "MessageAction": "SUPPRESS"}
        request.pop("DesiredDeliveryMediums", None)
        answer = self._state.upstream.signed("AdminCreateUser", request)
        user = user_of(body["UserPoolId"], answer["User"], answer["User"]["Attributes"])
        self._state.account(user).password_was_set(password, temporary=True, now=self._state.clock.now())
        if body.get("MessageAction") != "SUPPRESS":
            self._invite(user, password, body)
        return answer

    def _resend(self, body: Body) -> Body:
        user = self._state.directory.user(body["UserPoolId"], body["Username"])
        if user.status != "FORCE_CHANGE_PASSWORD":
            raise CognitoError(
                "UnsupportedUserStateException",
                f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD",
            )
        pool = self._state.pool_of(user)
        password = body.get("TemporaryPassword") or policy.new_password(
            max(14, pool.password_policy.get("MinimumLength", 8))
        )
        policy.check(pool.password_policy, password, admin=True)
        self._set_password(user, password, permanent=False)
        self._invite(user, password, body)
        answer = self._state.upstream.signed("AdminGetUser", self._named(user))
        answer["Attributes"] = answer.pop("UserAttributes")
        shown = ("Username", "Attributes", "UserCreateDate", "UserLastModifiedDate", "Enabled", "UserStatus")
        return {"User": {key: answer[key] for key in shown}}

    def _invite(self, user: User, password: str, body: Body) -> None:
        mediums: list[Medium] = body.get("DesiredDeliveryMediums") or ["SMS"]
        for medium in mediums:
            address = user.attributes.get(_ADDRESSES[medium])
            if address:
                self._state.outbox.send(
                    to=address,
                    medium=medium,
                    subject="Your temporary password",
                    body=f"Your username is {user.username} and temporary password is {password}",
                    kind="invitation",
                    username=user.username,
                )

    def admin_get_user(self, body: Body) -> Body:
        answer = self._state.upstream.signed("AdminGetUser", body)
        user = user_of(body["UserPoolId"], answer, answer["UserAttributes"])
        shown = {"UserAttributes": as_pairs(user.attributes)} | self._dated(user, answer)
        return answer | shown | factors_of(self._state, user)

    def list_users(self, body: Body) -> Body:
        answer = self._state.upstream.signed("ListUsers", body)
        for user in answer["Users"]:
            user["Attributes"] = [each for each in user["Attributes"] if each.get("Value")]
            user |= self._dated(user_of(body["UserPoolId"], user, user["Attributes"]), user)
        return answer

    def _dated(self, user: User, answer: Body) -> Body:
        """The dates of an invitation by the front's own clock, which tests and seeds move."""
        since = self._state.account(user).temporary_since
        if user.status != "FORCE_CHANGE_PASSWORD" or not since:
            return {}
        return {"UserCreateDate": min(answer["UserCreateDate"], since), "UserLastModifiedDate": since}

    def admin_set_user_password(self, body: Body) -> Body:
        user = self._state.directory.user(body["UserPoolId"], body["Username"])
        passwords.check_new(self._state.pool_of(user), self._state.account(user), body["Password"])
        self._set_password(user, body["Password"], permanent=bool(body.get("Permanent")))
        return {}

    def _set_password(self, user: User, password: str, *, permanent: bool) -> None:
        account = self._state.account(user)
        with account.lock:
            request = {**self._named(user), "Password": password, "Permanent": permanent}
            self._state.upstream.signed("AdminSetUserPassword", request)
            account.password_was_set(password, temporary=not permanent, now=self._state.clock.now())

    def admin_reset_user_password(self, body: Body) -> Body:
        user = self._state.directory.user(body["UserPoolId"], body["Username"])
        if user.status in ("FORCE_CHANGE_PASSWORD", "UNCONFIRMED"):
            raise not_authorized("User password cannot be reset in the current state.")
        send_reset_code(self._state, user)
        self._state.upstream.signed("AdminResetUserPassword", self._named(user))
        return {}

    def admin_delete_user(self, body: Body) -> Body:
        user = self._state.directory.user(body["UserPoolId"], body["Username"])
        answer = self._state.upstream.signed("AdminDeleteUser", self._named(user))
        self._state.accounts.forget(user.pool_id, user.sub)
        return answer

    def create_user_pool_client(self, body: Body) -> Body:
        overlay: Body = {"ExplicitAuthFlows": [], **_overlay(body)}
        _check_rotation(overlay)
        body = {**body, "ExplicitAuthFlows": _EMULATOR_FLOWS}
        answer = self._state.upstream.signed("CreateUserPoolClient", body)
        # An emulator may make up secrets that AWS's own operations would not take back.
        while not SECRET.fullmatch(answer["UserPoolClient"].get("ClientSecret", "")):
            made = {"UserPoolId": body["UserPoolId"], "ClientId": answer["UserPoolClient"]["ClientId"]}
            self._state.upstream.signed("DeleteUserPoolClient", made)
            answer = self._state.upstream.signed("CreateUserPoolClient", body)
        client_id = answer["UserPoolClient"]["ClientId"]
        self._state.directory.remember_client(body["UserPoolId"], client_id, overlay)
        return self.describe_user_pool_client({"UserPoolId": body["UserPoolId"], "ClientId": client_id})

    def describe_user_pool_client(self, body: Body) -> Body:
        client = self._state.directory.client(body["ClientId"], pool_id=body["UserPoolId"])
        return {"UserPoolClient": client.settings}

    def update_user_pool_client(self, body: Body) -> Body:
        before = self._state.directory.client(body["ClientId"], pool_id=body["UserPoolId"])
        overlay = _overlay(before.settings) | _overlay(body)
        _check_rotation(overlay)
        request = {key: value for key, value in body.items() if key not in _OVERLAID}
        self._state.upstream.signed("UpdateUserPoolClient", request)
        self._state.directory.remember_client(body["UserPoolId"], body["ClientId"], overlay)
        return self.describe_user_pool_client(body)

    def delete_user_pool_client(self, body: Body) -> Body:
        answer = self._state.upstream.signed("DeleteUserPoolClient", body)
        self._state.directory.forget_client(body["ClientId"])
        return answer

    def _pool_change(self, operation: str) -> Handler:
        def change(body: Body) -> Body:
            answer = self._state.upstream.signed(operation, body)
            self._state.directory.forget_pool(body["UserPoolId"])
            return answer

        return change

    def _named(self, user: User) -> Body:
        return {"UserPoolId": user.pool_id, "Username": user.username}


def _overlay(settings: Body) -> Body:
    return {name: settings[name] for name in _OVERLAID if name in settings}


def _check_rotation(overlay: Body) -> None:
    rotates = (overlay.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED"
    if rotates and "ALLOW_REFRESH_TOKEN_AUTH" in overlay["ExplicitAuthFlows"]:
        raise invalid_parameter("Refresh token rotation cannot be enabled with ALLOW_REFRESH_TOKEN_AUTH.")


def factors_of(state: State, user: User) -> Body:
    """Return UserMFASettingList and PreferredMfaSetting as AdminGetUser and GetUser show them."""
    account = state.account(user)
    shown: Body = {"UserMFASettingList": list(account.factors)}
    if account.preferred_factor:
        shown["PreferredMfaSetting"] = account.preferred_factor
    return shown
