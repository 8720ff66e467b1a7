"""What every part of the walk works with."""

from collections.abc import Callable
from dataclasses import dataclass

from cognito_portal.audit import record
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.tokens import TokenVerifier
from cognito_portal.revocation import revoke_quietly
from cognito_portal.signin.attempt import Attempt
from cognito_portal.signin.devices import Device
from cognito_portal.signin.session import AttemptStore, EndRow, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Cognito, the check of its tokens, the browser's attempt, who is there, and what the portal can ask.

    `aside` is Cognito for calls that nothing hangs on: it is waited for no longer than a moment.
    `session_minutes()` tells the app client's AuthSessionValidity, or None where nobody knows it.
    `has_page(challenge)`: whether a person can be asked this challenge here. `device` is the remembered one
    of this browser; `remembers_devices`: whether one may be remembered at all (decision D13).
    """

    client: CognitoClient
    aside: CognitoClient
    verifier: TokenVerifier
    store: AttemptStore
    by: record.By
    session_minutes: Callable[[], int | None]
    has_page: Callable[[str], bool]
    device: Device | None = None
    remembers_devices: bool = False

    def commit(self, end_row: EndRow, state: State) -> None:
        """Write the call's end row and the state that follows it; raises what `AttemptStore.commit` raises.

        Where that state takes the place of whoever was signed in here (decision D6), their session is over at
        Cognito as well.
        """
        earlier = self.store.refresh_token()
        self.store.commit(end_row, state)
        if earlier is not None and self.store.refresh_token() != earlier:
            revoke_quietly(self.aside, earlier)


def person_of(attempt: Attempt) -> record.Person:
    """Whom an attempt's rows speak of. The sub is known from verified tokens only."""
    canonical = attempt.canonical_username if attempt.is_canonical_certain else ""
    return record.Person(pool_id=attempt.pool_id, typed=attempt.username, canonical=canonical)
