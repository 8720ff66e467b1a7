"""Every operation that is not a step of the sign-in: what goes out, with a client secret and without, and what
comes back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.cognito.secret_hash import secret_hash
from cognito_portal.cognito.srp import DeviceSecret
from cognito_portal.cognito.types import (
    AuthenticationResult,
    CodeDelivery,
    CodeSent,
    MfaPreference,
    Receipt,
    SoftwareTokenSecret,
    SoftwareTokenVerified,
    UserProfile,
)
from tests.cognito.conftest import CLIENT_ID, Serve, client_for
from tests.cognito.servers import Server, answering, response

SECRET = "secret-of-twenty-four-chars"
SESSION = "s" * 900
DELIVERY = {"Destination": "m***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
SENT = CodeSent((CodeDelivery("EMAIL", "m***@e***", "email"),), "req-1")
DONE = Receipt("req-1")
RENEWED = {"AccessToken": "a.a", "IdToken": "i.i", "ExpiresIn": 300, "TokenType": "Bearer"}
RESULT = AuthenticationResult("a.a", "i.i", None, 300, "Bearer", None, "req-1")
DEVICE_KEY = "eu-west-1_1a2b-3c4d"
TOKEN = {"AccessToken": "acc.ess"}


def hashed(username: str) -> str:
    return secret_hash(username=username, client_id=CLIENT_ID, client_secret=SECRET)


@dataclass(frozen=True)
class Case:
    """One operation: how it is called, what must go out, and what an answer must become.

    `with_secret` is what a client with a secret sends besides.
    """

    operation: str
    call: Callable[[CognitoClient], object]
    payload: Mapping[str, Any]
    result: object = DONE
    answer: Mapping[str, Any] = field(default_factory=dict)
    with_secret: Mapping[str, Any] = field(default_factory=dict)


NAMED = {"ClientId": CLIENT_ID, "Username": "Mary@Example.com"}
HASHED = {"SecretHash": hashed("Mary@Example.com")}
RECOVERY = [
    Case(
        "ForgotPassword",
        lambda c: c.forgot_password(username="Mary@Example.com"),
        NAMED,
        SENT,
        {"CodeDeliveryDetails": DELIVERY},
        HASHED,
    ),
    Case(
        "ConfirmForgotPassword",
        lambda c: c.confirm_forgot_password(username="Mary@Example.com", code="123456", password="N-1 ä"),
        {**NAMED, "ConfirmationCode": "123456", "Password": "N-1 ä"},
        with_secret=HASHED,
    ),
    Case(
        "ConfirmSignUp",
        lambda c: c.confirm_sign_up(username="Mary@Example.com", code="123456"),
        {**NAMED, "ConfirmationCode": "123456"},
        answer={"Session": SESSION},
        with_secret=HASHED,
    ),
    Case(
        "ResendConfirmationCode",
        lambda c: c.resend_confirmation_code(username="Mary@Example.com"),
        NAMED,
        SENT,
        {"CodeDeliveryDetails": DELIVERY},
        HASHED,
    ),
]
TOKENS = [
    Case(
        "GetTokensFromRefreshToken",
        lambda c: c.get_tokens_from_refresh_token(refresh_token="re.fresh"),
        {"RefreshToken": "re.fresh", "ClientId": CLIENT_ID},
        RESULT,
        {"AuthenticationResult": RENEWED},
        {"ClientSecret": SECRET},
    ),
    Case(
        "GetTokensFromRefreshToken",
        lambda c: c.get_tokens_from_refresh_token(refresh_token="re.fresh", device_key=DEVICE_KEY),
        {"RefreshToken": "re.fresh", "ClientId": CLIENT_ID, "DeviceKey": DEVICE_KEY},
        AuthenticationResult("a.a", "i.i", "new", 300, "Bearer", None, "req-1"),
        {"AuthenticationResult": {**RENEWED, "RefreshToken": "new"}},
        {"ClientSecret": SECRET},
    ),
    Case("GlobalSignOut", lambda c: c.global_sign_out(access_token="acc.ess"), TOKEN),
]
SELF_SERVICE = [
    Case(
        "GetUser",
        lambda c: c.get_user(access_token="acc.ess"),
        TOKEN,
        UserProfile("mary", {"email": "m@example.com"}, (), None, "req-1"),
        {"Username": "mary", "UserAttributes": [{"Name": "email", "Value": "m@example.com"}]},
    ),
    Case(
        "ChangePassword",
        lambda c: c.change_password(
            access_token="acc.ess", previous_password="Old-1", proposed_password=" New-1"
        ),
        {**TOKEN, "PreviousPassword": "Old-1", "ProposedPassword": " New-1"},
    ),
    Case(
        "ChangePassword",
        lambda c: c.change_password(
            access_token="acc.ess", previous_password=None, proposed_password="New-1"
        ),
        {**TOKEN, "ProposedPassword": "New-1"},
    ),
    Case(
        "UpdateUserAttributes",
        lambda c: c.update_user_attributes(
            access_token="acc.ess", attributes={"email": "m@example.com", "nickname": ""}
        ),
        {
            **TOKEN,
            "UserAttributes": [
                {"Name": "email", "Value": "m@example.com"},
                {"Name": "nickname", "Value": ""},
            ],
        },
        SENT,
        {"CodeDeliveryDetailsList": [DELIVERY]},
    ),
    Case(
        "DeleteUserAttributes",
        lambda c: c.delete_user_attributes(access_token="acc.ess", names=["custom:dept"]),
        {**TOKEN, "UserAttributeNames": ["custom:dept"]},
    ),
    Case(
        "GetUserAttributeVerificationCode",
        lambda c: c.get_user_attribute_verification_code(access_token="acc.ess", attribute="email"),
        {**TOKEN, "AttributeName": "email"},
        SENT,
        {"CodeDeliveryDetails": DELIVERY},
    ),
    Case(
        "VerifyUserAttribute",
        lambda c: c.verify_user_attribute(access_token="acc.ess", attribute="email", code="123456"),
        {**TOKEN, "AttributeName": "email", "Code": "123456"},
    ),
]
FACTORS = [
    Case(
        "AssociateSoftwareToken",
        lambda c: c.associate_software_token(session=SESSION),
        {"Session": SESSION},
        SoftwareTokenSecret("A2B3" * 8, "next", "req-1"),
        {"SecretCode": "A2B3" * 8, "Session": "next"},
    ),
    Case(
        "AssociateSoftwareToken",
        lambda c: c.associate_software_token(access_token="acc.ess"),
        TOKEN,
        SoftwareTokenSecret("A2B3" * 8, None, "req-1"),
        {"SecretCode": "A2B3" * 8},
    ),
    Case(
        "VerifySoftwareToken",
        lambda c: c.verify_software_token(code="123456", session=SESSION, friendly_device_name="Phone"),
        {"Session": SESSION, "UserCode": "123456", "FriendlyDeviceName": "Phone"},
        SoftwareTokenVerified("next", "req-1"),
        {"Status": "SUCCESS", "Session": "next"},
    ),
    Case(
        "VerifySoftwareToken",
        lambda c: c.verify_software_token(code="123456", access_token="acc.ess"),
        {**TOKEN, "UserCode": "123456"},
        SoftwareTokenVerified(None, "req-1"),
        {"Status": "SUCCESS"},
    ),
    Case(
        "SetUserMFAPreference",
        lambda c: c.set_user_mfa_preference(
            access_token="acc.ess",
            software_token=MfaPreference(True, True),
            email=MfaPreference(False, False),
        ),
        {
            **TOKEN,
            "SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True},
            "EmailMfaSettings": {"Enabled": False, "PreferredMfa": False},
        },
    ),
    Case(
        "SetUserMFAPreference",
        lambda c: c.set_user_mfa_preference(access_token="acc.ess", sms=MfaPreference(True, False)),
        {**TOKEN, "SMSMfaSettings": {"Enabled": True, "PreferredMfa": False}},
    ),
]
PASSKEYS = [
    Case(
        "StartWebAuthnRegistration",
        lambda c: c.start_web_authn_registration(access_token="acc.ess"),
        TOKEN,
        {"challenge": "abc", "rp": {"id": "localhost"}},
        {"CredentialCreationOptions": {"challenge": "abc", "rp": {"id": "localhost"}}},
    ),
    Case(
        "CompleteWebAuthnRegistration",
        lambda c: c.complete_web_authn_registration(
            access_token="acc.ess", credential={"id": "x", "response": {"transports": ["usb"]}}
        ),
        {**TOKEN, "Credential": {"id": "x", "response": {"transports": ["usb"]}}},
    ),
    Case(
        "ListWebAuthnCredentials",
        lambda c: c.list_web_authn_credentials(access_token="acc.ess"),
        {**TOKEN, "MaxResults": 20},
        (),
        {"Credentials": []},
    ),
    Case(
        "DeleteWebAuthnCredential",
        lambda c: c.delete_web_authn_credential(access_token="acc.ess", credential_id="x"),
        {**TOKEN, "CredentialId": "x"},
    ),
]
KEYED = {**TOKEN, "DeviceKey": DEVICE_KEY}
DEVICES = [
    Case(
        "ConfirmDevice",
        lambda c: c.confirm_device(
            access_token="acc.ess",
            device_key=DEVICE_KEY,
            verifier=DeviceSecret("canary", "c2FsdA==", "dmVyaWZpZXI="),
            device_name="Firefox",
        ),
        {
            **KEYED,
            "DeviceSecretVerifierConfig": {"PasswordVerifier": "dmVyaWZpZXI=", "Salt": "c2FsdA=="},
            "DeviceName": "Firefox",
        },
        True,
        {"UserConfirmationNecessary": True},
    ),
    Case(
        "UpdateDeviceStatus",
        lambda c: c.update_device_status(access_token="acc.ess", device_key=DEVICE_KEY, remembered=True),
        {**KEYED, "DeviceRememberedStatus": "remembered"},
    ),
    Case(
        "UpdateDeviceStatus",
        lambda c: c.update_device_status(access_token="acc.ess", device_key=DEVICE_KEY, remembered=False),
        {**KEYED, "DeviceRememberedStatus": "not_remembered"},
    ),
    Case(
        "ListDevices",
        lambda c: c.list_devices(access_token="acc.ess"),
        {**TOKEN, "Limit": 60},
        (),
        {"Devices": []},
    ),
    Case(
        "ForgetDevice",
        lambda c: c.forget_device(access_token="acc.ess", device_key=DEVICE_KEY),
        KEYED,
    ),
]
CASES = [*RECOVERY, *TOKENS, *SELF_SERVICE, *FACTORS, *PASSKEYS, *DEVICES]


def sent(server: Server, index: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(server.requests[index].partition(b"\r\n\r\n")[2])
    return found


def target(server: Server) -> str:
    head = server.requests[-1].decode("latin-1")
    return next(line for line in head.splitlines() if line.lower().startswith("x-amz-target")).rpartition(
        "."
    )[2]


each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.operation)


@each_case
def test_answer_of_an_operation_is_typed(serve: Serve, case: Case) -> None:
    server = serve(answering(response(case.answer)))
    assert case.call(client_for(server)) == case.result
    assert target(server) == case.operation


@each_case
@pytest.mark.parametrize("client_secret", [None, SECRET])
def test_what_goes_out_is_exactly_this(serve: Serve, case: Case, client_secret: str | None) -> None:
    server = serve(answering(response(case.answer)))
    case.call(client_for(server, client_secret=client_secret))
    assert sent(server) == {**case.payload, **(case.with_secret if client_secret else {})}
    assert b"\r\nauthorization:" not in server.requests[0].lower()


@each_case
def test_request_of_an_operation_fits_botocores_model(serve: Serve, case: Case) -> None:
    server = serve(answering(response(case.answer)))
    case.call(client_for(server, client_secret=SECRET))
    model = botocore.session.get_session().get_service_model("cognito-idp").operation_model(case.operation)
    payload = sent(server)
    report = ParamValidator().validate(payload, model.input_shape)
    assert not report.has_errors(), report.generate_report()
    assert set(payload) <= set(model.input_shape.members)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.result is DONE], ids=lambda case: case.operation
)
@pytest.mark.parametrize("body", [b"", b"{}", b'{"Something": "new"}'])
def test_operation_that_answers_nothing_may_answer_anything(serve: Serve, case: Case, body: bytes) -> None:
    assert case.call(client_for(serve(answering(response(body))))) == DONE


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.result is not DONE], ids=lambda case: case.operation
)
def test_odd_answer_of_an_operation_is_no_answer(serve: Serve, case: Case) -> None:
    odd = dict.fromkeys(case.answer, 7)
    with pytest.raises(CognitoUnavailable) as raised:
        case.call(client_for(serve(answering(response(odd)))))
    assert (raised.value.kind, raised.value.operation) == ("garbage", case.operation)
