"""USER_AUTH: how a user may choose to sign in, and what an app may prefer."""

from collections.abc import Callable

import pytest

from .conftest import GOOD_PASSWORD, OTHER_PASSWORD, TEMPORARY_PASSWORD, Answer, Caller
from .test_secret_hash import hashed
from .test_srp import client_of, proof
from .test_webauthn import Person

BAD = ("NotAuthorizedException", "Incorrect username or password.")
INVALID = ("NotAuthorizedException", "Invalid session for the user.")
PASSWORDS = ["PASSWORD_SRP", "PASSWORD"]
PHONE = {"phone_number": "+12025550199", "phone_number_verified": "true"}


def begin(api: Caller, username: str, **more: str) -> Answer:
    parameters = {"USERNAME": username, **more}
    return api.call("InitiateAuth", AuthFlow="USER_AUTH", ClientId=api.client_id, AuthParameters=parameters)


def choose(api: Caller, username: str, answer: str, **more: str) -> Answer:
    session = begin(api, username).session
    return api.respond("SELECT_CHALLENGE", session, USERNAME=username, ANSWER=answer, **more)


def test_choice_stands_beside_the_parameters(api: Caller) -> None:
    asked = begin(api, api.confirm())
    assert asked.body["ChallengeName"] == "SELECT_CHALLENGE"
    assert asked.body["AvailableChallenges"] == [*PASSWORDS, "EMAIL_OTP"]


def test_phone_number_counts_when_it_is_verified(api: Caller) -> None:
    verified = api.confirm(**PHONE)
    other = api.confirm(phone_number=PHONE["phone_number"])
    assert "SMS_OTP" in begin(api, verified).body["AvailableChallenges"]
    assert "SMS_OTP" not in begin(api, other).body["AvailableChallenges"]


def test_unverified_mail_gets_no_code(api: Caller) -> None:
    assert begin(api, "noverified").body["AvailableChallenges"] == PASSWORDS


def test_invited_user_has_passwords_only(api: Caller) -> None:
    user = api.invite(name="Full Name")
    assert begin(api, user).body["AvailableChallenges"] == PASSWORDS
    challenged = choose(api, user, "PASSWORD", PASSWORD=TEMPORARY_PASSWORD)
    assert api.set_password(challenged.session, user).tokens


