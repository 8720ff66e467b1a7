"""AdminInitiateAuth and AdminRespondToAuthChallenge: signed, and complete for every challenge."""

from collections.abc import Iterator

import pytest

from cognito_portal.demo.server import EmbeddedCognito

from .conftest import GOOD_PASSWORD, TEMPORARY_PASSWORD, Answer, Caller

PHONE = "+12025550198"


@pytest.fixture(scope="module")
def other() -> Iterator[Caller]:
    """A Cognito that puts ADMIN_NO_SRP_AUTH first and does not renew the flow's tokens."""
    switches = {"admin_challenge_first": True, "admin_tokens_renewed": False}
    with EmbeddedCognito(extra_users=0, **switches) as cognito:
        yield Caller(cognito, cognito.user_pool_id, cognito.client_id)


def begin(api: Caller, user: str, password: str = GOOD_PASSWORD) -> Answer:
    parameters = {"USERNAME": user, "PASSWORD": password}
    flow = "ADMIN_USER_PASSWORD_AUTH"
    return api.signed("AdminInitiateAuth", AuthFlow=flow, ClientId=api.client_id, AuthParameters=parameters)


def respond(api: Caller, challenge: str, session: str, **responses: str) -> Answer:
    body = {"ClientId": api.client_id, "ChallengeName": challenge, "Session": session}
    return api.signed("AdminRespondToAuthChallenge", ChallengeResponses=responses, **body)


def renew(api: Caller, token: str) -> Answer:
    return api.call("GetTokensFromRefreshToken", ClientId=api.client_id, RefreshToken=token)


def test_new_password_and_second_factor_are_answered_signed(api: Caller) -> None:
    user = api.invite(name="Full Name", phone_number=PHONE)
    wanted = {"Enabled": True, "PreferredMfa": True}
    api.signed("AdminSetUserMFAPreference", Username=user, SMSMfaSettings=wanted)
    asked = begin(api, user, TEMPORARY_PASSWORD)
    given = {"USERNAME": user, "NEW_PASSWORD": GOOD_PASSWORD}
    second = respond(api, "NEW_PASSWORD_REQUIRED", asked.session, **given)
    assert second.body["ChallengeName"] == "SMS_MFA"
    assert respond(api, "SMS_MFA", second.session, USERNAME=user, SMS_MFA_CODE=api.code(user)).tokens


def test_session_serves_the_public_operation_too(api: Caller) -> None:
    user = api.invite(name="Full Name")
    assert api.set_password(begin(api, user, TEMPORARY_PASSWORD).session, user).tokens


def test_tokens_are_renewed(api: Caller) -> None:
    assert renew(api, begin(api, api.confirm()).tokens["RefreshToken"]).tokens


def test_challenge_for_the_password_is_answered_signed(other: Caller) -> None:
    user = other.confirm()
    asked = begin(other, user)
    assert asked.body["ChallengeName"] == "ADMIN_NO_SRP_AUTH"
    given = {"USERNAME": user, "PASSWORD": "wrong"}
    assert (
        respond(other, "ADMIN_NO_SRP_AUTH", asked.session, **given).body["__type"] == "NotAuthorizedException"
    )
    given["PASSWORD"] = GOOD_PASSWORD
    assert respond(other, "ADMIN_NO_SRP_AUTH", asked.session, **given).tokens


def test_public_operation_refuses_the_challenge(other: Caller) -> None:
    user = other.confirm()
    given = {"USERNAME": user, "PASSWORD": GOOD_PASSWORD}
    refused = other.respond("ADMIN_NO_SRP_AUTH", begin(other, user).session, **given)
    assert refused.body["__type"] == "InvalidParameterException"


def test_refresh_token_of_the_flow_may_be_refused(other: Caller) -> None:
    user = other.confirm()
    given = {"USERNAME": user, "PASSWORD": GOOD_PASSWORD}
    tokens = respond(other, "ADMIN_NO_SRP_AUTH", begin(other, user).session, **given).tokens
    assert renew(other, tokens["RefreshToken"]).refusal == (
        "NotAuthorizedException",
        "Invalid Refresh Token.",
    )
    assert renew(other, other.sign_in(user, GOOD_PASSWORD).tokens["RefreshToken"]).tokens
