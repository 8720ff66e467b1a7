"""USER_SRP_AUTH: the emulator does the arithmetic, this keeps who it was started for.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from cognito_portal.demo.directory import Client, User
from cognito_portal.demo.state import State, required
from cognito_portal.demo.wire import Body, CognitoError, bad_credentials

_FORWARDED = ("PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP")


@dataclass(frozen=True)
class _Round:
    client_id: str
    user: User
    expires_at: float


class SrpRounds:
    """Rounds begun and not yet proved, by their SECRET_BLOCK."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._rounds: dict[str, _Round] = {}
        self._lock = threading.Lock()

    def start(self, client: Client, user: User | None, *, name: str, srp_a: str) -> Body:
        """Return the PASSWORD_VERIFIER challenge; for an unknown user the emulator makes one up."""
        username = user.username if user else name
        parameters = {"USERNAME": username, "SRP_A": srp_a}
        if client.secret:
            parameters["SECRET_HASH"] = client.secret_hash(username)
        answer = self._state.upstream.unsigned(
            "InitiateAuth",
            {"AuthFlow": "USER_SRP_AUTH", "ClientId": client.client_id, "AuthParameters": parameters},
        )
        if user is not None:
            block = answer["ChallengeParameters"]["SECRET_BLOCK"]
            expires_at = self._state.clock.now() + client.session_s
            with self._lock:
                self._forget_old()
                self._rounds[block] = _Round(client.client_id, user, expires_at)
        return answer

    def owner(self, client: Client, responses: Mapping[str, str]) -> User:
        """Return for whom this answer's round was begun, or refuse as for a wrong password."""
        begun = self._rounds.get(required(responses, "PASSWORD_CLAIM_SECRET_BLOCK"))
        if begun is None or begun.client_id != client.client_id:
            raise bad_credentials()
        if self._state.clock.now() >= begun.expires_at or responses["USERNAME"] != begun.user.username:
            raise bad_credentials()
        user = self._state.directory.find_signing_in(begun.user.pool_id, begun.user.username)
        if user is None or user.sub != begun.user.sub:
            raise bad_credentials()
        return user

    def prove(self, client: Client, user: User, responses: Mapping[str, str]) -> Body:
        """Return the emulator's answer to a right proof; count a wrong one and refuse it."""
        forwarded = {"USERNAME": user.username}
        forwarded |= {name: required(responses, name) for name in _FORWARDED}
        if client.secret:
            forwarded["SECRET_HASH"] = client.secret_hash(user.username)
        request = {
            "ClientId": client.client_id,
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": forwarded,
        }
        try:
            answer = self._state.upstream.unsigned("RespondToAuthChallenge", request)
        except CognitoError as error:
            if error.code == "NotAuthorizedException":
                self._state.account(user).password_lockout.fail(self._state.clock.now())
                raise bad_credentials() from error
            raise
        with self._lock:
            self._rounds.pop(responses["PASSWORD_CLAIM_SECRET_BLOCK"], None)
        return answer

    def _forget_old(self) -> None:
        now = self._state.clock.now()
        while self._rounds:
            block = next(iter(self._rounds))
            if self._rounds[block].expires_at >= now:
                return
            del self._rounds[block]
