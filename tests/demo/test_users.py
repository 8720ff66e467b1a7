"""What a user's status answers, for app clients that hide users and for those that do not."""

from collections.abc import Callable

import pytest

from cognito_portal.demo.seed_users import SeededUser

from .conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Caller

BAD_CREDENTIALS = ("NotAuthorizedException", "Incorrect username or password.")
EXPIRED = (
    "NotAuthorizedException",
    "Temporary password has expired and must be reset by an administrator.",
)
DAY_S = 86400


@pytest.fixture
def seeded(api: Caller) -> dict[str, SeededUser]:
    return {user.username: user for user in api.cognito.users}


@pytest.fixture(scope="module")
def legacy(make_client: Callable[..., Caller]) -> Caller:
    return make_client(PreventUserExistenceErrors="LEGACY")


def test_wrong_password_is_refused(api: Caller) -> None:
    assert api.sign_in(api.confirm(), "wrong").refusal == BAD_CREDENTIALS


def test_unknown_user_looks_like_a_wrong_password(api: Caller) -> None:
    assert api.sign_in("nobody", GOOD_PASSWORD).refusal == BAD_CREDENTIALS


def test_legacy_client_tells_of_unknown_users(legacy: Caller) -> None:
    assert legacy.sign_in("nobody", GOOD_PASSWORD).refusal == (
        "UserNotFoundException",
        "User does not exist.",
    )


@pytest.mark.parametrize("right", [True, False])
def test_disabled_user_is_refused(api: Caller, seeded: dict[str, SeededUser], right: bool) -> None:
    password = seeded["disabled"].password if right else "wrong"
    assert api.sign_in("disabled", password).refusal == ("NotAuthorizedException", "User is disabled.")


def test_enabled_user_signs_in_again(api: Caller) -> None:
    user = api.confirm()
    api.signed("AdminDisableUser", Username=user)
    api.signed("AdminEnableUser", Username=user)
    assert api.sign_in(user, GOOD_PASSWORD).tokens


@pytest.mark.parametrize("right", [True, False])
def test_unconfirmed_user_is_told_even_with_a_wrong_password(
    api: Caller, seeded: dict[str, SeededUser], right: bool
) -> None:
    password = seeded["unconfirmed"].password if right else "wrong"
    assert api.sign_in("unconfirmed", password).refusal == (
        "UserNotConfirmedException",
        "User is not confirmed.",
    )


def test_reset_required_is_an_exception(api: Caller, seeded: dict[str, SeededUser]) -> None:
    assert api.sign_in("resetme", seeded["resetme"].password).refusal == (
        "PasswordResetRequiredException",
        "Password reset required for the user",
    )


def test_seeded_invitation_has_expired(api: Caller, seeded: dict[str, SeededUser]) -> None:
    assert api.sign_in("expired", seeded["expired"].password).refusal == EXPIRED


def test_expired_invitation_does_not_show_to_a_wrong_password(api: Caller) -> None:
    assert api.sign_in("expired", "wrong").refusal == BAD_CREDENTIALS


def test_temporary_password_lasts_its_days(api: Caller) -> None:
    user = api.invite()
    with api.cognito.clock.moved(7 * DAY_S - 60):
        assert api.sign_in(user, TEMPORARY_PASSWORD).session


def test_temporary_password_ends_after_its_days(api: Caller) -> None:
    user = api.invite()
    with api.cognito.clock.moved(7 * DAY_S):
        assert api.sign_in(user, TEMPORARY_PASSWORD).refusal == EXPIRED


