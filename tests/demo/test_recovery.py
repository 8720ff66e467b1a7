"""Forgotten passwords and sign-up, without telling who exists."""

import secrets
from collections.abc import Callable

import pytest

from .conftest import GOOD_PASSWORD, OTHER_PASSWORD, Answer, Caller

WRONG_CODE = ("CodeMismatchException", "Invalid verification code provided, please try again.")
OLD_CODE = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
UNKNOWN = ("UserNotFoundException", "Username/client id combination not found.")
WRONG_STATE = ("NotAuthorizedException", "User password cannot be reset in the current state.")
NO_CONTACT = (
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)


@pytest.fixture(scope="module")
def legacy(make_client: Callable[..., Caller]) -> Caller:
    return make_client(PreventUserExistenceErrors="LEGACY")


def forgot(api: Caller, user: str) -> Answer:
    return api.call("ForgotPassword", ClientId=api.client_id, Username=user)


def reset(api: Caller, user: str, code: str, password: str = OTHER_PASSWORD) -> Answer:
    given = {"Username": user, "ConfirmationCode": code, "Password": password}
    return api.call("ConfirmForgotPassword", ClientId=api.client_id, **given)


def sign_up(api: Caller, **more: object) -> tuple[str, Answer]:
    user = "s" + secrets.token_hex(6)
    attributes = [{"Name": "email", "Value": f"{user}@example.com"}, {"Name": "name", "Value": "Sue Up"}]
    request = {"Username": user, "Password": GOOD_PASSWORD, "UserAttributes": attributes, **more}
    return user, api.call("SignUp", ClientId=api.client_id, **request)


def confirm(api: Caller, user: str, code: str) -> Answer:
    return api.call("ConfirmSignUp", ClientId=api.client_id, Username=user, ConfirmationCode=code)


