"""A Session belongs to one user, one app client, one step, one time and one success."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import GOOD_PASSWORD, OTHER_PASSWORD, TEMPORARY_PASSWORD, Caller

INVALID = ("NotAuthorizedException", "Invalid session for the user.")
EXPIRED = ("NotAuthorizedException", "Invalid session for the user, session is expired.")
USED = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")


@pytest.fixture
def user(api: Caller) -> str:
    return api.invite(name="Sam Session")


@pytest.fixture
def session(api: Caller, user: str) -> str:
    return api.sign_in(user, TEMPORARY_PASSWORD).session


def test_session_is_as_long_as_a_live_one(session: str) -> None:
    assert 1500 <= len(session) <= 1600


def test_each_sign_in_gets_another_session(api: Caller, user: str, session: str) -> None:
    assert api.sign_in(user, TEMPORARY_PASSWORD).session != session


def test_session_sets_the_password(api: Caller, user: str, session: str) -> None:
    assert api.set_password(session, user).tokens["TokenType"] == "Bearer"


def test_used_session_is_refused(api: Caller, user: str, session: str) -> None:
    api.set_password(session, user)
    assert api.set_password(session, user, OTHER_PASSWORD).refusal == USED


def test_garbage_session_is_refused(api: Caller, user: str) -> None:
    assert api.set_password("g" * 1500, user).refusal == INVALID


def test_missing_session_is_refused(api: Caller, user: str) -> None:
    answer = api.respond("NEW_PASSWORD_REQUIRED", None, USERNAME=user, NEW_PASSWORD=GOOD_PASSWORD)
    assert answer.refusal == ("InvalidParameterException", "Missing required parameter Session")


def test_session_lives_until_its_validity(api: Caller, user: str, session: str) -> None:
    with api.cognito.clock.moved(299):
        assert api.set_password(session, user).refusal is None


def test_expired_session_is_refused(api: Caller, user: str, session: str) -> None:
    with api.cognito.clock.moved(300):
        assert api.set_password(session, user).refusal == EXPIRED


def test_session_lasts_as_long_as_its_client_says(api: Caller, make_client: Callable[..., Caller]) -> None:
    client = make_client(AuthSessionValidity=15)
    user = client.invite(name="Lena Long")
    session = client.sign_in(user, TEMPORARY_PASSWORD).session
    with api.cognito.clock.moved(899):
        assert client.set_password(session, user).refusal is None


def test_session_lasts_three_minutes_by_default(make_client: Callable[..., Caller]) -> None:
    client = make_client()
    user = client.invite(name="Dora Default")
    session = client.sign_in(user, TEMPORARY_PASSWORD).session
    with client.cognito.clock.moved(180):
        assert client.set_password(session, user).refusal == EXPIRED


def test_session_of_another_user_is_refused(api: Caller, session: str) -> None:
    other = api.invite(name="Olaf Other")
    assert api.set_password(session, other).refusal == INVALID


def test_session_takes_over_no_confirmed_user(api: Caller, session: str) -> None:
    victim = api.confirm()
    assert api.set_password(session, victim, OTHER_PASSWORD).refusal == INVALID
    assert api.sign_in(victim, GOOD_PASSWORD).refusal is None


def test_session_of_another_client_is_refused(
    user: str, session: str, make_client: Callable[..., Caller]
) -> None:
    assert make_client().set_password(session, user).refusal == INVALID


def test_session_answers_no_other_challenge(api: Caller, user: str, session: str) -> None:
    answer = api.respond("SMS_MFA", session, USERNAME=user, SMS_MFA_CODE="123456")
    assert answer.refusal == INVALID


@pytest.mark.parametrize(
    "challenge", ["SOFTWARE_TOKEN_MFA", "MFA_SETUP", "SELECT_MFA_TYPE", "CUSTOM_CHALLENGE"]
)
def test_no_challenge_is_answered_without_having_been_put(api: Caller, challenge: str) -> None:
    answer = api.respond(challenge, "x" * 1500, USERNAME="active")
    assert answer.refusal == INVALID


def test_refused_password_leaves_the_session(api: Caller, user: str, session: str) -> None:
    refused = api.set_password(session, user, "short")
    assert refused.body["__type"] == "InvalidPasswordException"
    assert api.set_password(session, user).refusal is None


def test_refused_answer_does_not_lengthen_the_session(api: Caller, user: str, session: str) -> None:
    with api.cognito.clock.moved(200):
        api.set_password(session, user, "short")
    with api.cognito.clock.moved(301):
        assert api.set_password(session, user).refusal == EXPIRED


def test_second_session_of_a_user_dies_with_the_first_success(api: Caller, user: str, session: str) -> None:
    second = api.sign_in(user, TEMPORARY_PASSWORD).session
    api.set_password(session, user)
    assert api.set_password(second, user, OTHER_PASSWORD).refusal == INVALID


def test_new_invitation_ends_the_session(api: Caller, user: str, session: str) -> None:
    api.signed("AdminCreateUser", Username=user, MessageAction="RESEND")
    assert api.set_password(session, user).refusal == INVALID


def test_user_who_became_confirmed_otherwise_is_asked_no_more(api: Caller, user: str, session: str) -> None:
    api.signed("AdminConfirmSignUp", Username=user)
    assert api.set_password(session, user).refusal == INVALID


def test_user_who_must_reset_cannot_go_on(api: Caller) -> None:
    user = api.confirm()
    api.signed("AdminSetUserMFAPreference", Username=user, EmailMfaSettings={"Enabled": True})
    session = api.sign_in(user, GOOD_PASSWORD).session
    code = api.code(user)
    api.signed("AdminResetUserPassword", Username=user)
    answer = api.respond("EMAIL_OTP", session, USERNAME=user, EMAIL_OTP_CODE=code)
    assert answer.refusal == ("PasswordResetRequiredException", "Password reset required for the user")


def test_disabled_user_cannot_go_on(api: Caller, user: str, session: str) -> None:
    api.signed("AdminDisableUser", Username=user)
    assert api.set_password(session, user).refusal == ("NotAuthorizedException", "User is disabled.")


def test_recreated_user_does_not_inherit_the_session(api: Caller, user: str, session: str) -> None:
    api.signed("AdminDeleteUser", Username=user)
    api.signed("AdminCreateUser", Username=user, TemporaryPassword=TEMPORARY_PASSWORD)
    assert api.set_password(session, user).refusal == INVALID


def test_parallel_uses_of_one_session_succeed_once(api: Caller, user: str, session: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: api.set_password(session, user, f"Parallel-{n}-pass"), range(8)))
    refusals = [answer.refusal for answer in answers]
    assert refusals.count(None) == 1
    assert refusals.count(USED) == 7
