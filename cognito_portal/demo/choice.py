"""USER_AUTH: the user chooses how to sign in, or the app has a preference.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-selection-sdk.html
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from cognito_portal.demo.directory import User
from cognito_portal.demo.factors import ADDRESSES, EMAIL_OTP, SMS_OTP, Factors
from cognito_portal.demo.first_factor import FORCE_CHANGE_PASSWORD, FirstFactor
from cognito_portal.demo.sessions import ChallengeSession
from cognito_portal.demo.srp import PASSWORD_VERIFIER, SrpRounds
from cognito_portal.demo.state import Opening, State, Turn, required
from cognito_portal.demo.wire import Body, invalid_parameter

SELECT_CHALLENGE = "SELECT_CHALLENGE"
PASSWORD = "PASSWORD"
PASSWORD_SRP = "PASSWORD_SRP"
WEB_AUTHN = "WEB_AUTHN"
# Nobody has proved anything yet: whatever the user's status, the password is looked at first.
BEFORE_PASSWORD = frozenset({SELECT_CHALLENGE, PASSWORD, PASSWORD_SRP})


class Passkeys(Protocol):
    """The part of WebAuthn that signs somebody in."""

    def has_credentials(self, user: User) -> bool: ...

    def request_options(self, turn: Turn) -> tuple[Body, Body]: ...

    def check(self, turn: Turn, session_state: Mapping[str, Any], credential: Body) -> None: ...


class Choice:
    """The flow USER_AUTH and the challenges it may put."""

    def __init__(
        self, state: State, first: FirstFactor, factors: Factors, srp: SrpRounds, passkeys: Passkeys
    ) -> None:
        self._state = state
        self._first = first
        self._factors = factors
        self._srp = srp
        self._passkeys = passkeys

    def begin(self, opening: Opening) -> Body | None:
        """Return the preferred challenge if the user can answer it, or the list of those they can.

        None where nobody has the name and the app client must not say so.
        """
        opening.client.check_flow("ALLOW_USER_AUTH", message="Auth flow not enabled for this client")
        name = opening.name
        opening.check_secret_hash()
        user = self._first.find(opening.client, name)
        if user is None:
            return None
        self._first.check_may_sign_in(user)
        turn = opening.turn(self._state, user)
        available = self.available(turn)
        preferred = opening.parameters.get("PREFERRED_CHALLENGE")
        if preferred in available:
            return self._put(turn, preferred, opening.parameters)
        return offer(turn.issue(SELECT_CHALLENGE), available)

    def available(self, turn: Turn) -> list[str]:
        """Return the challenges with which this user can sign in now."""
        allowed = turn.pool.first_factors
        passwords = [PASSWORD_SRP, PASSWORD] if PASSWORD in allowed else []
        if turn.user.status in (FORCE_CHANGE_PASSWORD, "RESET_REQUIRED"):
            return passwords
        codes = [name for name in (EMAIL_OTP, SMS_OTP) if name in allowed and _is_verified(turn.user, name)]
        passkeys = WEB_AUTHN in allowed and self._passkeys.has_credentials(turn.user)
        return [*passwords, *codes, *([WEB_AUTHN] if passkeys else [])]

    def answer(self, turn: Turn, session: ChallengeSession, responses: Mapping[str, str]) -> Body:
        """Check the answer to a challenge of this flow; return what follows."""
        if session.step == SELECT_CHALLENGE:
            return self._chosen(turn, responses)
        if session.step == PASSWORD:
            return self._first.by_password(turn, required(responses, "PASSWORD"))
        if session.step == PASSWORD_SRP:
            return self._start_srp(turn, required(responses, "SRP_A"))
        if session.step == WEB_AUTHN:
            return self._passkey_shown(turn, session, required(responses, "CREDENTIAL"))
        self._factors.check_code(turn, session, responses)
        return self._factors.finish(turn, self._first.tokens(turn))

    def _chosen(self, turn: Turn, responses: Mapping[str, str]) -> Body:
        chosen = required(responses, "ANSWER")
        if chosen not in self.available(turn):
            raise invalid_parameter("Selected challenge is not available.")
        needed = {PASSWORD: "PASSWORD", PASSWORD_SRP: "SRP_A"}
        if chosen in needed:
            required(responses, needed[chosen])
        return self._put(turn, chosen, responses)

    def _put(self, turn: Turn, challenge: str, given: Mapping[str, str]) -> Body:
        """Put a challenge, or take its answer where it came along."""
        if challenge == PASSWORD and given.get("PASSWORD"):
            return self._first.by_password(turn, given["PASSWORD"])
        if challenge == PASSWORD_SRP and given.get("SRP_A"):
            return self._start_srp(turn, given["SRP_A"])
        if challenge in (EMAIL_OTP, SMS_OTP):
            return self._factors.send_code(turn, challenge, first_factor=True)
        if challenge == WEB_AUTHN:
            options, kept = self._passkeys.request_options(turn)
            return turn.challenge(WEB_AUTHN, {"CREDENTIAL_REQUEST_OPTIONS": json.dumps(options)}, **kept)
        return turn.challenge(challenge, {})

    def _start_srp(self, turn: Turn, srp_a: str) -> Body:
        return {**self._srp.start(turn, srp_a=srp_a), "Session": turn.issue(PASSWORD_VERIFIER)}

    def _passkey_shown(self, turn: Turn, session: ChallengeSession, shown: str) -> Body:
        try:
            credential = json.loads(shown)
        except ValueError:
            raise invalid_parameter("Invalid CREDENTIAL: not JSON.") from None
        self._passkeys.check(turn, session.state, credential)
        if turn.pool.passkey_is_two_factors:
            return self._factors.finish(turn, self._first.tokens(turn))
        return self._factors.next_step(turn, self._first.tokens(turn))


def offer(session: str, available: list[str]) -> Body:
    """Return SELECT_CHALLENGE; its choices stand beside the parameters, not among them."""
    return {
        "ChallengeName": SELECT_CHALLENGE,
        "Session": session,
        "ChallengeParameters": {},
        "AvailableChallenges": available,
    }


def _is_verified(user: User, challenge: str) -> bool:
    attribute = ADDRESSES[challenge]
    return bool(user.attributes.get(attribute)) and user.attributes.get(f"{attribute}_verified") == "true"
