"""Challenge Sessions: who may answer which question, and until when.

A Session is bound to pool, user, app client and step; it is used up by success, survives a refused answer,
and expires with the app client's AuthSessionValidity (3 to 15 minutes).
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

import base64
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from cognito_portal.demo.clock import Clock
from cognito_portal.demo.wire import CognitoError, invalid_session, not_authorized

# Live Sessions are 1,543 to 1,587 characters long; ours are 1,560.
TOKEN_BYTES = 1170
# Dead Sessions are remembered this long, so that "expired" and "used" can be told from "never issued".
REMEMBERED_S = 3600.0


@dataclass
class ChallengeSession:
    """One question put to one user through one app client."""

    pool_id: str
    client_id: str
    sub: str
    username: str
    step: str
    expires_at: float
    # Changes with every password set, so that a Session does not outlive the password it was given for.
    password_serial: int
    state: dict[str, Any] = field(default_factory=dict)
    used: bool = False
    admin: bool = False
    device_key: str | None = None


class SessionStore:
    """All Sessions the front has given out, by their opaque token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[str, ChallengeSession] = {}
        self._lock = threading.Lock()

    def issue(self, session: ChallengeSession) -> str:
        """Remember the Session; return its token."""
        token = base64.b64encode(secrets.token_bytes(TOKEN_BYTES)).decode()
        with self._lock:
            self._forget_old()
            self._sessions[token] = session
        return token

    def find(self, token: str | None, *, client_id: str) -> ChallengeSession:
        """Return the Session for its owner's app client, or refuse with Cognito's words."""
        if not token:
            raise CognitoError("InvalidParameterException", "Missing required parameter Session")
        session = self._sessions.get(token)
        if session is None or session.client_id != client_id:
            raise invalid_session()
        self.check_alive(session)
        return session

    def find_any_client(self, token: str) -> ChallengeSession:
        """Return a live Session where the operation names no app client (Associate, VerifySoftwareToken)."""
        session = self._sessions.get(token)
        if session is None:
            raise invalid_session()
        self.check_alive(session)
        return session

    def check_alive(self, session: ChallengeSession) -> None:
        """Refuse a used or expired Session. Call again under the account's lock: another may have won."""
        if session.used:
            raise not_authorized("Invalid session for the user, session can only be used once.")
        if self._clock.now() >= session.expires_at:
            raise not_authorized("Invalid session for the user, session is expired.")

    def drop(self, *, pool_id: str, sub: str, steps: frozenset[str]) -> None:
        """Forget this user's Sessions at the given steps."""
        with self._lock:
            gone = [
                token
                for token, session in self._sessions.items()
                if session.sub == sub and session.pool_id == pool_id and session.step in steps
            ]
            for token in gone:
                del self._sessions[token]

    def _forget_old(self) -> None:
        # Insertion order is age order to within the spread of AuthSessionValidity.
        horizon = self._clock.now() - REMEMBERED_S
        while self._sessions:
            token = next(iter(self._sessions))
            if self._sessions[token].expires_at >= horizon:
                return
            del self._sessions[token]
