"""Devices: offered with the tokens, confirmed, remembered, and asked for in place of a second factor.

The device's side of every proof is pycognito's.
"""

from collections.abc import Callable
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP, generate_hash_device

from cognito_portal.demo.server import EmbeddedCognito

from .conftest import GOOD_PASSWORD, Answer, Caller

TRACKING = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
NO_DEVICE = ("ResourceNotFoundException", "Device does not exist.")
BAD_CREDENTIALS = ("NotAuthorizedException", "Incorrect username or password.")
INVALID_REFRESH = ("NotAuthorizedException", "Invalid Refresh Token.")
STRANGE_KEY = "us-east-1_11111111-2222-3333-4444-555555555555"


class Device:
    """A browser with a device key, and what proves it."""

    def __init__(self, pool: Caller, username: str) -> None:
        self.pool = pool
        self.username = username
        self.tokens = sign_in(pool, username)
        metadata = self.tokens["NewDeviceMetadata"]
        self.key, self.group_key = metadata["DeviceKey"], metadata["DeviceGroupKey"]
        self.password, self.secret = generate_hash_device(self.group_key, self.key)

    def call(self, operation: str, **body: Any) -> Answer:
        return self.pool.call(operation, AccessToken=self.tokens["AccessToken"], **body)

    def confirm(self, **body: Any) -> Answer:
        body = {"DeviceSecretVerifierConfig": self.secret, "DeviceName": "Dora's laptop", **body}
        return self.call("ConfirmDevice", DeviceKey=self.key, **body)

    def remember(self, status: str = "remembered") -> "Device":
        self.confirm()
        self.call("UpdateDeviceStatus", DeviceKey=self.key, DeviceRememberedStatus=status)
        return self

    def listed(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.call("ListDevices").body["Devices"]
        return listed

    def prove(self, first: Answer, *, password: str | None = None, **changed: str) -> Answer:
        srp = AWSSRP(
            self.username,
            "",
            self.pool.pool_id,
            self.pool.client_id,
            client=object(),
            device_key=self.key,
            device_group_key=self.group_key,
            device_password=password or self.password,
        )
        named = {"USERNAME": self.username, "DEVICE_KEY": self.key}
        srp_a = f"{srp.large_a_value:x}"
        second = self.pool.respond("DEVICE_SRP_AUTH", first.session, SRP_A=srp_a, **named)
        claim = srp.process_device_challenge(second.body["ChallengeParameters"])
        return self.pool.respond("DEVICE_PASSWORD_VERIFIER", second.session, **{**claim, **changed})

    def sign_in(self, **more: str) -> Answer:
        return self.pool.sign_in(self.username, GOOD_PASSWORD, DEVICE_KEY=self.key, **more)

    def renew(self, **more: str) -> Answer:
        token = self.tokens["RefreshToken"]
        return self.pool.call(
            "GetTokensFromRefreshToken", ClientId=self.pool.client_id, RefreshToken=token, **more
        )


def sign_in(pool: Caller, username: str) -> dict[str, Any]:
    return pool.sign_in(username, GOOD_PASSWORD).tokens


def attributes(described: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in described["DeviceAttributes"]}


@pytest.fixture(scope="module")
def pool(make_pool: Callable[..., Caller]) -> Caller:
    pool = make_pool(mfa="OPTIONAL", DeviceConfiguration=TRACKING)
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    pool.signed("UpdateUserPoolClient", ClientId=pool.client_id, ExplicitAuthFlows=flows)
    return pool


@pytest.fixture
def device(pool: Caller) -> Device:
    return Device(pool, pool.confirm())


@pytest.fixture
def remembered(device: Device) -> Device:
    return device.remember()


@pytest.fixture
def with_mfa(remembered: Device) -> Device:
    remembered.pool.signed(
        "AdminSetUserMFAPreference", Username=remembered.username, EmailMfaSettings={"Enabled": True}
    )
    return remembered


def test_tokens_come_with_a_device_key(device: Device) -> None:
    assert device.key.startswith("us-east-1_")
    assert len(device.group_key) == 9


def test_each_sign_in_is_offered_another_key(device: Device) -> None:
    assert sign_in(device.pool, device.username)["NewDeviceMetadata"]["DeviceKey"] != device.key


def test_pool_that_tracks_no_devices_offers_none(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool()
    assert "NewDeviceMetadata" not in sign_in(pool, pool.confirm())


def test_pool_that_tracks_no_devices_ignores_a_key(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool()
    answer = pool.sign_in(pool.confirm(), GOOD_PASSWORD, DEVICE_KEY=STRANGE_KEY)
    assert "NewDeviceMetadata" not in answer.tokens


def test_admin_flow_is_offered_none(pool: Caller) -> None:
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    made = pool.signed("CreateUserPoolClient", ClientName="admin", ExplicitAuthFlows=flows).body
    answer = pool.signed(
        "AdminInitiateAuth",
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        ClientId=made["UserPoolClient"]["ClientId"],
        AuthParameters={"USERNAME": pool.confirm(), "PASSWORD": GOOD_PASSWORD},
    )
    assert "NewDeviceMetadata" not in answer.tokens


def test_unconfirmed_device_is_not_listed(device: Device) -> None:
    assert device.listed() == []


def test_confirmed_device_needs_the_user_to_say_so(device: Device) -> None:
    assert device.confirm().body == {"UserConfirmationNecessary": True}
    assert attributes(device.listed()[0])["dev:device_remembered_status"] == "not_remembered"


def test_pool_that_always_remembers_needs_no_word_of_the_user(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool(
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
    )
    device = Device(pool, pool.confirm())
    assert device.confirm().body == {"UserConfirmationNecessary": False}
    assert attributes(device.listed()[0])["dev:device_remembered_status"] == "remembered"


def test_device_is_confirmed_once(device: Device) -> None:
    device.confirm()
    assert device.confirm().body["__type"] == "DeviceKeyExistsException"


def test_key_that_nobody_was_offered_is_not_confirmed(device: Device) -> None:
    device.key = STRANGE_KEY
    assert device.confirm().refusal == NO_DEVICE


def test_key_of_somebody_else_is_not_confirmed(device: Device) -> None:
    other = Device(device.pool, device.pool.confirm())
    other.key = device.key
    assert other.confirm().refusal == NO_DEVICE


@pytest.mark.parametrize(
    "secret", [{}, {"PasswordVerifier": "!", "Salt": "AA=="}, {"PasswordVerifier": "AA==", "Salt": "AA=="}]
)
def test_device_without_a_verifier_is_not_confirmed(device: Device, secret: dict[str, str]) -> None:
    answer = device.confirm(DeviceSecretVerifierConfig=secret)
    assert answer.body["__type"] == "InvalidParameterException"
    assert device.listed() == []


def test_remembered_device_is_described(remembered: Device) -> None:
    described = remembered.call("GetDevice", DeviceKey=remembered.key).body["Device"]
    assert described["DeviceKey"] == remembered.key
    assert attributes(described)["device_name"] == "Dora's laptop"
    assert attributes(described)["dev:device_remembered_status"] == "remembered"
    assert abs(described["DeviceLastAuthenticatedDate"] - remembered.pool.cognito.clock.now()) < 60


def test_devices_are_listed_page_by_page(remembered: Device) -> None:
    Device(remembered.pool, remembered.username).remember()
    first = remembered.call("ListDevices", Limit=1).body
    second = remembered.call("ListDevices", Limit=1, PaginationToken=first["PaginationToken"]).body
    assert first["Devices"] != second["Devices"]
    assert "PaginationToken" not in second


def test_devices_need_a_token(remembered: Device) -> None:
    username = {"UserPoolId": remembered.pool.pool_id, "Username": remembered.username}
    answer = remembered.pool.call("ForgetDevice", DeviceKey=remembered.key, **username)
    assert answer.body["__type"] == "InvalidParameterException"
    assert len(remembered.listed()) == 1


def test_ops_see_and_forget_devices(remembered: Device) -> None:
    pool, username = remembered.pool, remembered.username
    listed = pool.signed("AdminListDevices", Username=username).body["Devices"]
    assert [each["DeviceKey"] for each in listed] == [remembered.key]
    described = pool.signed("AdminGetDevice", Username=username, DeviceKey=remembered.key).body["Device"]
    assert described == listed[0]
    pool.signed("AdminForgetDevice", Username=username, DeviceKey=remembered.key)
    assert remembered.listed() == []


def test_remembered_device_proves_itself(remembered: Device) -> None:
    first = remembered.sign_in()
    assert first.body["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert "NewDeviceMetadata" not in remembered.prove(first).tokens


def test_remembered_device_stands_for_the_second_factor(with_mfa: Device) -> None:
    assert with_mfa.prove(with_mfa.sign_in()).refusal is None


def test_second_factor_is_asked_without_the_device(with_mfa: Device) -> None:
    answer = with_mfa.pool.sign_in(with_mfa.username, GOOD_PASSWORD)
    assert answer.body["ChallengeName"] == "EMAIL_OTP"


def test_second_factor_comes_first_where_devices_do_not_replace_it(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool(mfa="OPTIONAL", DeviceConfiguration={**TRACKING, "ChallengeRequiredOnNewDevice": False})
    device = Device(pool, pool.confirm()).remember()
    pool.signed("AdminSetUserMFAPreference", Username=device.username, EmailMfaSettings={"Enabled": True})
    asked = device.sign_in()
    code = pool.code(device.username)
    after = pool.respond("EMAIL_OTP", asked.session, USERNAME=device.username, EMAIL_OTP_CODE=code)
    assert [asked.body["ChallengeName"], after.body["ChallengeName"]] == ["EMAIL_OTP", "DEVICE_SRP_AUTH"]
    assert device.prove(after).refusal is None


def test_device_that_is_not_remembered_spares_no_second_factor(with_mfa: Device) -> None:
    with_mfa.call("UpdateDeviceStatus", DeviceKey=with_mfa.key, DeviceRememberedStatus="not_remembered")
    assert with_mfa.sign_in().body["ChallengeName"] == "EMAIL_OTP"


def test_wrong_device_password_is_refused(remembered: Device) -> None:
    assert remembered.prove(remembered.sign_in(), password="wrong").refusal == BAD_CREDENTIALS


def test_wrong_device_passwords_lock(remembered: Device) -> None:
    for _ in range(5):
        remembered.prove(remembered.sign_in(), password="wrong")
    answer = remembered.prove(remembered.sign_in())
    assert answer.refusal == ("NotAuthorizedException", "Password attempts exceeded")


def test_claim_over_another_block_is_refused(remembered: Device) -> None:
    answer = remembered.prove(remembered.sign_in(), PASSWORD_CLAIM_SECRET_BLOCK="b3RoZXI=")
    assert answer.refusal == ("NotAuthorizedException", "Invalid session for the user.")


def test_device_that_was_not_confirmed_is_refused(device: Device) -> None:
    assert device.sign_in().refusal == NO_DEVICE


def test_wrong_password_is_refused_before_the_device_is_asked(remembered: Device) -> None:
    answer = remembered.pool.sign_in(remembered.username, "wrong", DEVICE_KEY=remembered.key)
    assert answer.refusal == BAD_CREDENTIALS


def test_device_signs_in_no_further_user_with_its_session(remembered: Device) -> None:
    first = remembered.sign_in()
    other = remembered.pool.confirm()
    given = {"USERNAME": other, "DEVICE_KEY": remembered.key, "SRP_A": "2"}
    answer = remembered.pool.respond("DEVICE_SRP_AUTH", first.session, **given)
    assert answer.refusal == ("NotAuthorizedException", "Invalid session for the user.")


def test_session_of_one_device_is_not_another_ones(remembered: Device) -> None:
    other = Device(remembered.pool, remembered.username).remember()
    given = {"USERNAME": remembered.username, "DEVICE_KEY": other.key, "SRP_A": "2"}
    answer = remembered.pool.respond("DEVICE_SRP_AUTH", remembered.sign_in().session, **given)
    assert answer.refusal == NO_DEVICE


def test_device_is_asked_for_after_srp(remembered: Device) -> None:
    pool = remembered.pool
    srp = AWSSRP(
        remembered.username,
        GOOD_PASSWORD,
        pool.pool_id,
        pool.client_id,
        client=object(),
        device_key=remembered.key,
        device_group_key=remembered.group_key,
        device_password=remembered.password,
    )
    parameters = srp.get_auth_params()
    asked = pool.call(
        "InitiateAuth", AuthFlow="USER_SRP_AUTH", ClientId=pool.client_id, AuthParameters=parameters
    )
    claim = srp.process_challenge(asked.body["ChallengeParameters"], parameters)
    first = pool.respond("PASSWORD_VERIFIER", asked.body.get("Session"), **claim)
    assert remembered.prove(first).refusal is None


def test_second_question_is_not_answered_before_the_first(remembered: Device) -> None:
    given = {"USERNAME": remembered.username, "DEVICE_KEY": remembered.key}
    answer = remembered.pool.respond("DEVICE_PASSWORD_VERIFIER", remembered.sign_in().session, **given)
    assert answer.refusal == ("NotAuthorizedException", "Invalid session for the user.")


@pytest.mark.parametrize("key", [STRANGE_KEY, "nonsense"])
def test_unknown_device_is_refused(device: Device, key: str) -> None:
    device.key = key
    assert device.sign_in().refusal == NO_DEVICE


def test_device_of_somebody_else_is_refused(remembered: Device) -> None:
    other = remembered.pool.confirm()
    answer = remembered.pool.sign_in(other, GOOD_PASSWORD, DEVICE_KEY=remembered.key)
    assert answer.refusal == NO_DEVICE


def test_forgotten_device_is_refused(remembered: Device) -> None:
    remembered.call("ForgetDevice", DeviceKey=remembered.key)
    assert remembered.sign_in().refusal == NO_DEVICE
    assert remembered.call("ForgetDevice", DeviceKey=remembered.key).refusal == NO_DEVICE


def test_device_forgotten_meanwhile_cannot_go_on(remembered: Device) -> None:
    first = remembered.sign_in()
    remembered.call("ForgetDevice", DeviceKey=remembered.key)
    given = {"USERNAME": remembered.username, "DEVICE_KEY": remembered.key, "SRP_A": "2"}
    assert remembered.pool.respond("DEVICE_SRP_AUTH", first.session, **given).refusal == NO_DEVICE


def test_tokens_of_a_confirmed_device_are_renewed_for_that_device(remembered: Device) -> None:
    assert remembered.renew().refusal == INVALID_REFRESH
    assert remembered.renew(DeviceKey=STRANGE_KEY).refusal == INVALID_REFRESH
    assert "NewDeviceMetadata" not in remembered.renew(DeviceKey=remembered.key).tokens


def test_tokens_of_a_device_that_proved_itself_are_renewed_for_it(remembered: Device) -> None:
    remembered.tokens = remembered.prove(remembered.sign_in()).tokens
    assert remembered.renew().refusal == INVALID_REFRESH
    assert remembered.renew(DeviceKey=remembered.key).refusal is None


def test_refresh_flow_names_the_device_too(remembered: Device) -> None:
    token = {"REFRESH_TOKEN": remembered.tokens["RefreshToken"]}
    request = {"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": remembered.pool.client_id}
    without = remembered.pool.call("InitiateAuth", **request, AuthParameters=token)
    named = {**token, "DEVICE_KEY": remembered.key}
    assert without.refusal == INVALID_REFRESH
    assert remembered.pool.call("InitiateAuth", **request, AuthParameters=named).refusal is None


def test_tokens_of_a_forgotten_device_are_not_renewed(remembered: Device) -> None:
    remembered.call("ForgetDevice", DeviceKey=remembered.key)
    assert remembered.renew(DeviceKey=remembered.key).refusal == INVALID_REFRESH


def test_tokens_of_an_unconfirmed_device_are_renewed(device: Device) -> None:
    assert device.renew().refusal is None


def test_switch_refuses_to_renew_tokens_of_an_unconfirmed_device() -> None:
    with EmbeddedCognito(extra_users=0, unconfirmed_devices_renewed=False) as cognito:
        caller = Caller(cognito, cognito.user_pool_id, cognito.client_id)
        caller.signed("UpdateUserPool", DeviceConfiguration=TRACKING)
        device = Device(caller, caller.confirm())
        assert device.renew().refusal == INVALID_REFRESH
        device.confirm()
        assert device.renew(DeviceKey=device.key).refusal is None
