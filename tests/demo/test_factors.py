"""Second factors by app, text and mail; enrolment by Session and by token."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pyotp
import pytest

from .conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Answer, Caller

INVALID = ("NotAuthorizedException", "Invalid session for the user.")
WRONG_CODE = ("CodeMismatchException", "Invalid code or auth state for the user.")
PHONE = "+493012345678"


@dataclass
class Enrolled:
    """A user with an authenticator app, and the pool they sign in to."""

    api: Caller
    username: str
    secret: str

    def code(self, *, later: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(int(self.api.cognito.clock.now()) + later)

    def sign_in(self) -> Answer:
        return self.api.sign_in(self.username, GOOD_PASSWORD)

    def answer(self, session: str, code: str) -> Answer:
        given = {"USERNAME": self.username, "SOFTWARE_TOKEN_MFA_CODE": code}
        return self.api.respond("SOFTWARE_TOKEN_MFA", session, **given)


@pytest.fixture(scope="module")
def strict(make_pool: Callable[..., Caller]) -> Caller:
    """A pool that demands a second factor."""
    return make_pool(mfa="ON")


@pytest.fixture
def enrolled(api: Caller) -> Enrolled:
    """Enrolled a minute ago, so that the code of this step is fresh."""
    username = api.confirm()
    with api.cognito.clock.moved(-120):
        access = api.sign_in(username, GOOD_PASSWORD).tokens["AccessToken"]
        secret = api.call("AssociateSoftwareToken", AccessToken=access).body["SecretCode"]
        user = Enrolled(api, username, secret)
        api.call("VerifySoftwareToken", AccessToken=access, UserCode=user.code())
        settings = {"Enabled": True, "PreferredMfa": True}
        api.call("SetUserMFAPreference", AccessToken=access, SoftwareTokenMfaSettings=settings)
    return user


def prefer(api: Caller, username: str, *settings: str, preferred: bool = False) -> Answer:
    wanted = {name: {"Enabled": True, "PreferredMfa": preferred} for name in settings}
    return api.signed("AdminSetUserMFAPreference", Username=username, **wanted)


def test_app_is_asked_for_and_signs_in(enrolled: Enrolled) -> None:
    asked = enrolled.sign_in()
    assert asked.body["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert "AuthenticationResult" not in asked.body
    assert enrolled.answer(asked.session, enrolled.code()).tokens["AccessToken"]


def test_wrong_code_leaves_the_session(enrolled: Enrolled) -> None:
    session = enrolled.sign_in().session
    wrong = f"{(int(enrolled.code()) + 500_000) % 1_000_000:06d}"
    assert enrolled.answer(session, wrong).refusal == WRONG_CODE
    assert enrolled.answer(session, enrolled.code()).refusal is None


def test_code_signs_in_once(enrolled: Enrolled) -> None:
    code = enrolled.code()
    enrolled.answer(enrolled.sign_in().session, code)
    session = enrolled.sign_in().session
    assert enrolled.answer(session, code).refusal == (
        "ExpiredCodeException",
        "Your software token has already been used once.",
    )
    assert enrolled.answer(session, enrolled.code(later=30)).refusal is None


def test_code_that_enrolled_the_app_does_not_sign_in(api: Caller, enrolled: Enrolled) -> None:
    with api.cognito.clock.moved(-120):
        session = enrolled.sign_in().session
        assert enrolled.answer(session, enrolled.code()).body["__type"] == "ExpiredCodeException"


def test_verified_app_is_not_asked_for_until_it_is_preferred(api: Caller) -> None:
    user = api.confirm()
    access = api.sign_in(user, GOOD_PASSWORD).tokens["AccessToken"]
    secret = api.call("AssociateSoftwareToken", AccessToken=access).body["SecretCode"]
    api.call("VerifySoftwareToken", AccessToken=access, UserCode=pyotp.TOTP(secret).now())
    assert api.sign_in(user, GOOD_PASSWORD).tokens


def test_factor_shows_in_the_user(api: Caller, enrolled: Enrolled) -> None:
    shown = api.signed("AdminGetUser", Username=enrolled.username).body
    assert shown["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    assert shown["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"


def test_app_cannot_be_enabled_before_it_is_verified(api: Caller) -> None:
    assert prefer(api, api.confirm(), "SoftwareTokenMfaSettings").refusal == (
        "InvalidParameterException",
        "User has not set up software token mfa",
    )


def test_lost_app_can_be_switched_off(api: Caller, enrolled: Enrolled) -> None:
    off = {"Enabled": False}
    api.signed("AdminSetUserMFAPreference", Username=enrolled.username, SoftwareTokenMfaSettings=off)
    assert enrolled.sign_in().tokens


def test_text_needs_a_number(api: Caller) -> None:
    assert prefer(api, api.confirm(), "SMSMfaSettings").refusal == (
        "InvalidParameterException",
        "User does not have delivery config set to turn on SMS_MFA",
    )


@pytest.mark.parametrize(
    ("setting", "challenge", "medium", "digits", "masked"),
    [
        ("SMSMfaSettings", "SMS_MFA", "SMS", 6, "+*******5678"),
        ("EmailMfaSettings", "EMAIL_OTP", "EMAIL", 8, "u***@e***"),
    ],
)
def test_code_is_sent_and_signs_in(
    api: Caller, setting: str, challenge: str, medium: str, digits: int, masked: str
) -> None:
    user = api.confirm(phone_number=PHONE)
    prefer(api, user, setting)
    asked = api.sign_in(user, GOOD_PASSWORD)
    code = api.code(user)
    assert asked.body["ChallengeName"] == challenge
    assert asked.body["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == medium
    assert asked.body["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == masked
    assert len(code) == digits
    assert code.isdigit()
    given = {"USERNAME": user, f"{challenge}_CODE": code}
    assert api.respond(challenge, asked.session, **given).tokens


def test_wrong_text_code_is_refused(api: Caller) -> None:
    user = api.confirm(phone_number=PHONE)
    prefer(api, user, "SMSMfaSettings")
    session = api.sign_in(user, GOOD_PASSWORD).session
    wrong = str((int(api.code(user)) + 1) % 1_000_000).zfill(6)
    assert api.respond("SMS_MFA", session, USERNAME=user, SMS_MFA_CODE=wrong).refusal == WRONG_CODE


def test_code_of_an_earlier_sign_in_is_refused(api: Caller) -> None:
    user = api.confirm()
    prefer(api, user, "EmailMfaSettings")
    api.sign_in(user, GOOD_PASSWORD)
    earlier = api.code(user)
    session = api.sign_in(user, GOOD_PASSWORD).session
    assert earlier != api.code(user)
    assert api.respond("EMAIL_OTP", session, USERNAME=user, EMAIL_OTP_CODE=earlier).refusal == WRONG_CODE


def test_missing_code_is_named(api: Caller) -> None:
    user = api.confirm()
    prefer(api, user, "EmailMfaSettings")
    session = api.sign_in(user, GOOD_PASSWORD).session
    assert api.respond("EMAIL_OTP", session, USERNAME=user).refusal == (
        "InvalidParameterException",
        "Missing required parameter EMAIL_OTP_CODE",
    )


def test_several_factors_give_a_choice(api: Caller) -> None:
    user = api.confirm(phone_number=PHONE)
    prefer(api, user, "SMSMfaSettings", "EmailMfaSettings")
    asked = api.sign_in(user, GOOD_PASSWORD)
    assert asked.body["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(asked.body["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == ["SMS_MFA", "EMAIL_OTP"]
    chosen = api.respond("SELECT_MFA_TYPE", asked.session, USERNAME=user, ANSWER="EMAIL_OTP")
    assert chosen.body["ChallengeName"] == "EMAIL_OTP"
    given = {"USERNAME": user, "EMAIL_OTP_CODE": api.code(user)}
    assert api.respond("EMAIL_OTP", chosen.session, **given).tokens


def test_factor_that_was_not_offered_cannot_be_chosen(api: Caller) -> None:
    user = api.confirm(phone_number=PHONE)
    prefer(api, user, "SMSMfaSettings", "EmailMfaSettings")
    session = api.sign_in(user, GOOD_PASSWORD).session
    refused = api.respond("SELECT_MFA_TYPE", session, USERNAME=user, ANSWER="SOFTWARE_TOKEN_MFA")
    assert refused.body["__type"] == "InvalidParameterException"


def test_new_password_is_followed_by_the_factor(api: Caller) -> None:
    user = api.invite(name="Full Name")
    prefer(api, user, "EmailMfaSettings")
    session = api.sign_in(user, TEMPORARY_PASSWORD).session
    assert api.set_password(session, user).body["ChallengeName"] == "EMAIL_OTP"


def test_enrolment_runs_from_session_to_session(strict: Caller) -> None:
    user = strict.confirm()
    asked = strict.sign_in(user, GOOD_PASSWORD)
    assert asked.body["ChallengeName"] == "MFA_SETUP"
    assert json.loads(asked.body["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
    associated = strict.call("AssociateSoftwareToken", Session=asked.session)
    code = pyotp.TOTP(associated.body["SecretCode"]).now()
    verified = strict.call("VerifySoftwareToken", Session=associated.session, UserCode=code)
    assert verified.body["Status"] == "SUCCESS"
    assert len({asked.session, associated.session, verified.session}) == 3
    assert strict.respond("MFA_SETUP", verified.session, USERNAME=user).tokens
    assert strict.sign_in(user, GOOD_PASSWORD).body["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_enrolment_follows_the_new_password(strict: Caller) -> None:
    user = strict.invite()
    session = strict.sign_in(user, TEMPORARY_PASSWORD).session
    answer = strict.set_password(session, user)
    assert answer.body["ChallengeName"] == "MFA_SETUP"
    # The password is set even if nobody goes on.
    assert strict.signed("AdminGetUser", Username=user).body["UserStatus"] == "CONFIRMED"


def test_wrong_enrolment_code_leaves_the_session(strict: Caller) -> None:
    user = strict.confirm()
    asked = strict.sign_in(user, GOOD_PASSWORD)
    associated = strict.call("AssociateSoftwareToken", Session=asked.session)
    code = pyotp.TOTP(associated.body["SecretCode"]).now()
    wrong = f"{(int(code) + 500_000) % 1_000_000:06d}"
    refused = strict.call("VerifySoftwareToken", Session=associated.session, UserCode=wrong)
    assert refused.refusal == (
        "EnableSoftwareTokenMFAException",
        "Code mismatch and fail enable Software Token MFA",
    )
    assert strict.call("VerifySoftwareToken", Session=associated.session, UserCode=code).refusal is None


def test_enrolment_cannot_be_skipped(strict: Caller) -> None:
    user = strict.confirm()
    asked = strict.sign_in(user, GOOD_PASSWORD)
    assert strict.respond("MFA_SETUP", asked.session, USERNAME=user).refusal == INVALID
    associated = strict.call("AssociateSoftwareToken", Session=asked.session)
    assert strict.respond("MFA_SETUP", associated.session, USERNAME=user).refusal == INVALID


def test_associating_uses_its_session_up(strict: Caller) -> None:
    session = strict.sign_in(strict.confirm(), GOOD_PASSWORD).session
    strict.call("AssociateSoftwareToken", Session=session)
    again = strict.call("AssociateSoftwareToken", Session=session)
    assert again.body["message"] == "Invalid session for the user, session can only be used once."


def test_new_sign_in_replaces_the_enrolment(strict: Caller) -> None:
    user = strict.confirm()
    session = strict.sign_in(user, GOOD_PASSWORD).session
    strict.sign_in(user, GOOD_PASSWORD)
    assert strict.call("AssociateSoftwareToken", Session=session).refusal == INVALID


def test_session_of_another_step_enrols_nothing(api: Caller) -> None:
    session = api.sign_in(api.invite(), TEMPORARY_PASSWORD).session
    assert api.call("AssociateSoftwareToken", Session=session).refusal == INVALID
    assert api.call("VerifySoftwareToken", Session=session, UserCode="123456").refusal == INVALID


def test_enrolment_code_has_six_digits(strict: Caller) -> None:
    answer = strict.call("VerifySoftwareToken", Session="s" * 1500, UserCode="12345")
    assert answer.body["__type"] == "InvalidParameterException"


def test_forged_token_enrols_nothing(api: Caller) -> None:
    answer = api.call("AssociateSoftwareToken", AccessToken="forged")
    assert answer.body["__type"] == "NotAuthorizedException"


def test_seeded_app_signs_in(api: Caller) -> None:
    seeded = next(user for user in api.cognito.users if user.username == "mfa")
    assert seeded.totp_secret is not None
    session = api.sign_in("mfa", seeded.password).session
    code = pyotp.TOTP(seeded.totp_secret).at(int(api.cognito.clock.now()))
    given = {"USERNAME": "mfa", "SOFTWARE_TOKEN_MFA_CODE": code}
    assert api.respond("SOFTWARE_TOKEN_MFA", session, **given).tokens
