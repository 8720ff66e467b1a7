"""Sign-up and forgotten passwords.

https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
"""

from cognito_portal.demo import passwords, policy
from cognito_portal.demo.accounts import Code
from cognito_portal.demo.codes import (
    RESET_CODE_S,
    SIGN_UP_CODE_S,
    check_sent_code,
    deliver_code,
    delivery_details,
    wrong_code,
)
from cognito_portal.demo.directory import Client, User
from cognito_portal.demo.state import Handler, State
from cognito_portal.demo.wire import Body, CognitoError, invalid_parameter, not_authorized

PASSWORD_RESET = "password_reset"
SIGN_UP = "sign_up"


class Recovery:
    """The operations a person who cannot sign in may call."""

    def __init__(self, state: State) -> None:
        self._state = state

    def operations(self) -> dict[str, Handler]:
        return {
            "ForgotPassword": self.forgot_password,
            "ConfirmForgotPassword": self.confirm_forgot_password,
            "SignUp": self.sign_up,
            "ConfirmSignUp": self.confirm_sign_up,
            "ResendConfirmationCode": self.resend_confirmation_code,
        }

    def forgot_password(self, body: Body) -> Body:
        client = self._client(body)
        user = self._state.directory.find_signing_in(client.pool_id, body["Username"])
        if user is None:
            return self._pretend(client, body["Username"])
        if user.status == "FORCE_CHANGE_PASSWORD":
            raise not_authorized("User password cannot be reset in the current state.")
        self._state.quotas.spend("ForgotPassword", self._state.account(user))
        contact = user.verified_contact()
        if (not user.enabled or contact is None) and client.hides_users:
            return self._pretend(client, body["Username"])
        if not user.enabled:
            raise not_authorized("User is disabled.")
        return {"CodeDeliveryDetails": send_reset_code(self._state, user)}

    def _pretend(self, client: Client, name: str) -> Body:
        if not client.hides_users:
            raise _user_not_found()
        # The letters of a name that nobody has: the answer must look like one for a name that somebody has.
        return {"CodeDeliveryDetails": delivery_details("email", name if "@" in name else f"{name}@{name}")}

    def confirm_forgot_password(self, body: Body) -> Body:
        client = self._client(body)
        user = self._state.directory.find_signing_in(client.pool_id, body["Username"])
        if user is None or not user.enabled:
            raise wrong_code() if client.hides_users else _user_not_found()
        account = self._state.account(user)
        self._state.quotas.spend("ConfirmForgotPassword", account)
        with account.lock:
            now = self._state.clock.now()
            check_sent_code(account.codes.get(PASSWORD_RESET), body["ConfirmationCode"], now=now)
            passwords.check_new(self._state.pool_of(user), account, body["Password"])
            self._state.upstream.signed(
                "AdminSetUserPassword",
                {
                    "UserPoolId": user.pool_id,
                    "Username": user.username,
                    "Password": body["Password"],
                    "Permanent": True,
                },
            )
            del account.codes[PASSWORD_RESET]
            account.password_was_set(body["Password"], temporary=False, now=now)
        return {}

    def sign_up(self, body: Body) -> Body:
        client = self._client(body)
        pool = self._state.directory.pool(client.pool_id)
        if (pool.settings.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
            raise not_authorized("SignUp is not permitted for this user pool")
        policy.check(pool.password_policy, body.get("Password") or "")
        given = {each["Name"]: each.get("Value", "") for each in body.get("UserAttributes") or []}
        for name in pool.required_attributes:
            if not given.get(name):
                raise invalid_parameter(
                    f"Attributes did not conform to the schema: {name}: The attribute {name} is required"
                )
        username = pool.canonical(body["Username"])
        request = {**body, "Username": username}
        if client.secret:
            request["SecretHash"] = client.secret_hash(username)
        answer = self._state.upstream.unsigned("SignUp", request)
        user = self._state.directory.user(client.pool_id, answer["UserSub"])
        self._state.account(user).password_was_set(
            body["Password"], temporary=False, now=self._state.clock.now()
        )
        outcome: Body = {"UserConfirmed": bool(answer["UserConfirmed"]), "UserSub": user.sub}
        contact = _contact(user)
        if not answer["UserConfirmed"] and contact:
            outcome["CodeDeliveryDetails"] = self._send_sign_up_code(user, contact)
        return outcome

    def confirm_sign_up(self, body: Body) -> Body:
        client = self._client(body)
        user = self._state.directory.find_signing_in(client.pool_id, body["Username"])
        if user is None:
            raise wrong_code() if client.hides_users else _user_not_found()
        if user.status != "UNCONFIRMED":
            raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")
        account = self._state.account(user)
        self._state.quotas.spend("ConfirmSignUp", account)
        with account.lock:
            now = self._state.clock.now()
            check_sent_code(account.codes.get(SIGN_UP), body["ConfirmationCode"], now=now)
            named = {"UserPoolId": user.pool_id, "Username": user.username}
            contact = _contact(user)
            if contact:
                self._state.directory.check_alias_is_free(user, *contact)
            self._state.upstream.signed("AdminConfirmSignUp", named)
            if contact:
                verified = [{"Name": f"{contact[0]}_verified", "Value": "true"}]
                self._state.upstream.signed(
                    "AdminUpdateUserAttributes", {**named, "UserAttributes": verified}
                )
            del account.codes[SIGN_UP]
        return {}

    def resend_confirmation_code(self, body: Body) -> Body:
        client = self._client(body)
        user = self._state.directory.find_signing_in(client.pool_id, body["Username"])
        if user is None:
            return self._pretend(client, body["Username"])
        if user.status != "UNCONFIRMED":
            raise invalid_parameter("User is already confirmed.")
        self._state.quotas.spend("ResendConfirmationCode", self._state.account(user))
        contact = _contact(user)
        if contact is None:
            raise invalid_parameter("Cannot resend codes. Auto verification not turned on.")
        return {"CodeDeliveryDetails": self._send_sign_up_code(user, contact)}

    def _send_sign_up_code(self, user: User, contact: tuple[str, str]) -> Body:
        code, delivery = deliver_code(
            self._state, user, attribute=contact[0], address=contact[1], kind=SIGN_UP
        )
        expires_at = self._state.clock.now() + SIGN_UP_CODE_S
        self._state.account(user).codes[SIGN_UP] = Code(code, expires_at)
        return delivery

    def _client(self, body: Body) -> Client:
        client = self._state.directory.client(body["ClientId"])
        client.check_secret_hash(body["Username"], body.get("SecretHash"))
        return client


def send_reset_code(state: State, user: User) -> Body:
    """Send a code for ConfirmForgotPassword to a verified address; return CodeDeliveryDetails."""
    contact = user.verified_contact()
    if contact is None:
        raise invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or phone_number"
        )
    code, delivery = deliver_code(state, user, attribute=contact[0], address=contact[1], kind=PASSWORD_RESET)
    state.account(user).codes[PASSWORD_RESET] = Code(code, state.clock.now() + RESET_CODE_S)
    return delivery


def _contact(user: User) -> tuple[str, str] | None:
    for name in ("email", "phone_number"):
        if user.attributes.get(name):
            return name, user.attributes[name]
    return None


def _user_not_found() -> CognitoError:
    return CognitoError("UserNotFoundException", "Username/client id combination not found.")