def test_days_come_from_the_pool(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool(Policies={"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 1}})
    user = pool.invite()
    with pool.cognito.clock.moved(DAY_S):
        assert pool.sign_in(user, TEMPORARY_PASSWORD).refusal == EXPIRED


def test_resend_renews_the_clock_and_the_password(api: Caller) -> None:
    user = api.invite()
    with api.cognito.clock.moved(8 * DAY_S):
        api.signed("AdminCreateUser", Username=user, MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"])
        assert api.sign_in(user, TEMPORARY_PASSWORD).refusal == BAD_CREDENTIALS
        assert api.sign_in(user, api.code(user)).session


def test_resend_may_name_the_password(api: Caller) -> None:
    user = api.invite()
    answer = api.signed(
        "AdminCreateUser", Username=user, MessageAction="RESEND", TemporaryPassword=GOOD_PASSWORD
    )
    assert answer.body["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert api.sign_in(user, GOOD_PASSWORD).session


def test_resend_is_refused_to_a_confirmed_user(api: Caller) -> None:
    user = api.confirm()
    assert api.signed("AdminCreateUser", Username=user, MessageAction="RESEND").refusal == (
        "UnsupportedUserStateException",
        f"Resend not possible. {user} status is not FORCE_CHANGE_PASSWORD",
    )


def test_resend_is_refused_for_an_unknown_user(api: Caller) -> None:
    answer = api.signed("AdminCreateUser", Username="nobody", MessageAction="RESEND")
    assert answer.body["__type"] == "UserNotFoundException"


def test_weak_temporary_password_is_refused(api: Caller) -> None:
    answer = api.signed("AdminCreateUser", Username="weakling", TemporaryPassword="weak-password1")
    assert answer.refusal == (
        "InvalidPasswordException",
        "Password did not conform with password policy: Password must have uppercase characters",
    )
    assert api.signed("AdminGetUser", Username="weakling").body["__type"] == "UserNotFoundException"


def test_username_is_taken_once(api: Caller) -> None:
    answer = api.signed("AdminCreateUser", Username=api.invite())
    assert answer.body["__type"] == "UsernameExistsException"


def test_invitation_stands_in_the_outbox(api: Caller) -> None:
    user = api.invite()
    message = api.outbox(user)[0]
    assert (message["kind"], message["medium"]) == ("invitation", "EMAIL")
    assert message["to"] == f"{user}@example.com"
    assert TEMPORARY_PASSWORD in message["body"]


def test_suppressed_invitation_is_not_sent(api: Caller) -> None:
    email = {"Name": "email", "Value": "quiet@example.com"}
    more = {"DesiredDeliveryMediums": ["EMAIL"], "MessageAction": "SUPPRESS"}
    answer = api.signed("AdminCreateUser", Username="quiet", UserAttributes=[email], **more)
    assert answer.body["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert api.outbox("quiet") == []


def test_generated_temporary_password_signs_in(api: Caller) -> None:
    email = {"Name": "email", "Value": "gen@example.com"}
    api.signed(
        "AdminCreateUser", Username="generated", UserAttributes=[email], DesiredDeliveryMediums=["EMAIL"]
    )
    assert api.sign_in("generated", api.code("generated")).session


def test_password_set_by_ops_may_be_temporary(api: Caller) -> None:
    user = api.confirm()
    api.signed("AdminSetUserPassword", Username=user, Password=TEMPORARY_PASSWORD + "x", Permanent=False)
    assert api.sign_in(user, TEMPORARY_PASSWORD + "x").body["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_verified_mail_address_signs_in_as_the_user(api: Caller) -> None:
    user = api.invite()
    answer = api.sign_in(f"{user}@example.com", TEMPORARY_PASSWORD)
    assert answer.body["ChallengeParameters"]["USER_ID_FOR_SRP"] == user


def test_unverified_mail_address_signs_nobody_in(api: Caller) -> None:
    user = api.invite(email_verified="false")
    assert api.sign_in(f"{user}@example.com", TEMPORARY_PASSWORD).refusal == BAD_CREDENTIALS


def test_sub_signs_nobody_in(api: Caller) -> None:
    user = api.confirm()
    pairs = api.signed("AdminGetUser", Username=user).body["UserAttributes"]
    sub = next(each["Value"] for each in pairs if each["Name"] == "sub")
    assert api.sign_in(sub, GOOD_PASSWORD).refusal == BAD_CREDENTIALS


@pytest.mark.parametrize(
    ("parameters", "missing"),
    [({}, "USERNAME"), ({"USERNAME": ""}, "USERNAME"), ({"USERNAME": "x"}, "PASSWORD")],
)
def test_missing_parameter_is_named(api: Caller, parameters: dict[str, str], missing: str) -> None:
    answer = api.call(
        "InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", ClientId=api.client_id, AuthParameters=parameters
    )
    assert answer.refusal == ("InvalidParameterException", f"Missing required parameter {missing}")
