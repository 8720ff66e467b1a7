"""What a signed-in user may ask and do with an access token, and which tokens are refused."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from .authenticator import Authenticator
from .conftest import GOOD_PASSWORD, OTHER_PASSWORD, Answer, Caller

BAD_CREDENTIALS = ("NotAuthorizedException", "Incorrect username or password.")
FIRST_FACTORS = {
    "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]},
    "PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3},
}


class Person:
    """A signed-in user."""

    def __init__(self, pool: Caller, **attributes: str) -> None:
        self.pool = pool
        self.username = pool.confirm(**attributes)
        self.tokens = pool.sign_in(self.username, GOOD_PASSWORD).tokens

    def call(self, operation: str, **body: Any) -> Answer:
        return self.pool.call(operation, AccessToken=self.tokens["AccessToken"], **body)

    def change(self, previous: str, proposed: str) -> Answer:
        return self.call("ChangePassword", PreviousPassword=previous, ProposedPassword=proposed)

    def renew(self) -> Answer:
        token = self.tokens["RefreshToken"]
        return self.pool.call("GetTokensFromRefreshToken", ClientId=self.pool.client_id, RefreshToken=token)


@pytest.fixture(scope="module")
def pool(make_pool: Callable[..., Caller]) -> Caller:
    pool = make_pool(Policies=FIRST_FACTORS)
    pool.signed(
        "SetUserPoolMfaConfig", MfaConfiguration="OFF", WebAuthnConfiguration={"RelyingPartyId": "localhost"}
    )
    return pool


@pytest.fixture
def person(pool: Caller) -> Person:
    return Person(pool)


def test_password_is_changed(person: Person) -> None:
    assert person.change(GOOD_PASSWORD, OTHER_PASSWORD).body == {}
    assert person.pool.sign_in(person.username, OTHER_PASSWORD).refusal is None
    assert person.pool.sign_in(person.username, GOOD_PASSWORD).refusal == BAD_CREDENTIALS


def test_wrong_old_password_changes_nothing(person: Person) -> None:
    assert person.change("wrong", OTHER_PASSWORD).refusal == BAD_CREDENTIALS
    assert person.pool.sign_in(person.username, GOOD_PASSWORD).refusal is None


def test_wrong_old_password_is_refused_before_the_new_one_is_looked_at(person: Person) -> None:
    assert person.change("wrong", "short").refusal == BAD_CREDENTIALS


def test_wrong_old_passwords_lock(person: Person) -> None:
    for _ in range(5):
        person.change("wrong", OTHER_PASSWORD)
    locked = person.pool.sign_in(person.username, GOOD_PASSWORD)
    assert locked.refusal == ("NotAuthorizedException", "Password attempts exceeded")


def test_locked_user_changes_nothing(person: Person) -> None:
    for _ in range(5):
        person.pool.sign_in(person.username, "wrong")
    locked = person.change(GOOD_PASSWORD, OTHER_PASSWORD)
    assert locked.refusal == ("NotAuthorizedException", "Password attempts exceeded")


def test_old_password_is_needed(person: Person) -> None:
    answer = person.call("ChangePassword", ProposedPassword=OTHER_PASSWORD)
    assert answer.refusal == ("InvalidParameterException", "Missing required parameter OldPassword")


def test_new_password_keeps_to_the_policy(person: Person) -> None:
    assert person.change(GOOD_PASSWORD, "short12").body["__type"] == "InvalidPasswordException"


def test_password_of_the_past_is_refused(person: Person) -> None:
    person.change(GOOD_PASSWORD, OTHER_PASSWORD)
    answer = person.change(OTHER_PASSWORD, GOOD_PASSWORD)
    assert answer.body["__type"] == "PasswordHistoryPolicyViolationException"


def test_change_of_password_leaves_the_sign_in(person: Person) -> None:
    person.change(GOOD_PASSWORD, OTHER_PASSWORD)
    assert person.call("GetUser").refusal is None
    assert person.renew().refusal is None


def test_factors_of_a_user_with_a_password_alone(pool: Caller) -> None:
    person = Person(pool, email="")
    factors = person.call("GetUserAuthFactors").body
    assert factors == {
        "Username": person.username,
        "UserMFASettingList": [],
        "ConfiguredUserAuthFactors": ["PASSWORD"],
    }


def test_factors_of_a_user_with_all(pool: Caller) -> None:
    person = Person(pool, phone_number="+15550100")
    options = person.call("StartWebAuthnRegistration").body["CredentialCreationOptions"]
    credential = Authenticator().create(options, "http://localhost:8000")
    assert person.call("CompleteWebAuthnRegistration", Credential=credential).refusal is None
    person.call("SetUserMFAPreference", EmailMfaSettings={"Enabled": True, "PreferredMfa": True})
    factors = person.call("GetUserAuthFactors").body
    assert factors["ConfiguredUserAuthFactors"] == ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
    assert factors["UserMFASettingList"] == ["EMAIL_OTP"]
    assert factors["PreferredMfaSetting"] == "EMAIL_OTP"


def test_pool_that_allows_passwords_alone_configures_no_more(make_pool: Callable[..., Caller]) -> None:
    factors = Person(make_pool(), phone_number="+15550100").call("GetUserAuthFactors").body
    assert factors["ConfiguredUserAuthFactors"] == ["PASSWORD"]


def test_global_sign_out_ends_every_token(person: Person) -> None:
    elsewhere = Person.__new__(Person)
    elsewhere.pool, elsewhere.username = person.pool, person.username
    elsewhere.tokens = person.pool.sign_in(person.username, GOOD_PASSWORD).tokens
    assert person.call("GlobalSignOut").body == {}
    for each in (person, elsewhere):
        assert each.call("GetUser").refusal == ("NotAuthorizedException", "Access Token has been revoked")
        assert each.renew().body["__type"] == "NotAuthorizedException"


def test_deleted_user_is_gone(person: Person) -> None:
    assert person.call("DeleteUser").body == {}
    assert person.pool.sign_in(person.username, GOOD_PASSWORD).refusal is not None


def test_token_of_a_user_who_must_reset_is_refused(person: Person) -> None:
    person.pool.signed("AdminResetUserPassword", Username=person.username)
    refused = ("PasswordResetRequiredException", "Password reset required for the user")
    assert person.call("GetUser").refusal == refused


def test_token_of_a_disabled_user_is_refused(person: Person) -> None:
    person.pool.signed("AdminDisableUser", Username=person.username)
    assert person.call("GetUser").body["__type"] == "NotAuthorizedException"


def test_revoked_sign_in_ends_its_access_token(person: Person) -> None:
    token = person.tokens["RefreshToken"]
    person.pool.call("RevokeToken", Token=token, ClientId=person.pool.client_id)
    assert person.call("GetUser").refusal == ("NotAuthorizedException", "Access Token has been revoked")


def test_expired_token_is_refused(pool: Caller) -> None:
    made = pool.signed(
        "CreateUserPoolClient",
        ClientName="brief",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        AccessTokenValidity=1,
        TokenValidityUnits={"AccessToken": "seconds"},
    ).body["UserPoolClient"]
    person = Person(Caller(pool.cognito, pool.pool_id, made["ClientId"]))
    time.sleep(2.1)
    assert person.call("GetUser").refusal == ("NotAuthorizedException", "Access Token has expired")


@pytest.mark.parametrize("kind", ["IdToken", "RefreshToken"])
def test_token_of_another_kind_is_refused(person: Person, kind: str) -> None:
    person.tokens["AccessToken"] = person.tokens[kind]
    assert person.call("GetUser").body["__type"] == "NotAuthorizedException"


def test_forged_token_is_refused(person: Person) -> None:
    signed, _, signature = person.tokens["AccessToken"].rpartition(".")
    person.tokens["AccessToken"] = f"{signed}.{signature[::-1]}"
    assert person.call("GetUser").body["__type"] == "NotAuthorizedException"