def test_pool_that_sets_nothing_allows_passwords_only(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool()
    pool.signed("UpdateUserPoolClient", ClientId=pool.client_id, ExplicitAuthFlows=["ALLOW_USER_AUTH"])
    assert begin(pool, pool.confirm()).body["AvailableChallenges"] == PASSWORDS


def test_flow_has_to_be_allowed(make_client: Callable[..., Caller]) -> None:
    assert begin(make_client(), "active").refusal == (
        "InvalidParameterException",
        "Auth flow not enabled for this client",
    )


@pytest.mark.parametrize("way", [begin, choose])
def test_password_signs_in(api: Caller, way: Callable[..., Answer]) -> None:
    user = api.confirm()
    if way is begin:
        assert begin(api, user, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=GOOD_PASSWORD).tokens
    else:
        assert choose(api, user, "PASSWORD", PASSWORD=GOOD_PASSWORD).tokens


def test_wrong_password_leaves_the_session(api: Caller) -> None:
    user = api.confirm()
    session = begin(api, user).session
    given = {"USERNAME": user, "ANSWER": "PASSWORD"}
    assert api.respond("SELECT_CHALLENGE", session, **given, PASSWORD="wrong").refusal == BAD
    assert api.respond("SELECT_CHALLENGE", session, **given, PASSWORD=GOOD_PASSWORD).tokens


def test_preferred_password_that_is_missing_is_asked_for(api: Caller) -> None:
    user = api.confirm()
    asked = begin(api, user, PREFERRED_CHALLENGE="PASSWORD")
    assert asked.body["ChallengeName"] == "PASSWORD"
    assert api.respond("PASSWORD", asked.session, USERNAME=user, PASSWORD=GOOD_PASSWORD).tokens


def test_preferred_srp_that_is_missing_is_asked_for(api: Caller) -> None:
    user = api.confirm()
    srp = client_of(api, user, GOOD_PASSWORD)
    asked = begin(api, user, PREFERRED_CHALLENGE="PASSWORD_SRP")
    assert asked.body["ChallengeName"] == "PASSWORD_SRP"
    begun = api.respond("PASSWORD_SRP", asked.session, USERNAME=user, SRP_A=format(srp.large_a_value, "x"))
    assert api.respond("PASSWORD_VERIFIER", begun.session, **proof(srp, begun)).tokens


@pytest.mark.parametrize("with_session", [True, False])
def test_srp_that_is_chosen_signs_in(api: Caller, with_session: bool) -> None:
    user = api.confirm()
    srp = client_of(api, user, GOOD_PASSWORD)
    begun = choose(api, user, "PASSWORD_SRP", SRP_A=format(srp.large_a_value, "x"))
    session = begun.session if with_session else None
    assert api.respond("PASSWORD_VERIFIER", session, **proof(srp, begun)).tokens


def test_session_of_another_step_spoils_a_proof(api: Caller) -> None:
    user = api.confirm()
    srp = client_of(api, user, GOOD_PASSWORD)
    begun = choose(api, user, "PASSWORD_SRP", SRP_A=format(srp.large_a_value, "x"))
    other = begin(api, user).session
    assert api.respond("PASSWORD_VERIFIER", other, **proof(srp, begun)).refusal == INVALID


@pytest.mark.parametrize(("challenge", "medium"), [("EMAIL_OTP", "EMAIL"), ("SMS_OTP", "SMS")])
def test_code_signs_in_alone(api: Caller, challenge: str, medium: str) -> None:
    user = api.confirm(**PHONE)
    asked = choose(api, user, challenge)
    assert asked.body["ChallengeName"] == challenge
    assert asked.body["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == medium
    code = api.code(user)
    assert len(code) == 8
    assert api.respond(challenge, asked.session, **{"USERNAME": user, f"{challenge}_CODE": code}).tokens


def test_preferred_code_is_sent_at_once(api: Caller) -> None:
    user = api.confirm()
    asked = begin(api, user, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert api.respond("EMAIL_OTP", asked.session, USERNAME=user, EMAIL_OTP_CODE=api.code(user)).tokens


def test_wrong_code_is_refused(api: Caller) -> None:
    user = api.confirm()
    asked = begin(api, user, PREFERRED_CHALLENGE="EMAIL_OTP")
    wrong = f"{(int(api.code(user)) + 1) % 10**8:08d}"
    refused = api.respond("EMAIL_OTP", asked.session, USERNAME=user, EMAIL_OTP_CODE=wrong)
    assert refused.body["__type"] == "CodeMismatchException"


def test_code_as_first_factor_is_asked_for_no_second(api: Caller) -> None:
    asked = begin(api, "emailcode", PREFERRED_CHALLENGE="EMAIL_OTP")
    given = {"USERNAME": "emailcode", "EMAIL_OTP_CODE": api.code("emailcode")}
    assert api.respond("EMAIL_OTP", asked.session, **given).tokens


def test_password_is_followed_by_the_second_factor(api: Caller) -> None:
    password = next(user.password for user in api.cognito.users if user.username == "smscode")
    asked = choose(api, "smscode", "PASSWORD", PASSWORD=password)
    assert asked.body["ChallengeName"] == "SMS_MFA"


def test_preference_that_the_user_cannot_meet_gives_the_choice(api: Caller) -> None:
    asked = begin(api, api.confirm(), PREFERRED_CHALLENGE="WEB_AUTHN")
    assert asked.body["ChallengeName"] == "SELECT_CHALLENGE"


@pytest.mark.parametrize("answer", ["WEB_AUTHN", "SMS_OTP", "SOFTWARE_TOKEN_MFA", "nonsense"])
def test_only_what_is_offered_can_be_chosen(api: Caller, answer: str) -> None:
    assert choose(api, api.confirm(), answer).body["__type"] == "InvalidParameterException"


def test_choice_without_its_parameter_names_it(api: Caller) -> None:
    assert choose(api, api.confirm(), "PASSWORD").refusal == (
        "InvalidParameterException",
        "Missing required parameter PASSWORD",
    )


def test_choice_ends_when_the_password_changes(api: Caller) -> None:
    user = api.confirm()
    session = begin(api, user).session
    api.signed("AdminSetUserPassword", Username=user, Password=OTHER_PASSWORD, Permanent=True)
    given = {"USERNAME": user, "ANSWER": "PASSWORD", "PASSWORD": OTHER_PASSWORD}
    assert api.respond("SELECT_CHALLENGE", session, **given).refusal == INVALID


def test_mail_address_with_a_secret_is_hashed_as_it_is_typed(secret_api: Caller) -> None:
    name = f"{secret_api.confirm()}@example.com"
    right = hashed(secret_api, name)
    session = begin(secret_api, name, SECRET_HASH=right).session
    given = {"USERNAME": name, "SECRET_HASH": right, "ANSWER": "PASSWORD", "PASSWORD": GOOD_PASSWORD}
    assert secret_api.respond("SELECT_CHALLENGE", session, **given).tokens


def test_unknown_user_is_offered_what_others_are(api: Caller) -> None:
    real, unreal = begin(api, api.confirm()).body, begin(api, "nobody-at-all").body
    assert set(real) == set(unreal)
    assert real["AvailableChallenges"] == unreal["AvailableChallenges"]
    assert real["ChallengeParameters"] == unreal["ChallengeParameters"]


def test_unknown_user_never_gets_in(api: Caller) -> None:
    assert choose(api, "nobody-at-all", "PASSWORD", PASSWORD=GOOD_PASSWORD).refusal == BAD
    asked = choose(api, "nobody-at-all", "EMAIL_OTP")
    assert asked.body["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "EMAIL"
    given = {"USERNAME": "nobody-at-all", "EMAIL_OTP_CODE": "12345678"}
    refused = api.respond("EMAIL_OTP", asked.session, **given)
    assert refused.body["__type"] == "CodeMismatchException"


def test_unknown_user_gets_an_srp_challenge_like_others(api: Caller) -> None:
    srp = client_of(api, "nobody-at-all", GOOD_PASSWORD)
    begun = choose(api, "nobody-at-all", "PASSWORD_SRP", SRP_A=format(srp.large_a_value, "x"))
    assert begun.session
    assert api.respond("PASSWORD_VERIFIER", begun.session, **proof(srp, begun)).refusal == BAD


def test_session_of_an_unknown_user_serves_nobody_else(api: Caller) -> None:
    session = begin(api, "nobody-at-all").session
    given = {"USERNAME": api.confirm(), "ANSWER": "PASSWORD", "PASSWORD": GOOD_PASSWORD}
    assert api.respond("SELECT_CHALLENGE", session, **given).refusal == INVALID


def test_legacy_client_tells_of_unknown_users(make_client: Callable[..., Caller]) -> None:
    client = make_client(ExplicitAuthFlows=["ALLOW_USER_AUTH"], PreventUserExistenceErrors="LEGACY")
    assert begin(client, "nobody-at-all").body["__type"] == "UserNotFoundException"


@pytest.mark.parametrize(("verification", "is_enough"), [("required", True), ("preferred", False)])
def test_passkey_stands_for_both_factors_where_it_has_to_verify_its_user(
    make_pool: Callable[..., Caller], verification: str, is_enough: bool
) -> None:
    pool = make_pool(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}})
    settings = {"RelyingPartyId": "localhost", "UserVerification": verification}
    pool.signed("SetUserPoolMfaConfig", MfaConfiguration="OPTIONAL", WebAuthnConfiguration=settings)
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"]
    pool.signed("UpdateUserPoolClient", ClientId=pool.client_id, ExplicitAuthFlows=flows)
    person = Person(pool)
    person.register()
    wanted = {"Enabled": True, "PreferredMfa": True}
    pool.signed("AdminSetUserMFAPreference", Username=person.username, EmailMfaSettings=wanted)
    signed_in = person.sign_in()
    assert ("AuthenticationResult" in signed_in.body) is is_enough
    assert (signed_in.body.get("ChallengeName") == "EMAIL_OTP") is not is_enough
