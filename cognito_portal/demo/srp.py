"""USER_SRP_AUTH: the emulator does the arithmetic, this keeps who it was started for.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cognito_portal.demo.directory import Client, User
from cognito_portal.demo.state import State, Turn, required
from cognito_portal.demo.wire import Body, CognitoError, bad_credentials

PASSWORD_VERIFIER = "PASSWORD_VERIFIER"
_FORWARDED = ("PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP")


@dataclass(frozen=True)
class Round:
    """One round: who has to prove a password, and whether custom questions follow the proof."""

    turn: Turn
    custom: bool
    expires_at: float


class SrpRounds:
    """Rounds begun and not yet proved, by their SECRET_BLOCK."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._rounds: dict[str, Round] = {}
        self._lock = threading.Lock()

    def start(self, turn: Turn, *, srp_a: str, custom: bool = False) -> Body:
        """Return the PASSWORD_VERIFIER challenge of a user."""
        answer = self.pretend(turn.client, name=turn.user.username, srp_a=srp_a)
        begun = Round(turn, custom, self._state.clock.now() + turn.client.session_s)
        with self._lock:
            self._forget_old()
            self._rounds[answer["ChallengeParameters"]["SECRET_BLOCK"]] = begun
        return answer

    def pretend(self, client: Client, *, name: str, srp_a: str) -> Body:
        """Return a PASSWORD_VERIFIER challenge; for a name that nobody has the emulator makes one up."""
        parameters = {"USERNAME": name, "SRP_A": srp_a}
        if client.secret:
            parameters["SECRET_HASH"] = client.secret_hash(name)
        return self._state.upstream.unsigned(
            "InitiateAuth",
            {"AuthFlow": "USER_SRP_AUTH", "ClientId": client.client_id, "AuthParameters": parameters},
        )

    def find(self, client: Client, responses: Mapping[str, str]) -> Round:
        """Return the round this answer belongs to, its user read afresh, or refuse as for a wrong password."""
        begun = self._rounds.get(required(responses, "PASSWORD_CLAIM_SECRET_BLOCK"))
        if begun is None or begun.turn.client.client_id != client.client_id:
            raise bad_credentials()
        before = begun.turn.user
        if self._state.clock.now() >= begun.expires_at or responses["USERNAME"] != before.username:
            raise bad_credentials()
        user = self._state.directory.find_signing_in(before.pool_id, before.username)
        if user is None or user.sub != before.sub:
            raise bad_credentials()
        device_key = responses.get("DEVICE_KEY") or begun.turn.device_key
        return replace(begun, turn=replace(begun.turn, user=user, device_key=device_key))

    def prove(self, client: Client, user: User, responses: Mapping[str, str]) -> Body:
        """Return the emulator's answer to a right proof; count a wrong one and refuse it."""
        forwarded = {"USERNAME": user.username}
        forwarded |= {name: required(responses, name) for name in _FORWARDED}
        if client.secret:
            forwarded["SECRET_HASH"] = client.secret_hash(user.username)
        request = {
            "ClientId": client.client_id,
            "ChallengeName": PASSWORD_VERIFIER,
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
