"""The judge judged, where it keeps an account rather than a sign-in."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.signin.stub import CLIENT_ID, Ways
from tests.signin.test_stub import GOOD_PASSWORD, Caller, caller, either, refused

__all__ = ["caller", "either"]


def test_rotation_retires_the_old_token(caller: Caller) -> None:
    caller.stub.ways = Ways(rotation=True)
    token = caller.sign_in(caller.stub.confirm())["RefreshToken"]
    renewed = caller.api.get_tokens_from_refresh_token(RefreshToken=token, ClientId=CLIENT_ID)
    assert renewed["AuthenticationResult"]["RefreshToken"] != token
    with pytest.raises(ClientError) as error:
        caller.api.get_tokens_from_refresh_token(RefreshToken=token, ClientId=CLIENT_ID)
    assert refused(error)[0] == "RefreshTokenReuseException"
    with pytest.raises(ClientError, match="not enabled"):
        caller.api.initiate_auth(
            AuthFlow="REFRESH_TOKEN_AUTH", ClientId=CLIENT_ID, AuthParameters={"REFRESH_TOKEN": token}
        )


def test_sign_out_ends_the_tokens(caller: Caller) -> None:
    user = caller.stub.confirm()
    first, second = caller.sign_in(user), caller.sign_in(user)
    caller.api.revoke_token(Token=first["RefreshToken"], ClientId=CLIENT_ID)
    with pytest.raises(ClientError, match="revoked"):
        caller.api.get_user(AccessToken=first["AccessToken"])
    caller.api.global_sign_out(AccessToken=second["AccessToken"])
    with pytest.raises(ClientError, match="revoked"):
        caller.api.get_tokens_from_refresh_token(RefreshToken=second["RefreshToken"], ClientId=CLIENT_ID)


def test_an_account_looks_after_itself(caller: Caller) -> None:
    user = caller.stub.confirm()
    by = {"AccessToken": caller.sign_in(user)["AccessToken"]}
    caller.api.change_password(**by, PreviousPassword=user.password, ProposedPassword=GOOD_PASSWORD)
    assert user.password == GOOD_PASSWORD
    caller.api.update_user_attributes(**by, UserAttributes=[{"Name": "email", "Value": "new@example.test"}])
    caller.api.verify_user_attribute(**by, AttributeName="email", Code=user.code)
    told = {each["Name"]: each["Value"] for each in caller.api.get_user(**by)["UserAttributes"]}
    assert (told["email"], told["email_verified"]) == ("new@example.test", "true")
    caller.api.associate_software_token(**by)
    caller.api.verify_software_token(**by, UserCode=user.new_totp())
    caller.api.set_user_mfa_preference(**by, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
    assert caller.api.get_user(**by)["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"


def test_passkeys_are_added_listed_and_removed(caller: Caller) -> None:
    caller.stub.ways = Ways(page_size=1)
    user = caller.stub.confirm(script=["WEB_AUTHN"])
    by = {"AccessToken": caller.sign_in(user)["AccessToken"]}
    caller.api.start_web_authn_registration(**by)
    caller.api.complete_web_authn_registration(**by, Credential=user.registration)
    page = caller.api.list_web_authn_credentials(**by)
    rest = caller.api.list_web_authn_credentials(**by, NextToken=page["NextToken"])
    added = rest["Credentials"][0]["CredentialId"]
    caller.api.delete_web_authn_credential(**by, CredentialId=added)
    assert len(user.passkeys) == 1


def test_a_passkey_answers_its_own_challenge_only(caller: Caller) -> None:
    user = caller.stub.confirm(script=["WEB_AUTHN"])
    first = caller.start(user.username, PASSWORD=user.password)
    old = user.credential
    caller.start(user.username, PASSWORD=user.password)
    with pytest.raises(ClientError, match="Invalid credential"):
        caller.respond(first, user.username, CREDENTIAL=user.credential)
    assert json.loads(old)["id"] == user.passkeys[0].key_id
    assert caller.respond(first, user.username, CREDENTIAL=old)["AuthenticationResult"]


def test_a_forgotten_password_is_set_by_code(either: Caller) -> None:
    user = either.stub.confirm(must_reset=True)
    with pytest.raises(ClientError) as error:
        either.sign_in(user)
    assert refused(error)[0] == "PasswordResetRequiredException"
    named = {"ClientId": CLIENT_ID, "Username": user.alias}
    if either.stub.client_secret:
        named["SecretHash"] = either.named(user.alias)["SECRET_HASH"]
    either.api.forgot_password(**named)
    with pytest.raises(ClientError, match="Invalid verification code"):
        either.api.confirm_forgot_password(**named, ConfirmationCode="000", Password=GOOD_PASSWORD)
    either.api.confirm_forgot_password(**named, ConfirmationCode=user.code, Password=GOOD_PASSWORD)
    assert either.sign_in(user)["AccessToken"]


def test_a_sign_up_is_confirmed_by_code(caller: Caller) -> None:
    user = caller.stub.confirm(is_confirmed=False)
    with pytest.raises(ClientError, match="User is not confirmed"):
        caller.start(user.username, PASSWORD="wrong")
    named = {"ClientId": CLIENT_ID, "Username": user.username}
    caller.api.resend_confirmation_code(**named)
    caller.api.confirm_sign_up(**named, ConfirmationCode=user.code)
    assert caller.sign_in(user)["AccessToken"]
