"""A user's own attributes: changed, deleted, and verified by a code.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html
"""

from collections.abc import Iterable

from cognito_portal.demo import attributes
from cognito_portal.demo.accounts import Account, Code
from cognito_portal.demo.codes import check_sent_code, deliver_code
from cognito_portal.demo.directory import User
from cognito_portal.demo.factors import EMAIL_OTP, SMS_MFA
from cognito_portal.demo.state import Handler, State
from cognito_portal.demo.wire import Body, invalid_parameter

ATTRIBUTE = "attribute"
CODE_S = 3600.0
# The addresses that can be verified, and the second factor that goes when one of them goes.
FACTOR_OF = {"email": EMAIL_OTP, "phone_number": SMS_MFA}


class Profile:
    """The operations on attributes that an access token allows, and ops' deleting of them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def operations(self) -> dict[str, Handler]:
        return {
            "UpdateUserAttributes": self.update_user_attributes,
            "DeleteUserAttributes": self.delete_user_attributes,
            "AdminDeleteUserAttributes": self.admin_delete_user_attributes,
            "GetUserAttributeVerificationCode": self.get_user_attribute_verification_code,
            "VerifyUserAttribute": self.verify_user_attribute,
        }

    def update_user_attributes(self, body: Body) -> Body:
        user = self._state.directory.token_owner(body["AccessToken"])
        client = self._state.directory.token_client(body["AccessToken"])
        pool = self._state.pool_of(user)
        given = {each["Name"]: each.get("Value") or "" for each in body["UserAttributes"]}
        for name, value in given.items():
            attributes.check_change(pool, client, name, value)
            self._state.directory.check_alias_is_free(user, name, value)
        new = [name for name in FACTOR_OF if given.get(name) and given[name] != user.attributes.get(name)]
        waiting = {name: given[name] for name in new if name in pool.verified_before_update}
        at_once = {name: value for name, value in given.items() if value and name not in waiting}
        account = self._state.account(user)
        with account.lock:
            self._forget_codes(account, given)
            self._write(user, at_once | {f"{name}_verified": "false" for name in new if name in at_once})
            self._delete(user, [name for name, value in given.items() if not value])
            account.pending_attributes.update(waiting)
        to_verify = [name for name in new if name in waiting or name in pool.auto_verified]
        return {"CodeDeliveryDetailsList": [self._send(user, name, given[name]) for name in to_verify]}

    def delete_user_attributes(self, body: Body) -> Body:
        user = self._state.directory.token_owner(body["AccessToken"])
        client = self._state.directory.token_client(body["AccessToken"])
        for name in body["UserAttributeNames"]:
            attributes.check_change(self._state.pool_of(user), client, name, "")
        return self._delete(user, body["UserAttributeNames"])

    def admin_delete_user_attributes(self, body: Body) -> Body:
        user = self._state.directory.user(body["UserPoolId"], body["Username"])
        return self._delete(user, body["UserAttributeNames"])

    def _delete(self, user: User, names: list[str]) -> Body:
        account = self._state.account(user)
        addresses = [name for name in names if name in FACTOR_OF]
        self._forget_codes(account, names)
        self._write(user, dict.fromkeys([*names, *(f"{name}_verified" for name in addresses)], ""))
        for name in addresses:
            account.disable_factor(FACTOR_OF[name])
        return {}

    def get_user_attribute_verification_code(self, body: Body) -> Body:
        user, name = self._state.directory.token_owner(body["AccessToken"]), body["AttributeName"]
        account = self._state.account(user)
        self._state.quotas.spend("GetUserAttributeVerificationCode", account)
        address = account.pending_attributes.get(name) or user.attributes.get(name)
        if name not in FACTOR_OF or not address:
            raise invalid_parameter(f"User does not have a {name} that could be verified.")
        return {"CodeDeliveryDetails": self._send(user, name, address)}

    def verify_user_attribute(self, body: Body) -> Body:
        user, name = self._state.directory.token_owner(body["AccessToken"]), body["AttributeName"]
        account = self._state.account(user)
        with account.lock:
            self._state.quotas.spend("VerifyUserAttribute", account)
            check_sent_code(account.codes.get(_kept(name)), body["Code"], now=self._state.clock.now())
            address = account.pending_attributes.get(name) or user.attributes.get(name, "")
            self._state.directory.check_alias_is_free(user, name, address)
            self._write(user, {name: address, f"{name}_verified": "true"})
            self._forget_codes(account, [name])
        return {}

    def _send(self, user: User, name: str, address: str) -> Body:
        code, delivery = deliver_code(self._state, user, attribute=name, address=address, kind=ATTRIBUTE)
        self._state.account(user).codes[_kept(name)] = Code(code, self._state.clock.now() + CODE_S)
        return delivery

    def _forget_codes(self, account: Account, names: Iterable[str]) -> None:
        """Forget new addresses that were not verified, and the codes that went to new and old ones."""
        for name in names:
            account.pending_attributes.pop(name, None)
            account.codes.pop(_kept(name), None)

    def _write(self, user: User, given: dict[str, str]) -> None:
        if given:
            pairs = attributes.as_pairs(given)
            named = {"UserPoolId": user.pool_id, "Username": user.username}
            self._state.upstream.signed("AdminUpdateUserAttributes", {**named, "UserAttributes": pairs})


def _kept(name: str) -> str:
    return f"{ATTRIBUTE}:{name}"
