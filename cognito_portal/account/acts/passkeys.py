"""Passkeys: one more, one less.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CompleteWebAuthnRegistration.html
"""

from collections.abc import Mapping
from typing import Any

from cognito_portal.account.flows import act
from cognito_portal.account.telling import tell, verified_email
from cognito_portal.account.visit import Visit
from cognito_portal.audit.events import Event
from cognito_portal.mail import What


def begin_passkey(visit: Visit, *, turn: int) -> None:
    """Ask for what a browser makes a passkey with; it waits, encrypted, for the browser's answer.

    Raises what `flows.act` raises, as every function here.
    """
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
    address = verified_email(visit)
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
    tell(visit, address, What.PASSKEY_ADDED)


def remove_passkey(visit: Visit, *, turn: int, credential_id: str) -> None:
    """Remove a passkey."""
    address = verified_email(visit)
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
    tell(visit, address, What.PASSKEY_REMOVED)
