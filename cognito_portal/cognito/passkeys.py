"""Passkeys of the person who is signed in."""

from collections.abc import Mapping
from typing import Any

from cognito_portal.cognito import profile_replies, replies
from cognito_portal.cognito.calls import VALUE_CAP, Calls, authorised, document, within
from cognito_portal.cognito.types import Receipt, WebAuthnCredential

PASSKEYS_A_PAGE = 20


class PasskeyCalls(Calls):
    """Registering, listing and removing passkeys."""

    def start_web_authn_registration(self, *, access_token: str) -> Mapping[str, Any]:
        """Begin a registration; returns CredentialCreationOptions for the browser.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_StartWebAuthnRegistration.html
        """
        operation = "StartWebAuthnRegistration"
        return self._call(operation, authorised(operation, access_token), profile_replies.creation_options)

    def complete_web_authn_registration(self, *, access_token: str, credential: Mapping[str, Any]) -> Receipt:
        """End a registration with the browser's RegistrationResponseJSON. Sent once, never again.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CompleteWebAuthnRegistration.html
        """
        operation = "CompleteWebAuthnRegistration"
        payload = {
            **authorised(operation, access_token),
            "Credential": document(operation, "Credential", credential),
        }
        return self._call(operation, payload, replies.receipt)

    def list_web_authn_credentials(self, *, access_token: str) -> tuple[WebAuthnCredential, ...]:
        """Return every passkey, of all pages.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListWebAuthnCredentials.html
        """
        operation = "ListWebAuthnCredentials"
        payload = {**authorised(operation, access_token), "MaxResults": PASSKEYS_A_PAGE}
        return self._all_pages(operation, payload, "NextToken", profile_replies.web_authn_credentials)

    def delete_web_authn_credential(self, *, access_token: str, credential_id: str) -> Receipt:
        """Remove a passkey.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteWebAuthnCredential.html
        """
        operation = "DeleteWebAuthnCredential"
        payload = authorised(operation, access_token)
        payload["CredentialId"] = within(operation, "CredentialId", credential_id, VALUE_CAP)
        return self._call(operation, payload, replies.receipt)
