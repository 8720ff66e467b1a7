"""The seeded users: each meets the challenge it is there for."""

import json

import pytest

from cognito_portal.demo.seed_users import SeededUser

from .conftest import Caller


@pytest.fixture(scope="module")
def seeded(api: Caller) -> dict[str, SeededUser]:
    return {user.username: user for user in api.cognito.users}


@pytest.mark.parametrize(
    ("username", "challenge"),
    [
        ("newhire", "NEW_PASSWORD_REQUIRED"),
        ("mfa", "SOFTWARE_TOKEN_MFA"),
        ("emailcode", "EMAIL_OTP"),
        ("smscode", "SMS_MFA"),
        ("choosemfa", "SELECT_MFA_TYPE"),
        ("mfasetup", "MFA_SETUP"),
        ("newmfa", "NEW_PASSWORD_REQUIRED"),
        ("device", "EMAIL_OTP"),
    ],
)
def test_password_leads_to_the_challenge(
    api: Caller, seeded: dict[str, SeededUser], username: str, challenge: str
) -> None:
    asked = api.sign_in(username, seeded[username].password)
    assert asked.body["ChallengeName"] == challenge


@pytest.mark.parametrize("username", ["active", "passwordless", "custom", "noverified"])
def test_password_signs_in_at_once(api: Caller, seeded: dict[str, SeededUser], username: str) -> None:
    assert api.sign_in(username, seeded[username].password).tokens


def test_three_factors_can_be_chosen(api: Caller, seeded: dict[str, SeededUser]) -> None:
    asked = api.sign_in("choosemfa", seeded["choosemfa"].password)
    choice = json.loads(asked.body["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
    assert sorted(choice) == ["EMAIL_OTP", "SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    assert seeded["choosemfa"].totp_secret


def test_new_hire_goes_on_to_a_second_factor(api: Caller) -> None:
    user = api.invite(name="Full Name")
    api.cognito.demand_second_factor(user)
    asked = api.sign_in(user, "Temporary-1-pass")
    assert api.set_password(asked.session, user).body["ChallengeName"] == "MFA_SETUP"


def test_flows_of_the_seed_are_allowed(api: Caller, seeded: dict[str, SeededUser]) -> None:
    client = api.signed("DescribeUserPoolClient", ClientId=api.client_id).body["UserPoolClient"]
    flows = {user.flow for user in seeded.values() if user.flow}
    assert flows == {"USER_AUTH", "CUSTOM_AUTH"}
    assert {f"ALLOW_{flow}" for flow in flows} <= set(client["ExplicitAuthFlows"])


def test_custom_answers_are_in_the_note(api: Caller, seeded: dict[str, SeededUser]) -> None:
    answers = seeded["custom"].note.removeprefix("answers: ").split(", then ")
    parameters = {"USERNAME": "custom"}
    step = api.call("InitiateAuth", AuthFlow="CUSTOM_AUTH", ClientId=api.client_id, AuthParameters=parameters)
    for answer in answers:
        step = api.respond("CUSTOM_CHALLENGE", step.session, USERNAME="custom", ANSWER=answer)
    assert step.tokens


def test_pool_has_every_setting_a_demo_needs(api: Caller) -> None:
    pool = api.signed("DescribeUserPool").body["UserPool"]
    factors = pool["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"]
    assert sorted(factors) == ["EMAIL_OTP", "PASSWORD", "SMS_OTP", "WEB_AUTHN"]
    assert pool["DeviceConfiguration"]["DeviceOnlyRememberedOnUserPrompt"] is True
    updates = pool["UserAttributeUpdateSettings"]["AttributesRequireVerificationBeforeUpdate"]
    assert updates == ["email"]
    mfa = api.signed("GetUserPoolMfaConfig").body
    assert mfa["WebAuthnConfiguration"]["RelyingPartyId"] == "localhost"
    assert set(mfa) >= {"SmsMfaConfiguration", "EmailMfaConfiguration", "SoftwareTokenMfaConfiguration"}
