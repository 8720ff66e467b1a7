"""Every change that a person can make to their own account: which operation, which row, what is told by mail."""

from collections.abc import Mapping
from typing import Any

from cognito_portal import mail
from cognito_portal.account.flows import act
from cognito_portal.account.tokens import read
from cognito_portal.account.visit import Visit
from cognito_portal.audit import record
from cognito_portal.audit.events import Event
from cognito_portal.cognito.errors import Cause, CognitoError
from cognito_portal.cognito.types import CodeSent, MfaPreference, UserProfile
from cognito_portal.mail import What
from cognito_portal.signin import devices

CONTACTS = ("email", "phone_number")
# The factors of SetUserMFAPreference, and the argument that stands for each.
FACTORS = {"SOFTWARE_TOKEN_MFA": "software_token", "SMS_MFA": "sms", "EMAIL_OTP": "email"}


def profile_of(visit: Visit) -> UserProfile:
    """The person's account as Cognito has it. Raises what `tokens.read` raises."""
    return read(visit, lambda token: visit.client.get_user(access_token=token))


def find_profile(visit: Visit) -> UserProfile | None:
    """The same, or None where Cognito does not tell now."""
    try:
        return profile_of(visit)
    except CognitoError:
        return None


def is_verified(profile: UserProfile, attribute: str) -> bool:
    """Whether Cognito calls this e-mail address or phone number verified."""
    return profile.attributes.get(f"{attribute}_verified") == "true"


def change_password(visit: Visit, *, turn: int, present: str | None, new: str) -> None:
    """Set a new password. Sessions elsewhere end, remembered browsers are forgotten, the person is told.

    Raises what `flows.act` raises, as every function here.
    """
    address = _verified_email(visit)

    def then(_: Any) -> None:
        devices.forget(pool_id=visit.user.pool_id, sub=visit.user.sub)
        visit.keep(notice="password_changed")

    act(
        visit,
        event=Event.ACCOUNT_PASSWORD_CHANGED,
        step="ChangePassword",
        turn=turn,
        send=lambda token: visit.client.change_password(
            access_token=token, previous_password=present, proposed_password=new
        ),
        then=then,
    )
    _tell(visit, address, What.PASSWORD_CHANGED)


def save_details(visit: Visit, *, turn: int, attributes: Mapping[str, str]) -> None:
    """Write attributes that are no contact; an empty value takes one away."""
    act(
        visit,
        event=Event.ACCOUNT_ATTRIBUTES_CHANGED,
        step="UpdateUserAttributes",
        turn=turn,
        send=lambda token: visit.client.update_user_attributes(access_token=token, attributes=attributes),
        then=lambda _: visit.keep(notice="details_changed"),
    )


def change_contact(visit: Visit, *, turn: int, attribute: str, value: str) -> None:
    """Give another e-mail address or phone number; the address that was verified until now is told.

    Whether the old one stays until the new one is verified is the pool's to say; a code is on its way where
    Cognito sends one by itself.
    """
    address = _verified_email(visit)

    def then(sent: CodeSent) -> None:
        if sent.deliveries:
            visit.keep(notice="contact_changed", **{attribute: value})
        else:
            visit.keep(notice="contact_saved", **{attribute: None})

    act(
        visit,
        event=Event.ACCOUNT_ATTRIBUTES_CHANGED,
        step="UpdateUserAttributes",
        turn=turn,
        send=lambda token: visit.client.update_user_attributes(
            access_token=token, attributes={attribute: value}
        ),
        then=then,
    )
    _tell(visit, address, What.CONTACT_CHANGED)


def send_code(visit: Visit, *, turn: int, attribute: str) -> None:
    """Have a code sent that verifies an e-mail address or phone number."""
    act(
        visit,
        event=Event.ACCOUNT_CODE_SENT,
        step="GetUserAttributeVerificationCode",
        turn=turn,
        send=lambda token: visit.client.get_user_attribute_verification_code(
            access_token=token, attribute=attribute
        ),
        then=lambda _: visit.keep(notice="code_sent"),
    )


def verify_contact(visit: Visit, *, turn: int, attribute: str, code: str) -> None:
    """Verify an e-mail address or phone number with the code that was sent."""
    act(
        visit,
        event=Event.ACCOUNT_ATTRIBUTE_VERIFIED,
        step="VerifyUserAttribute",
        turn=turn,
        send=lambda token: visit.client.verify_user_attribute(
            access_token=token, attribute=attribute, code=code
        ),
        then=lambda _: visit.keep(notice="verified", **{attribute: None}),
    )


