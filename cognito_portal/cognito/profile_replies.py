"""What Cognito tells signed-in people of their own account, turned into types."""

from collections.abc import Mapping
from typing import Any, TypeVar

from cognito_portal.cognito.fields import dicts, flag, names, optional, pairs, reader, required, seconds
from cognito_portal.cognito.types import Device, UserProfile, WebAuthnCredential

T = TypeVar("T")
# What stands on one page of a list, and the token that asks for the page after it.
Page = tuple[tuple[T, ...], str | None]


@reader
def user_profile(payload: Mapping[str, Any], request_id: str | None) -> UserProfile:
    """Read GetUser's reply."""
    return UserProfile(
        username=required(payload, "Username", str),
        attributes=pairs(payload, "UserAttributes"),
        mfa_factors=names(payload, "UserMFASettingList") or (),
        preferred_mfa=optional(payload, "PreferredMfaSetting", str) or None,
        request_id=request_id,
    )


@reader
def creation_options(payload: Mapping[str, Any], _request_id: str | None) -> Mapping[str, Any]:
    """Read StartWebAuthnRegistration's reply: a document for the browser, which is the one to check it."""
    return required(payload, "CredentialCreationOptions", dict)


@reader
def web_authn_credentials(payload: Mapping[str, Any], _request_id: str | None) -> Page[WebAuthnCredential]:
    """Read one page of ListWebAuthnCredentials."""
    found = tuple(_credential(each) for each in dicts(payload, "Credentials"))
    return found, optional(payload, "NextToken", str) or None


@reader
def devices(payload: Mapping[str, Any], _request_id: str | None) -> Page[Device]:
    """Read one page of ListDevices."""
    found = tuple(_device(each) for each in dicts(payload, "Devices"))
    return found, optional(payload, "PaginationToken", str) or None


@reader
def user_confirmation_necessary(payload: Mapping[str, Any], _request_id: str | None) -> bool:
    """Read ConfirmDevice's reply: whether the person must still say that the device is to be remembered."""
    return flag(payload, "UserConfirmationNecessary")


def _credential(credential: Mapping[str, Any]) -> WebAuthnCredential:
    return WebAuthnCredential(
        credential_id=required(credential, "CredentialId", str),
        friendly_name=optional(credential, "FriendlyCredentialName", str) or "",
        relying_party_id=optional(credential, "RelyingPartyId", str) or "",
        authenticator_attachment=optional(credential, "AuthenticatorAttachment", str),
        transports=names(credential, "AuthenticatorTransports") or (),
        created_at=seconds(credential, "CreatedAt"),
    )


def _device(device: Mapping[str, Any]) -> Device:
    attributes = pairs(device, "DeviceAttributes")
    remembered = attributes.get("dev:device_remembered_status")
    return Device(
        device_key=required(device, "DeviceKey", str),
        name=attributes.get("device_name", ""),
        last_ip=attributes.get("last_ip_used", ""),
        created_at=seconds(device, "DeviceCreateDate"),
        last_authenticated_at=seconds(device, "DeviceLastAuthenticatedDate"),
        remembered=None if remembered is None else remembered == "remembered",
    )
