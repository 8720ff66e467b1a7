"""Random codes by mail and text, and how an address is shown."""

import hmac
import secrets

from cognito_portal.demo.accounts import Code
from cognito_portal.demo.directory import User
from cognito_portal.demo.outbox import Medium
from cognito_portal.demo.state import State
from cognito_portal.demo.wire import Body, CognitoError

_SUBJECTS = {
    "SMS_MFA": "Your sign-in code",
    "EMAIL_OTP": "Your sign-in code",
    "SMS_OTP": "Your sign-in code",
    "sign_up": "Your verification code",
    "password_reset": "Your password reset code",
    "attribute": "Your verification code",
}
RESET_CODE_S = 3600.0
SIGN_UP_CODE_S = 86400.0


def deliver_code(
    state: State, user: User, *, attribute: str, address: str, kind: str, digits: int = 6
) -> tuple[str, Body]:
    """Send a fresh random code; return it and its CodeDeliveryDetails."""
    code = "".join(secrets.choice("0123456789") for _ in range(digits))
    medium: Medium = "SMS" if attribute == "phone_number" else "EMAIL"
    subject = _SUBJECTS[kind]
    state.outbox.send(
        to=address,
        medium=medium,
        subject=subject,
        body=f"{subject} is {code}.",
        kind=kind,
        username=user.username,
    )
    return code, delivery_details(attribute, address)


def delivery_details(attribute: str, address: str) -> Body:
    """Return CodeDeliveryDetails with the address masked."""
    medium = "SMS" if attribute == "phone_number" else "EMAIL"
    return {"Destination": masked(address), "DeliveryMedium": medium, "AttributeName": attribute}


def masked(address: str) -> str:
    """Return ``j***@e***`` for a mail address, ``+*******1234`` for a phone number."""
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:1]}***@{domain[:1]}***"
    return "+" + "*" * 7 + address[-4:]


def take_code(expected: str, given: str) -> bool:
    """Compare two codes in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode())


def check_sent_code(code: Code | None, given: str, *, now: float) -> None:
    """Raise ExpiredCodeException or CodeMismatchException unless this is the code that was sent."""
    if code is None or now >= code.expires_at:
        raise CognitoError("ExpiredCodeException", "Invalid code provided, please request a code again.")
    if not take_code(code.value, given):
        raise wrong_code()


def wrong_code() -> CognitoError:
    return CognitoError("CodeMismatchException", "Invalid verification code provided, please try again.")
