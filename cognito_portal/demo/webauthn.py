"""Passkeys: registered with an access token, shown to sign in.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_StartWebAuthnRegistration.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CompleteWebAuthnRegistration.html
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fido2.rpid import verify_rp_id
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cognito_portal.demo.accounts import Account, Passkey, PasskeyRegistration
from cognito_portal.demo.directory import Pool, User
from cognito_portal.demo.paging import page
from cognito_portal.demo.state import Handler, State, Turn
from cognito_portal.demo.wire import Body, CognitoError, invalid_parameter, not_authorized

Parsed = TypeVar("Parsed")

MOST_PASSKEYS = 20
REGISTRATION_S = 300.0
LARGEST_PAGE = 20
_NAMES = {"platform": "Built into a device", "cross-platform": "Security key"}


class WebAuthn:
    """The operations on passkeys, and the check of one that is shown to sign in."""

    def __init__(self, state: State) -> None:
        self._state = state

    def operations(self) -> dict[str, Handler]:
        return {
            "StartWebAuthnRegistration": self.start_registration,
            "CompleteWebAuthnRegistration": self.complete_registration,
            "ListWebAuthnCredentials": self.list_credentials,
            "DeleteWebAuthnCredential": self.delete_credential,
        }

    def start_registration(self, body: Body) -> Body:
        user, client_id = self._owner(body)
        pool, account = self._state.pool_of(user), self._state.account(user)
        server = _registering(pool)
        _check_has_room(account)
        options, kept = server.register_begin(
            PublicKeyCredentialUserEntity(
                id=user.sub.encode(),
                name=user.username,
                display_name=user.attributes.get("name") or user.username,
            ),
            [_descriptor(passkey) for passkey in account.passkeys],
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=_verification(pool),
        )
        expires_at = self._state.clock.now() + REGISTRATION_S
        account.passkey_registration = PasskeyRegistration(client_id, kept, expires_at)
        return {"CredentialCreationOptions": dict(options.public_key)}

    def complete_registration(self, body: Body) -> Body:
        user, client_id = self._owner(body)
        server, account = _registering(self._state.pool_of(user)), self._state.account(user)
        with account.lock:
            begun = account.passkey_registration
            if begun is None or self._state.clock.now() >= begun.expires_at:
                raise _no_challenge()
            if begun.client_id != client_id:
                raise CognitoError(
                    "WebAuthnClientMismatchException", "The registration was started by another app client."
                )
            passkey = self._verified(server, begun, body["Credential"])
            if any(known.credential_id == passkey.credential_id for known in account.passkeys):
                raise invalid_parameter("This passkey is registered already.")
            _check_has_room(account)
            account.passkeys.append(passkey)
            account.passkey_registration = None
        return {}

    def _verified(self, server: Fido2Server, begun: PasskeyRegistration, credential: Body) -> Passkey:
        shown = _parsed(RegistrationResponse.from_dict, credential)
        if websafe_encode(shown.response.client_data.challenge) != begun.state["challenge"]:
            raise _no_challenge()
        if not verify_rp_id(str(server.rp.id), shown.response.client_data.origin):
            raise CognitoError("WebAuthnOriginNotAllowedException", "This origin is not allowed.")
        if shown.response.attestation_object.auth_data.rp_id_hash != server.rp.id_hash:
            raise CognitoError(
                "WebAuthnRelyingPartyMismatchException", "The passkey is for another relying party."
            )
        try:
            registered = server.register_complete(begun.state, shown)
        except ValueError as error:
            raise _not_supported() from error
        if registered.credential_data is None:
            raise _not_supported()
        return Passkey(
            credential=bytes(registered.credential_data),
            credential_id=websafe_encode(registered.credential_data.credential_id),
            sign_count=registered.counter,
            relying_party_id=str(server.rp.id),
            attachment=shown.authenticator_attachment,
            transports=tuple(credential["response"].get("transports") or ()),
            created_at=self._state.clock.now(),
        )

    def list_credentials(self, body: Body) -> Body:
        user, _ = self._owner(body)
        found, following = page(
            self._state.account(user).passkeys,
            size=body.get("MaxResults") or LARGEST_PAGE,
            token=body.get("NextToken"),
        )
        shown: Body = {"Credentials": [_described(passkey) for passkey in found]}
        return shown | ({"NextToken": following} if following else {})

    def delete_credential(self, body: Body) -> Body:
        user, _ = self._owner(body)
        account = self._state.account(user)
        with account.lock:
            kept = [each for each in account.passkeys if each.credential_id != body["CredentialId"]]
            if len(kept) == len(account.passkeys):
                raise CognitoError("ResourceNotFoundException", "The passkey does not exist.")
            account.passkeys = kept
        return {}

    def has_credentials(self, user: User) -> bool:
        """Tell whether this user can sign in with a passkey."""
        return bool(_usable(self._state.pool_of(user), self._state.account(user)))

    def request_options(self, turn: Turn) -> tuple[Body, Body]:
        """Return the options for the browser, and what the Session must keep for ``check``."""
        options, kept = _server(turn.pool).authenticate_begin(
            [_descriptor(passkey) for passkey in _usable(turn.pool, turn.account)],
            user_verification=_verification(turn.pool),
        )
        return dict(options.public_key), {"passkey": kept}

    def check(self, turn: Turn, session_state: Mapping[str, Any], credential: Body) -> None:
        """Refuse unless one of the user's passkeys has signed the challenge of this Session.

        Raises InvalidParameterException for what is no credential, NotAuthorizedException for a wrong one.
        """
        shown = _parsed(AuthenticationResponse.from_dict, credential)
        known = [AttestedCredentialData(passkey.credential) for passkey in turn.account.passkeys]
        try:
            used = _server(turn.pool).authenticate_complete(session_state["passkey"], known, shown)
        except ValueError as error:
            raise _not_accepted() from error
        passkey = turn.account.passkeys[known.index(used)]
        if shown.response.user_handle not in (None, turn.user.sub.encode()):
            raise _not_accepted()
        counter = shown.response.authenticator_data.counter
        # One that never counts always says 0; any other that stands still was copied.
        if (counter or passkey.sign_count) and counter <= passkey.sign_count:
            raise _not_accepted()
        passkey.sign_count = counter

    def _owner(self, body: Body) -> tuple[User, str]:
        owner = self._state.directory.token_owner(body["AccessToken"])
        return owner, self._state.directory.token_client(body["AccessToken"]).client_id


def _registering(pool: Pool) -> Fido2Server:
    """Return the server that registers passkeys of this pool, if it has them switched on."""
    if "WEB_AUTHN" not in pool.first_factors:
        raise CognitoError("WebAuthnNotEnabledException", "Passkeys are not enabled for this user pool.")
    if not pool.relying_party_id:
        raise CognitoError("WebAuthnConfigurationMissingException", "The user pool has no relying party.")
    return _server(pool)


def _server(pool: Pool) -> Fido2Server:
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=pool.relying_party_id, name=pool.relying_party_id),
        attestation=AttestationConveyancePreference.NONE,
    )


def _verification(pool: Pool) -> UserVerificationRequirement:
    if pool.passkey_is_two_factors:
        return UserVerificationRequirement.REQUIRED
    return UserVerificationRequirement.PREFERRED


def _parsed(parse: Callable[[Body], Parsed], credential: Body) -> Parsed:
    try:
        return parse(credential)
    # Base64, JSON and CBOR of a stranger's making: each has errors of its own.
    except Exception as error:
        raise invalid_parameter("Invalid credential.") from error


def _usable(pool: Pool, account: Account) -> list[Passkey]:
    """Return the passkeys of the pool's relying party of today; it may have been another when they were made."""
    return [each for each in account.passkeys if each.relying_party_id == pool.relying_party_id]


def _check_has_room(account: Account) -> None:
    if len(account.passkeys) >= MOST_PASSKEYS:
        raise CognitoError("LimitExceededException", f"A user has at most {MOST_PASSKEYS} passkeys.")


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        type=PublicKeyCredentialType.PUBLIC_KEY,
        id=AttestedCredentialData(passkey.credential).credential_id,
    )


def _described(passkey: Passkey) -> Body:
    described = {
        "CredentialId": passkey.credential_id,
        "FriendlyCredentialName": _NAMES.get(passkey.attachment or "", "Passkey"),
        "RelyingPartyId": passkey.relying_party_id,
        "AuthenticatorTransports": list(passkey.transports),
        "CreatedAt": passkey.created_at,
    }
    return described | ({"AuthenticatorAttachment": passkey.attachment} if passkey.attachment else {})


def _no_challenge() -> CognitoError:
    return CognitoError("WebAuthnChallengeNotFoundException", "No such registration was started.")


def _not_supported() -> CognitoError:
    return CognitoError("WebAuthnCredentialNotSupportedException", "This passkey is not supported.")


def _not_accepted() -> CognitoError:
    return not_authorized("The passkey was not accepted.")