def begin_app(visit: Visit, *, turn: int) -> None:
    """Ask for the secret of an authenticator app; it waits, encrypted, for the app's first code."""
    act(
        visit,
        event=Event.ACCOUNT_FACTORS_CHANGED,
        step="AssociateSoftwareToken",
        turn=turn,
        send=lambda token: visit.client.associate_software_token(access_token=token),
        then=lambda secret: visit.keep(app_secret=secret.secret_code),
    )


def verify_app(visit: Visit, *, turn: int, code: str) -> None:
    """Prove with a first code that the app is set up."""
    act(
        visit,
        event=Event.ACCOUNT_FACTOR_ENROLLED,
        step="VerifySoftwareToken",
        turn=turn,
        send=lambda token: visit.client.verify_software_token(code=code, access_token=token),
        then=lambda _: visit.keep(app_secret=None, notice="app_verified"),
    )


def set_factors(
    visit: Visit, *, turn: int, preferences: Mapping[str, MfaPreference], what: What, notice: str
) -> None:
    """Turn second factors on or off, and say which one is asked for. `preferences` are by AWS's names."""
    address = _verified_email(visit)
    given = {FACTORS[name]: preference for name, preference in preferences.items()}
    act(
        visit,
        event=Event.ACCOUNT_FACTORS_CHANGED,
        step="SetUserMFAPreference",
        turn=turn,
        send=lambda token: visit.client.set_user_mfa_preference(access_token=token, **given),
        then=lambda _: visit.keep(notice=notice),
    )
    _tell(visit, address, what)


def begin_passkey(visit: Visit, *, turn: int) -> None:
    """Ask for what a browser makes a passkey with; it waits, encrypted, for the browser's answer."""
    act(
        visit,
        event=Event.ACCOUNT_PASSKEY_ADDED,
        step="StartWebAuthnRegistration",
        turn=turn,
        send=lambda token: visit.client.start_web_authn_registration(access_token=token),
        then=lambda options: visit.keep(passkey_options=dict(options)),
    )


def add_passkey(visit: Visit, *, turn: int, credential: Mapping[str, Any]) -> None:
    """Register the passkey that the browser made."""
    address = _verified_email(visit)
    act(
        visit,
        event=Event.ACCOUNT_PASSKEY_ADDED,
        step="CompleteWebAuthnRegistration",
        turn=turn,
        send=lambda token: visit.client.complete_web_authn_registration(
            access_token=token, credential=credential
        ),
        then=lambda _: visit.keep(passkey_options=None, notice="passkey_added"),
    )
    _tell(visit, address, What.PASSKEY_ADDED)


def remove_passkey(visit: Visit, *, turn: int, credential_id: str) -> None:
    """Remove a passkey."""
    address = _verified_email(visit)
    act(
        visit,
        event=Event.ACCOUNT_PASSKEY_REMOVED,
        step="DeleteWebAuthnCredential",
        turn=turn,
        send=lambda token: visit.client.delete_web_authn_credential(
            access_token=token, credential_id=credential_id
        ),
        then=lambda _: visit.keep(notice="passkey_removed"),
    )
    _tell(visit, address, What.PASSKEY_REMOVED)


def forget_device(visit: Visit, *, turn: int, device_key: str) -> None:
    """Forget a remembered device, at Cognito and here. One that Cognito does not know is forgotten here."""

    def forget() -> None:
        devices.forget(pool_id=visit.user.pool_id, sub=visit.user.sub, device_key=device_key)
        visit.keep(notice="device_forgotten")

    try:
        act(
            visit,
            event=Event.ACCOUNT_DEVICE_FORGOTTEN,
            step="ForgetDevice",
            turn=turn,
            send=lambda token: visit.client.forget_device(access_token=token, device_key=device_key),
            then=lambda _: forget(),
        )
    except CognitoError as error:
        if error.meaning.cause is not Cause.DEVICE_UNKNOWN:
            raise
        with record.write_transaction():
            forget()


def _verified_email(visit: Visit) -> str:
    """Where the person is told of a change: read before it, since the change may be of this very address."""
    profile = find_profile(visit)
    return profile.attributes.get("email", "") if profile and is_verified(profile, "email") else ""


def _tell(visit: Visit, address: str, what: What) -> None:
    mail.notify(
        address,
        what=what,
        by=visit.by,
        person=visit.person,
        client_id=visit.user.client_id,
        attempt_id=visit.user.attempt_id,
    )
