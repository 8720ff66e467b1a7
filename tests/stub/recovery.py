"""Forgotten passwords and sign-ups that wait to be confirmed: operations for whoever is not signed in."""

from tests.stub.answers import check_policy
from tests.stub.model import Body, Refusal, StubUser
from tests.stub.pool import Pool, required

_NOBODY = {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}


def _named(pool: Pool, body: Body) -> StubUser | None:
    pool.check_client(body)
    name = required(body, "Username")
    pool.check_hash(body.get("SecretHash"), name)
    user = pool.find(name)
    if user is None and not pool.ways.hides_users:
        raise Refusal("UserNotFoundException", "Username/client id combination not found.")
    return user


def _delivery(user: StubUser) -> Body:
    return {"CodeDeliveryDetails": {**_NOBODY, "Destination": f"{user.alias[:1]}***@e***"}}


def forgot_password(pool: Pool, body: Body) -> Body:
    user = _named(pool, body)
    if user is None or not user.is_enabled:
        return {"CodeDeliveryDetails": _NOBODY}
    if user.is_temporary:
        raise Refusal("NotAuthorizedException", "User password cannot be reset in the current state.")
    if not {"email", "phone_number"} & user.verified:
        text = "Cannot reset password for the user as there is no registered/verified email or phone_number"
        raise Refusal("InvalidParameterException", text)
    user.new_code("reset")
    return _delivery(user)


def confirm_forgot_password(pool: Pool, body: Body) -> Body:
    user = _named(pool, body)
    code, password = required(body, "ConfirmationCode"), required(body, "Password")
    if user is None or "reset" not in user.codes:
        raise Refusal("ExpiredCodeException", "Invalid code provided, please request a code again.")
    if code != user.codes["reset"]:
        raise Refusal("CodeMismatchException", "Invalid verification code provided, please try again.")
    check_policy(password)
    del user.codes["reset"]
    user.password, user.must_reset = password, False
    return {}


def confirm_sign_up(pool: Pool, body: Body) -> Body:
    user = _named(pool, body)
    code = required(body, "ConfirmationCode")
    if user is not None and user.is_confirmed:
        text = "User cannot be confirmed. Current status is CONFIRMED"
        raise Refusal("NotAuthorizedException", text)
    if user is None or "confirm" not in user.codes:
        raise Refusal("ExpiredCodeException", "Invalid code provided, please request a code again.")
    if code != user.codes["confirm"]:
        raise Refusal("CodeMismatchException", "Invalid verification code provided, please try again.")
    del user.codes["confirm"]
    user.is_confirmed = True
    return {}


def resend_confirmation_code(pool: Pool, body: Body) -> Body:
    user = _named(pool, body)
    if user is None:
        return {"CodeDeliveryDetails": _NOBODY}
    if user.is_confirmed:
        raise Refusal("InvalidParameterException", "User is already confirmed.")
    user.new_code("confirm")
    return _delivery(user)
