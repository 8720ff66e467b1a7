"""Users of the demo pool, each made by one test for itself, and what is sent or shown to them."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyotp
from playwright.sync_api import CDPSession, Page

from tests.demo.conftest import GOOD_PASSWORD, Caller

PHONE = "+493012345678"
APP, TEXT, MAIL = "SoftwareTokenMfaSettings", "SMSMfaSettings", "EmailMfaSettings"
# A phone or laptop with a finger reader: always there, always the right finger.
PLATFORM_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True)
class Enrolled:
    """Somebody with an authenticator app."""

    api: Caller
    username: str
    app: pyotp.TOTP

    def code(self, *, later: int = 0) -> str:
        """The code that the app shows now, or so many seconds later."""
        return code_of(self.api, self.app, later=later)


def code_of(api: Caller, app: pyotp.TOTP, *, later: int = 0) -> str:
    """What an authenticator app shows by the clock of this Cognito."""
    return app.at(int(api.cognito.clock.now()) + later)


def with_phone(api: Caller) -> str:
    """Somebody whose phone number and e-mail address are verified."""
    return api.confirm(phone_number=PHONE, phone_number_verified="true")


def with_codes(api: Caller, setting: str) -> str:
    """Somebody who is sent a code when they sign in."""
    username = with_phone(api)
    _prefer(api, username, **{setting: {"Enabled": True, "PreferredMfa": True}})
    return username


def with_app(api: Caller) -> Enrolled:
    """Somebody who is asked for the code of an app, which they set up a while ago."""
    user = _enrolled(api)
    _prefer(api, user.username, **{APP: {"Enabled": True, "PreferredMfa": True}})
    return user


def with_choice(api: Caller) -> Enrolled:
    """Somebody with three second factors, none of them preferred."""
    user = _enrolled(api)
    _prefer(api, user.username, **{setting: {"Enabled": True} for setting in (APP, TEXT, MAIL)})
    return user


def without_factor(api: Caller) -> str:
    """Somebody who has to set a second factor up."""
    username = api.confirm()
    api.cognito.demand_second_factor(username)
    return username


def unconfirmed(api: Caller) -> str:
    """Somebody who signed up and has not confirmed the account."""
    name = "u" + secrets.token_hex(6)
    pairs = {"email": f"{name}@example.com", "name": "Uma Unconfirmed"}
    attributes = [{"Name": key, "Value": value} for key, value in pairs.items()]
    answer = api.call(
        "SignUp", ClientId=api.client_id, Username=name, Password=GOOD_PASSWORD, UserAttributes=attributes
    )
    assert answer.refusal is None, answer.refusal
    return name


@contextmanager
def authenticator(page: Page) -> Iterator[CDPSession]:
    """A browser that can make and use passkeys."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM_AUTHENTICATOR})
    yield session
    session.detach()


def _enrolled(api: Caller) -> Enrolled:
    username = with_phone(api)
    # A while ago, so that the code of this moment is not the one that enrolled the app.
    with api.cognito.clock.moved(-120):
        access = api.sign_in(username, GOOD_PASSWORD).tokens["AccessToken"]
        secret = api.call("AssociateSoftwareToken", AccessToken=access).body["SecretCode"]
        user = Enrolled(api, username, pyotp.TOTP(secret))
        api.call("VerifySoftwareToken", AccessToken=access, UserCode=user.code())
    return user


def _prefer(api: Caller, username: str, **settings: object) -> None:
    answer = api.signed("AdminSetUserMFAPreference", Username=username, **settings)
    assert answer.refusal is None, answer.refusal
