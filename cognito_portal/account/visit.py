"""A signed-in person at their account, and what their session keeps for the account pages.

Whatever is written into the session of somebody who is signed in is read anew and held first: two requests
of one browser may be under way, and the later save must not bring back the tokens of the earlier one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from cognito_portal import clients, identity
from cognito_portal.actors import visitor
from cognito_portal.audit import record
from cognito_portal.audit.events import Outcome
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.tokens import TokenVerifier
from cognito_portal.encryption import seal, unseal
from cognito_portal.identity import CognitoUser
from cognito_portal.sessions import hold

NOTICE = "account_notice"
PENDING = "account_pending"
PENDING_PURPOSE = "portal/account/v1"


class SignInAgain(Exception):
    """The tokens are over: the session ends with this outcome, and the person signs in anew."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Cognito, the check of its tokens, the browser's session, and whose it is.

    `rotates()`: whether the app client gives a new refresh token for each one used; None where it is not known.
    """

    client: CognitoClient
    verifier: TokenVerifier
    session: SessionBase
    user: CognitoUser
    by: record.By
    rotates: Callable[[], bool | None]

    @property
    def person(self) -> record.Person:
        """Whom the audit rows of this visit speak of."""
        return identity.person_of(self.user)

    def pending(self) -> dict[str, Any]:
        """What was begun on an account page and is not finished: secrets and addresses, encrypted in the session."""
        sealed = str(self.session.get(PENDING, ""))
        return unseal(sealed, purpose=PENDING_PURPOSE, bound_to=identity.bound_to(self.user)) or {}

    def keep(self, *, notice: str | None = None, **pending: Any) -> None:
        """Save what the next page says, and what is pending; None takes a pending thing away.

        Call it in the transaction of the act's end row. Raises UpdateError where the session is gone.
        """
        hold(self.session)
        kept = {name: value for name, value in (self.pending() | pending).items() if value is not None}
        self.session.pop(PENDING, None)
        if kept:
            bound_to = identity.bound_to(self.user)
            self.session[PENDING] = seal(kept, purpose=PENDING_PURPOSE, bound_to=bound_to)
        if notice is not None:
            self.session[NOTICE] = notice
        self.session.save()

    def take_notice(self) -> str:
        """What the act before this page left to be said, once."""
        if NOTICE not in self.session:
            return ""
        with record.write_transaction():
            hold(self.session)
            notice = str(self.session.pop(NOTICE, ""))
            self.session.save()
        return notice


def visit_of(request: HttpRequest) -> Visit:
    """The visit of the person who sent this request. Raises LookupError where nobody is signed in."""
    return Visit(
        client=clients.cognito(),
        verifier=clients.token_verifier(),
        session=request.session,
        user=identity.signed_in_user(request),
        by=visitor(request),
        rotates=_rotates,
    )


def _rotates() -> bool | None:
    known = clients.client_settings()
    return known.refresh_token_rotation if known else None
