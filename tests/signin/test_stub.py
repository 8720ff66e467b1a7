"""The judge judged: botocore reads what the stub answers, and pycognito's arithmetic meets its own."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP, generate_hash_device

from tests.signin.stub import CLIENT_ID, POOL_ID, StubCognito, StubUser, Ways

SECRET = "a-client-secret"
GOOD_PASSWORD = "Brand-new-1-pass"
# What is sent back to each challenge that one response answers.
RIGHT: dict[str, Any] = {
    "NEW_PASSWORD_REQUIRED": lambda user: {"NEW_PASSWORD": GOOD_PASSWORD},
    "SMS_MFA": lambda user: {"SMS_MFA_CODE": user.code},
    "SMS_OTP": lambda user: {"SMS_OTP_CODE": user.code},
    "EMAIL_OTP": lambda user: {"EMAIL_OTP_CODE": user.code},
    "SOFTWARE_TOKEN_MFA": lambda user: {"SOFTWARE_TOKEN_MFA_CODE": user.totp()},
    "SELECT_MFA_TYPE": lambda user: {"ANSWER": "EMAIL_OTP"},
    "SELECT_CHALLENGE": lambda user: {"ANSWER": "PASSWORD", "PASSWORD": user.password},
    "PASSWORD": lambda user: {"PASSWORD": user.password},
    "WEB_AUTHN": lambda user: {"CREDENTIAL": user.credential},
    "CUSTOM_CHALLENGE": lambda user: {"ANSWER": user.answer},
}


class Caller:
    """boto3's client, with the SECRET_HASH where the stub's client has a secret."""

    def __init__(self, stub: StubCognito) -> None:
        self.stub = stub
        self.api: Any = boto3.client(
            "cognito-idp",
            region_name="eu-west-1",
            endpoint_url=stub.url,
            aws_access_key_id="id",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def named(self, name: str) -> dict[str, str]:
        if not self.stub.client_secret:
            return {"USERNAME": name}
        digest = hmac.new(self.stub.client_secret.encode(), (name + CLIENT_ID).encode(), hashlib.sha256)
        return {"USERNAME": name, "SECRET_HASH": base64.b64encode(digest.digest()).decode()}

    def start(self, name: str, flow: str = "USER_PASSWORD_AUTH", **given: str) -> Any:
        parameters = {**self.named(name), **given}
        return self.api.initiate_auth(AuthFlow=flow, ClientId=CLIENT_ID, AuthParameters=parameters)

    def respond(self, begun: Any, name: str, **given: str) -> Any:
        session = {"Session": begun["Session"]} if "Session" in begun else {}
        return self.api.respond_to_auth_challenge(
            ClientId=CLIENT_ID,
            ChallengeName=begun["ChallengeName"],
            ChallengeResponses={**self.named(name), **given},
            **session,
        )

    def sign_in(self, user: StubUser, **given: str) -> Any:
        """Every challenge answered rightly, down to AuthenticationResult."""
        answer = self.start(user.username, PASSWORD=user.password, **given)
        while "ChallengeName" in answer:
            answer = self.respond(answer, user.username, **RIGHT[answer["ChallengeName"]](user))
        return answer["AuthenticationResult"]


@pytest.fixture
def caller(stub_server: StubCognito) -> Iterator[Caller]:
    stub_server.client_secret = ""
    stub_server.reset()
    yield Caller(stub_server)
    stub_server.client_secret = ""


@pytest.fixture(params=["", SECRET], ids=["without secret", "with secret"])
def either(request: pytest.FixtureRequest, caller: Caller) -> Caller:
    caller.stub.client_secret = request.param
    return caller


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.mark.parametrize("challenge", RIGHT)
def test_every_challenge_takes_its_right_answer(either: Caller, challenge: str) -> None:
    user = either.stub.confirm(script=[challenge])
    assert either.sign_in(user)["AccessToken"]
    assert [call.hash_ok for call in either.stub.calls if call.username] == [
        True if either.stub.client_secret else None
    ] * len(either.stub.calls)


@pytest.mark.parametrize("challenge", sorted(RIGHT.keys() - {"SELECT_MFA_TYPE", "SELECT_CHALLENGE"}))
def test_a_wrong_answer_is_refused_and_leaves_the_session(caller: Caller, challenge: str) -> None:
    user = caller.stub.confirm(script=[challenge])
    begun = caller.start(user.username, PASSWORD=user.password)
    key = next(iter(RIGHT[challenge](user)))
    with pytest.raises(ClientError):
        caller.respond(begun, user.username, **{key: "wrong"})
    assert "AuthenticationResult" in caller.respond(begun, user.username, **RIGHT[challenge](user))


def test_a_session_is_used_up_by_success(caller: Caller) -> None:
    user = caller.stub.confirm(script=["SMS_MFA"])
    begun = caller.start(user.username, PASSWORD=user.password)
    caller.respond(begun, user.username, SMS_MFA_CODE=user.code)
    with pytest.raises(ClientError, match="can only be used once"):
        caller.respond(begun, user.username, SMS_MFA_CODE=user.code)


def test_a_session_runs_out(caller: Caller) -> None:
    user = caller.stub.confirm(script=["SMS_MFA"])
    begun = caller.start(user.username, PASSWORD=user.password)
    caller.stub.expire_sessions()
    with pytest.raises(ClientError, match="session is expired"):
        caller.respond(begun, user.username, SMS_MFA_CODE=user.code)


def test_a_session_answers_its_own_challenge_only(caller: Caller) -> None:
    user = caller.stub.confirm(script=["SMS_MFA"])
    begun = caller.start(user.username, PASSWORD=user.password)
    with pytest.raises(ClientError, match="Invalid session"):
        caller.respond({**begun, "ChallengeName": "EMAIL_OTP"}, user.username, EMAIL_OTP_CODE=user.code)


def test_a_totp_code_works_once(caller: Caller) -> None:
    user = caller.stub.confirm(script=["SOFTWARE_TOKEN_MFA"])
    caller.sign_in(user)
    begun = caller.start(user.username, PASSWORD=user.password)
    with pytest.raises(ClientError) as error:
        caller.respond(begun, user.username, SOFTWARE_TOKEN_MFA_CODE=user.totp())
    assert refused(error) == ("ExpiredCodeException", "Your software token has already been used once.")
    assert caller.respond(begun, user.username, SOFTWARE_TOKEN_MFA_CODE=user.totp(1))["AuthenticationResult"]


def test_an_alias_in_a_response_does_not_match_the_secret_hash(caller: Caller) -> None:
    caller.stub.client_secret = SECRET
    user = caller.stub.confirm(script=["SMS_MFA"])
    begun = caller.start(user.alias, PASSWORD=user.password)
    with pytest.raises(ClientError, match="Unable to verify secret hash"):
        caller.respond(begun, user.alias, SMS_MFA_CODE=user.code)
    assert begun["ChallengeParameters"]["USER_ID_FOR_SRP"] == user.username


def test_a_hash_over_another_name_or_a_surplus_one_is_refused(caller: Caller) -> None:
    user = caller.stub.confirm()
    with pytest.raises(ClientError, match="Unable to verify secret hash"):
        caller.start(user.username, PASSWORD=user.password, SECRET_HASH="surplus")
    caller.stub.client_secret = SECRET
    with pytest.raises(ClientError, match="Unable to verify secret hash"):
        caller.start(
            user.username, PASSWORD=user.password, **{"SECRET_HASH": caller.named("x")["SECRET_HASH"]}
        )
    assert [call.hash_ok for call in caller.stub.calls] == [False, False]


@pytest.mark.parametrize("with_session", [True, False])
@pytest.mark.parametrize("canonical", ["username", "sub"])
def test_pycognito_proves_a_password(either: Caller, with_session: bool, canonical: str) -> None:
    either.stub.ways = Ways(srp_session=with_session, canonical=canonical)
    user = either.stub.confirm(script=["SMS_MFA"])
    srp = AWSSRP(user.alias, user.password, POOL_ID, CLIENT_ID, client=object())
    begun = either.start(user.alias, "USER_SRP_AUTH", SRP_A=f"{srp.large_a_value:x}")
    assert ("Session" in begun) is with_session
    name = begun["ChallengeParameters"]["USERNAME"]
    claim = srp.process_challenge(begun["ChallengeParameters"], {"USERNAME": name})
    answer = either.respond(begun, name, **{key: claim[key] for key in claim if key != "USERNAME"})
    assert answer["ChallengeName"] == "SMS_MFA"


@pytest.mark.parametrize("is_known", [True, False])
def test_a_wrong_proof_reads_like_an_unknown_name(caller: Caller, is_known: bool) -> None:
    name = caller.stub.confirm().username if is_known else "nobody"
    srp = AWSSRP(name, "Wrong-1-pass", POOL_ID, CLIENT_ID, client=object())
    begun = caller.start(name, "USER_SRP_AUTH", SRP_A=f"{srp.large_a_value:x}")
    told = begun["ChallengeParameters"]["USERNAME"]
    claim = srp.process_challenge(begun["ChallengeParameters"], {"USERNAME": told})
    with pytest.raises(ClientError, match="Incorrect username or password"):
        caller.respond(begun, told, **{key: claim[key] for key in claim if key != "USERNAME"})


def remembered(caller: Caller, user: StubUser) -> tuple[dict[str, str], str, str]:
    """(NewDeviceMetadata, device password, refresh token) of a first sign-in whose device was confirmed."""
    result = caller.sign_in(user)
    metadata = result["NewDeviceMetadata"]
    password, verifier = generate_hash_device(metadata["DeviceGroupKey"], metadata["DeviceKey"])
    caller.api.confirm_device(
        AccessToken=result["AccessToken"],
        DeviceKey=metadata["DeviceKey"],
        DeviceName="Browser",
        DeviceSecretVerifierConfig=verifier,
    )
    return metadata, password, result["RefreshToken"]


def device_claim(srp: AWSSRP, user: StubUser, begun: Any) -> dict[str, str]:
    parameters = {"USERNAME": user.username, **begun["ChallengeParameters"]}
    claim = srp.process_device_challenge(parameters)
    return {key: claim[key] for key in claim if key != "USERNAME"}


def test_a_remembered_device_stands_in_for_the_second_factor(caller: Caller) -> None:
    caller.stub.ways = Ways(devices=True)
    user = caller.stub.confirm(script=["SMS_MFA"])
    metadata, password, _ = remembered(caller, user)
    key = metadata["DeviceKey"]
    srp = AWSSRP(
        user.username, user.password, POOL_ID, CLIENT_ID, client=object(),
        device_key=key, device_group_key=metadata["DeviceGroupKey"], device_password=password,
    )  # fmt: skip
    begun = caller.start(user.username, PASSWORD=user.password, DEVICE_KEY=key)
    assert begun["ChallengeName"] == "DEVICE_SRP_AUTH"
    verifier = caller.respond(begun, user.username, DEVICE_KEY=key, SRP_A=f"{srp.large_a_value:x}")
    assert verifier["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    answer = caller.respond(verifier, user.username, **device_claim(srp, user, verifier))
    assert "NewDeviceMetadata" not in answer["AuthenticationResult"]


def test_a_refresh_token_of_a_device_needs_the_device(caller: Caller) -> None:
    caller.stub.ways = Ways(devices=True)
    metadata, _, token = remembered(caller, caller.stub.confirm())
    with pytest.raises(ClientError, match="Invalid Refresh Token"):
        caller.api.get_tokens_from_refresh_token(RefreshToken=token, ClientId=CLIENT_ID)
    caller.api.get_tokens_from_refresh_token(
        RefreshToken=token, ClientId=CLIENT_ID, DeviceKey=metadata["DeviceKey"]
    )


@pytest.mark.parametrize("way", ["new", "same", "none"])
def test_totp_is_set_up_in_the_chain(either: Caller, way: str) -> None:
    either.stub.ways = Ways(associate_session=way, verify_session=way)
    user = either.stub.confirm(script=["MFA_SETUP"])
    begun = either.start(user.username, PASSWORD=user.password)
    with pytest.raises(ClientError, match="has not set up"):
        either.respond(begun, user.username)
    session = begun["Session"]
    session = either.api.associate_software_token(Session=session).get("Session", session)
    with pytest.raises(ClientError, match="Code mismatch and fail enable"):
        either.api.verify_software_token(Session=session, UserCode="000000")
    verified = either.api.verify_software_token(Session=session, UserCode=user.new_totp())
    begun["Session"] = verified.get("Session", session)
    assert either.respond(begun, user.username)["AuthenticationResult"]
    assert user.mfa == {"SOFTWARE_TOKEN_MFA"}
    with pytest.raises(ClientError, match="already been used once"):
        user.script = ["SOFTWARE_TOKEN_MFA"]
        either.sign_in(user)


def test_user_auth_offers_what_the_user_has(caller: Caller) -> None:
    user = caller.stub.confirm(first_factors=("PASSWORD", "EMAIL_OTP"))
    begun = caller.start(user.username, "USER_AUTH")
    assert begun["AvailableChallenges"] == ["PASSWORD", "EMAIL_OTP"]
    coded = caller.respond(begun, user.username, ANSWER="EMAIL_OTP")
    assert caller.respond(coded, user.username, EMAIL_OTP_CODE=user.code)["AuthenticationResult"]
    assert (
        caller.start(user.username, "USER_AUTH", PREFERRED_CHALLENGE="EMAIL_OTP")["ChallengeName"]
        == "EMAIL_OTP"
    )
    invited = caller.stub.invite()
    assert caller.start(invited.username, "USER_AUTH")["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]


def test_a_flow_that_is_not_enabled_says_so(caller: Caller) -> None:
    caller.stub.ways = Ways(flows=frozenset({"USER_SRP_AUTH"}))
    with pytest.raises(ClientError) as error:
        caller.start("anybody", PASSWORD="x")
    text = "USER_PASSWORD_AUTH flow not enabled for this client"
    assert refused(error) == ("InvalidParameterException", text)


def test_the_admin_flow_is_signed_and_keeps_to_itself(caller: Caller) -> None:
    user = caller.stub.confirm(script=["ADMIN_NO_SRP_AUTH"])
    begun = caller.api.admin_initiate_auth(
        UserPoolId=POOL_ID,
        ClientId=CLIENT_ID,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user.username, "PASSWORD": user.password},
    )
    with pytest.raises(ClientError, match="Unsupported challenge name"):
        caller.respond(begun, user.username, PASSWORD=user.password)
    answer = caller.api.admin_respond_to_auth_challenge(
        UserPoolId=POOL_ID,
        ClientId=CLIENT_ID,
        ChallengeName=begun["ChallengeName"],
        Session=begun["Session"],
        ChallengeResponses={"USERNAME": user.username, "PASSWORD": user.password},
    )
    assert answer["AuthenticationResult"]
    assert caller.stub.answer("AdminInitiateAuth", {})[0] == 400


def test_a_planned_refusal_is_met_once_at_its_challenge(caller: Caller) -> None:
    user = caller.stub.confirm(script=["SMS_MFA", "CUSTOM_CHALLENGE"])
    caller.stub.refuse_next("RespondToAuthChallenge", "Foo", "bar", challenge="CUSTOM_CHALLENGE", status=403)
    with pytest.raises(ClientError) as error:
        caller.sign_in(user)
    assert refused(error) == ("Foo", "bar")
    last = caller.stub.calls[-1]
    assert (last.challenge, last.refused, last.user) == ("CUSTOM_CHALLENGE", "Foo", user.username)
    assert caller.stub.planned == 0
    assert caller.sign_in(user)["AccessToken"]
