"""MFA_SETUP by mail and by text, and what may be set up."""

import json
from collections.abc import Callable

import pyotp
import pytest

from .conftest import GOOD_PASSWORD, Answer, Caller

PHONE = "+12025550197"
SEVERAL = {
    "SmsMfaConfiguration": {"SmsAuthenticationMessage": "Your code is {####}"},
    "EmailMfaConfiguration": {"Subject": "Your code", "Message": "Your code is {####}"},
    "SoftwareTokenMfaConfiguration": {"Enabled": True},
}


@pytest.fixture(scope="module")
def strict(make_pool: Callable[..., Caller]) -> Caller:
    """A pool that demands a second factor and has three."""
    pool = make_pool()
    pool.signed("SetUserPoolMfaConfig", MfaConfiguration="ON", **SEVERAL)
    return pool


@pytest.fixture
def demanded(api: Caller) -> str:
    """A user of the demo pool of whom a second factor is demanded."""
    user = api.confirm()
    api.cognito.demand_second_factor(user)
    return user


def can_set_up(asked: Answer) -> list[str]:
    assert asked.body["ChallengeName"] == "MFA_SETUP"
    factors: list[str] = json.loads(asked.body["ChallengeParameters"]["MFAS_CAN_SETUP"])
    return factors


def attributes(api: Caller, user: str) -> dict[str, str]:
    pairs = api.signed("AdminGetUser", Username=user).body["UserAttributes"]
    return {pair["Name"]: pair["Value"] for pair in pairs}


def test_every_factor_of_the_pool_can_be_set_up(strict: Caller) -> None:
    asked = strict.sign_in(strict.confirm(), GOOD_PASSWORD)
    assert can_set_up(asked) == ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]


@pytest.mark.parametrize(
    ("field", "address", "challenge", "attribute"),
    [
        ("EMAIL", "another.address@example.com", "EMAIL_OTP", "email"),
        ("PHONE_NUMBER", PHONE, "SMS_MFA", "phone_number"),
    ],
)
def test_address_in_the_answer_gets_a_code_and_becomes_the_factor(
    strict: Caller, field: str, address: str, challenge: str, attribute: str
) -> None:
    user = strict.confirm()
    asked = strict.sign_in(user, GOOD_PASSWORD)
    sent = strict.respond("MFA_SETUP", asked.session, **{"USERNAME": user, field: address})
    assert sent.body["ChallengeName"] == challenge
    assert strict.outbox(user)[0]["to"] == address
    given = {"USERNAME": user, f"{challenge}_CODE": strict.code(user)}
    assert strict.respond(challenge, sent.session, **given).tokens
    kept = attributes(strict, user)
    assert (kept[attribute], kept[f"{attribute}_verified"]) == (address, "true")
    assert strict.sign_in(user, GOOD_PASSWORD).body["ChallengeName"] == challenge


def test_wrong_code_sets_nothing_up(strict: Caller) -> None:
    user = strict.confirm()
    asked = strict.sign_in(user, GOOD_PASSWORD)
    sent = strict.respond("MFA_SETUP", asked.session, USERNAME=user, PHONE_NUMBER=PHONE)
    wrong = f"{(int(strict.code(user)) + 1) % 10**6:06d}"
    refused = strict.respond("SMS_MFA", sent.session, USERNAME=user, SMS_MFA_CODE=wrong)
    assert refused.body["__type"] == "CodeMismatchException"
    assert "phone_number" not in attributes(strict, user)
    assert strict.sign_in(user, GOOD_PASSWORD).body["ChallengeName"] == "MFA_SETUP"


@pytest.mark.parametrize("given", [{"EMAIL": "no address"}, {"PHONE_NUMBER": "12"}])
def test_malformed_address_is_refused(strict: Caller, given: dict[str, str]) -> None:
    user = strict.confirm()
    session = strict.sign_in(user, GOOD_PASSWORD).session
    refused = strict.respond("MFA_SETUP", session, USERNAME=user, **given)
    assert refused.body["__type"] == "InvalidParameterException"


def test_factor_that_the_pool_lacks_is_refused(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool(mfa="ON")
    user = pool.confirm()
    asked = pool.sign_in(user, GOOD_PASSWORD)
    assert can_set_up(asked) == ["SOFTWARE_TOKEN_MFA"]
    refused = pool.respond("MFA_SETUP", asked.session, USERNAME=user, PHONE_NUMBER=PHONE)
    assert refused.body["__type"] == "InvalidParameterException"


def test_address_of_another_user_is_refused(api: Caller, demanded: str) -> None:
    other = api.confirm()
    asked = api.sign_in(demanded, GOOD_PASSWORD)
    sent = api.respond("MFA_SETUP", asked.session, USERNAME=demanded, EMAIL=f"{other}@example.com")
    given = {"USERNAME": demanded, "EMAIL_OTP_CODE": api.code(demanded)}
    assert api.respond("EMAIL_OTP", sent.session, **given).body["__type"] == "AliasExistsException"


def test_one_user_may_be_asked_in_an_optional_pool(api: Caller, demanded: str) -> None:
    asked = api.sign_in(demanded, GOOD_PASSWORD)
    assert "SOFTWARE_TOKEN_MFA" in can_set_up(asked)
    begun = api.call("AssociateSoftwareToken", Session=asked.session).body
    code = pyotp.TOTP(begun["SecretCode"]).at(int(api.cognito.clock.now()))
    verified = api.call("VerifySoftwareToken", Session=begun["Session"], UserCode=code)
    assert api.respond("MFA_SETUP", verified.session, USERNAME=demanded).tokens
    assert api.sign_in(demanded, GOOD_PASSWORD).body["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_unanswered_set_up_gives_no_tokens(api: Caller, demanded: str) -> None:
    session = api.sign_in(demanded, GOOD_PASSWORD).session
    assert api.respond("MFA_SETUP", session, USERNAME=demanded).body["__type"] == "NotAuthorizedException"
