"""What a person puts into the page of each challenge, and where that page is."""

import re
from collections.abc import Callable

from tests.signin.browsing import GOOD_PASSWORD, Tab
from tests.signin.stub import StubUser

Fields = dict[str, str]
_GROUPS = re.compile(r'<p class="setup-key"><code>([A-Z2-7 ]+)</code>')

PATHS: dict[str, str] = {
    "NEW_PASSWORD_REQUIRED": "/sign-in/new-password/",
    "MFA_SETUP": "/sign-in/mfa-setup/",
    "SOFTWARE_TOKEN_MFA": "/sign-in/software-token/",
    "SMS_MFA": "/sign-in/sms/",
    "SMS_OTP": "/sign-in/sms-otp/",
    "EMAIL_OTP": "/sign-in/email-otp/",
    "SELECT_MFA_TYPE": "/sign-in/select-mfa/",
    "SELECT_CHALLENGE": "/sign-in/select-challenge/",
    "PASSWORD": "/sign-in/password/",
    "PASSWORD_SRP": "/sign-in/password-srp/",
    "WEB_AUTHN": "/sign-in/passkey/",
    "CUSTOM_CHALLENGE": "/sign-in/custom/",
}
RIGHT: dict[str, Callable[[StubUser], Fields]] = {
    "NEW_PASSWORD_REQUIRED": lambda user: {"new_password": GOOD_PASSWORD},
    "MFA_SETUP": lambda user: {"code": user.new_totp()},
    "SOFTWARE_TOKEN_MFA": lambda user: {"code": user.totp()},
    "SMS_MFA": lambda user: {"code": user.code},
    "SMS_OTP": lambda user: {"code": user.code},
    "EMAIL_OTP": lambda user: {"code": user.code},
    "SELECT_MFA_TYPE": lambda user: {"answer": "EMAIL_OTP"},
    "SELECT_CHALLENGE": lambda user: {"answer": "PASSWORD", "password": user.password},
    "PASSWORD": lambda user: {"password": user.password},
    "PASSWORD_SRP": lambda user: {"password": user.password},
    "WEB_AUTHN": lambda user: {"credential": user.credential},
    "CUSTOM_CHALLENGE": lambda user: {"answer": user.answer},
}
_CHALLENGES = {path: challenge for challenge, path in PATHS.items()}


def open_challenge(tab: Tab) -> str:
    """The challenge whose page is shown, or an empty text."""
    return _CHALLENGES.get(tab.path, "")


def send(tab: Tab, fields: Fields) -> None:
    """Send the form of the page that is shown."""
    tab.post(tab.path, {**tab.hidden, **fields})


def answer_rightly(tab: Tab, user: StubUser) -> None:
    """Answer the challenge that is shown, as somebody does who knows what it asks for."""
    challenge = open_challenge(tab)
    if challenge == "NEW_PASSWORD_REQUIRED":
        tab.answer()
    elif challenge == "MFA_SETUP" and "totp" not in user.pending:
        send(tab, {"factor": "SOFTWARE_TOKEN_MFA"})
    else:
        send(tab, RIGHT[challenge](user))


def walk_through(tab: Tab, user: StubUser, *, typed: str = "") -> list[str]:
    """From the sign-in page to the end; return the challenges whose pages were shown."""
    tab.start(typed or user.username, user.password)
    shown = []
    while challenge := open_challenge(tab):
        shown.append(challenge)
        assert len(shown) < 12, shown
        assert tab.status == 200, tab.text
        answer_rightly(tab, user)
    return shown


def shown_secret(tab: Tab) -> str:
    """The secret of an authenticator app that the page shows, or an empty text."""
    found = _GROUPS.search(tab.text)
    return found[1].replace(" ", "") if found else ""