def test_forgotten_password_is_reset(api: Caller) -> None:
    user = api.confirm()
    assert forgot(api, user).body["CodeDeliveryDetails"] == {
        "Destination": "u***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    assert reset(api, user, api.code(user)).refusal is None
    assert api.sign_in(user, OTHER_PASSWORD).tokens


def test_codes_are_random(api: Caller) -> None:
    users = [api.confirm() for _ in range(3)]
    for user in users:
        forgot(api, user)
    assert len({api.code(user) for user in users}) == 3


def test_reset_code_works_once(api: Caller) -> None:
    user = api.confirm()
    forgot(api, user)
    code = api.code(user)
    reset(api, user, code)
    assert reset(api, user, code, "Third-3-password").refusal == OLD_CODE


def test_wrong_reset_code_is_refused(api: Caller) -> None:
    user = api.confirm()
    forgot(api, user)
    assert reset(api, user, "wrong").refusal == WRONG_CODE


def test_reset_code_lasts_an_hour(api: Caller) -> None:
    user = api.confirm()
    forgot(api, user)
    with api.cognito.clock.moved(3600):
        assert reset(api, user, api.code(user)).refusal == OLD_CODE


def test_refused_password_leaves_the_reset_code(api: Caller) -> None:
    user = api.confirm()
    forgot(api, user)
    code = api.code(user)
    assert reset(api, user, code, "no-capital-1").body["__type"] == "InvalidPasswordException"
    assert reset(api, user, code).refusal is None


def test_old_password_is_refused_at_reset(api: Caller) -> None:
    user = api.confirm()
    forgot(api, user)
    refused = reset(api, user, api.code(user), GOOD_PASSWORD)
    assert refused.body["__type"] == "PasswordHistoryPolicyViolationException"


def test_invited_user_cannot_reset(api: Caller) -> None:
    assert forgot(api, api.invite()).refusal == WRONG_STATE


def test_ops_cannot_reset_an_invited_user(api: Caller) -> None:
    assert api.signed("AdminResetUserPassword", Username=api.invite()).refusal == WRONG_STATE


def test_ops_reset_forces_a_new_password(api: Caller) -> None:
    user = api.confirm()
    api.signed("AdminResetUserPassword", Username=user)
    assert api.sign_in(user, GOOD_PASSWORD).body["__type"] == "PasswordResetRequiredException"
    assert reset(api, user, api.code(user)).refusal is None
    assert api.sign_in(user, OTHER_PASSWORD).tokens


def test_ops_reset_needs_a_verified_contact(api: Caller) -> None:
    user = api.confirm(email_verified="false")
    assert api.signed("AdminResetUserPassword", Username=user).refusal == NO_CONTACT


def test_unknown_user_looks_like_a_sent_code(api: Caller) -> None:
    details = forgot(api, "nobody").body["CodeDeliveryDetails"]
    assert details == {"Destination": "n***@n***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert api.outbox("nobody") == []


def test_disabled_user_looks_like_a_sent_code(api: Caller) -> None:
    assert "CodeDeliveryDetails" in forgot(api, "disabled").body
    assert [message["kind"] for message in api.outbox("disabled")] == ["invitation"]


def test_unverified_contact_looks_like_a_sent_code(api: Caller) -> None:
    user = api.confirm(email_verified="false")
    assert "CodeDeliveryDetails" in forgot(api, user).body
    assert [message["kind"] for message in api.outbox(user)] == ["invitation"]


def test_unknown_user_looks_like_a_wrong_code(api: Caller) -> None:
    assert reset(api, "nobody", "123456").refusal == WRONG_CODE
    assert confirm(api, "nobody", "123456").refusal == WRONG_CODE


def test_legacy_client_tells_of_unknown_users(legacy: Caller) -> None:
    assert forgot(legacy, "nobody").refusal == UNKNOWN
    assert reset(legacy, "nobody", "123456").refusal == UNKNOWN
    assert confirm(legacy, "nobody", "123456").refusal == UNKNOWN


def test_legacy_client_tells_of_disabled_users(legacy: Caller) -> None:
    assert forgot(legacy, "disabled").refusal == ("NotAuthorizedException", "User is disabled.")


def test_legacy_client_tells_of_missing_contacts(legacy: Caller) -> None:
    assert forgot(legacy, legacy.confirm(email_verified="false")).refusal == NO_CONTACT


def test_signed_up_user_confirms_and_signs_in(api: Caller) -> None:
    user, answer = sign_up(api)
    assert answer.body["UserConfirmed"] is False
    assert answer.body["CodeDeliveryDetails"]["Destination"] == "s***@e***"
    assert api.sign_in(user, GOOD_PASSWORD).body["__type"] == "UserNotConfirmedException"
    assert confirm(api, user, api.code(user)).refusal is None
    assert api.sign_in(user, GOOD_PASSWORD).tokens


def test_confirming_verifies_the_address(api: Caller) -> None:
    user, _ = sign_up(api)
    confirm(api, user, api.code(user))
    assert api.sign_in(f"{user}@example.com", GOOD_PASSWORD).tokens


def test_address_of_somebody_else_confirms_nobody(api: Caller) -> None:
    taken = f"{api.confirm()}@example.com"
    attributes = [{"Name": "email", "Value": taken}, {"Name": "name", "Value": "Sue Up"}]
    user, _ = sign_up(api, UserAttributes=attributes)
    refused = ("AliasExistsException", "An account with the email already exists.")
    assert confirm(api, user, api.code(user)).refusal == refused
    assert api.sign_in(user, GOOD_PASSWORD).body["__type"] == "UserNotConfirmedException"


def test_wrong_sign_up_code_is_refused(api: Caller) -> None:
    user, _ = sign_up(api)
    assert confirm(api, user, "wrong").refusal == WRONG_CODE


def test_resent_code_replaces_the_first(api: Caller) -> None:
    user, _ = sign_up(api)
    first = api.code(user)
    api.call("ResendConfirmationCode", ClientId=api.client_id, Username=user)
    second = api.code(user)
    assert first != second
    assert confirm(api, user, first).refusal == WRONG_CODE
    assert confirm(api, user, second).refusal is None


def test_confirmed_user_is_not_confirmed_again(api: Caller) -> None:
    assert confirm(api, api.confirm(), "123456").refusal == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )


def test_code_is_not_resent_to_a_confirmed_user(api: Caller) -> None:
    answer = api.call("ResendConfirmationCode", ClientId=api.client_id, Username=api.confirm())
    assert answer.refusal == ("InvalidParameterException", "User is already confirmed.")


def test_sign_up_needs_the_required_attributes(api: Caller) -> None:
    _, answer = sign_up(api, UserAttributes=[{"Name": "email", "Value": "x@example.com"}])
    assert answer.refusal == (
        "InvalidParameterException",
        "Attributes did not conform to the schema: name: The attribute name is required",
    )


def test_sign_up_holds_to_the_policy(api: Caller) -> None:
    _, answer = sign_up(api, Password="no-capital-1")
    assert answer.body["__type"] == "InvalidPasswordException"


def test_short_typed_password_is_refused_by_its_length(api: Caller) -> None:
    _, message = reset(api, "nobody", "123456", " x").refusal or ("", "")
    assert "Value at 'password' failed to satisfy constraint" in message


def test_pool_may_forbid_sign_up(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    _, answer = sign_up(pool)
    assert answer.refusal == ("NotAuthorizedException", "SignUp is not permitted for this user pool")
