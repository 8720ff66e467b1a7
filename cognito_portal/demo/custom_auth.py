"""CUSTOM_AUTH: two questions of the demo's own, as a pool's Lambda functions would put them.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html
"""

import hmac
from collections.abc import Mapping

from cognito_portal.demo.directory import User
from cognito_portal.demo.factors import Factors
from cognito_portal.demo.first_factor import FORCE_CHANGE_PASSWORD, FirstFactor
from cognito_portal.demo.sessions import ChallengeSession
from cognito_portal.demo.srp import PASSWORD_VERIFIER, SrpRounds
from cognito_portal.demo.state import Opening, State, Turn, required
from cognito_portal.demo.wire import Body, CognitoError, bad_credentials

CUSTOM_CHALLENGE = "CUSTOM_CHALLENGE"
# (question, hint, answer); the answers are compared without regard to case.
QUESTIONS = (
    ("Which colour is a ripe lemon?", "One word.", "yellow"),
    ("How many legs has a spider?", "A number.", "eight"),
)
MOST_FAILURES = 3


class CustomAuth:
    """The flow CUSTOM_AUTH, with the password over SRP first where the caller asks for it."""

    def __init__(self, state: State, first: FirstFactor, factors: Factors, srp: SrpRounds) -> None:
        self._state = state
        self._first = first
        self._factors = factors
        self._srp = srp

    def begin(self, opening: Opening) -> Body | None:
        """Return the first question, or PASSWORD_VERIFIER where CHALLENGE_NAME is SRP_A.

        None where nobody has the name and the app client must not say so.
        """
        opening.client.check_flow("ALLOW_CUSTOM_AUTH", message="Auth flow not enabled for this client")
        name = opening.name
        opening.check_secret_hash()
        user = self._first.find(opening.client, name)
        srp_a = wanted_srp(opening)
        if user is None:
            return None
        self._first.check_may_sign_in(user)
        turn = opening.turn(self._state, user)
        if srp_a:
            answer = self._srp.start(turn, srp_a=srp_a, custom=True)
            return {**answer, "Session": turn.issue(PASSWORD_VERIFIER)}
        _check_needs_no_password(user)
        return self.question(turn)

    def question(self, turn: Turn, *, asked: int = 0, failures: int = 0) -> Body:
        """Put question number ``asked``."""
        return turn.challenge(CUSTOM_CHALLENGE, public(asked), asked=asked, failures=failures)

    def answer(self, turn: Turn, session: ChallengeSession, responses: Mapping[str, str]) -> Body:
        """Return the next question, the same one again after a wrong answer, or tokens."""
        asked, failures = session.state["asked"], session.state["failures"]
        given = required(responses, "ANSWER").strip().lower()
        if hmac.compare_digest(QUESTIONS[asked][2].encode(), given.encode()):
            if asked + 1 < len(QUESTIONS):
                return self.question(turn, asked=asked + 1, failures=failures)
            return self._factors.finish(turn, self._first.tokens(turn))
        check_may_fail_again(session)
        return self.question(turn, asked=asked, failures=failures + 1)


def wanted_srp(opening: Opening) -> str | None:
    """Return the SRP_A of a flow that begins with the password."""
    if opening.parameters.get("CHALLENGE_NAME") != "SRP_A":
        return None
    return required(opening.parameters, "SRP_A")


def public(asked: int) -> dict[str, str]:
    """Return a question's public parameters; ``internal`` is one that no page should show."""
    question, hint, _ = QUESTIONS[asked]
    return {"question": question, "hint": hint, "internal": f"question-{asked + 1}"}


def check_may_fail_again(session: ChallengeSession) -> None:
    """End the flow at the third wrong answer."""
    if session.state["failures"] + 1 >= MOST_FAILURES:
        session.used = True
        raise bad_credentials()


def _check_needs_no_password(user: User) -> None:
    if user.status == FORCE_CHANGE_PASSWORD:
        raise bad_credentials()
    if user.status == "RESET_REQUIRED":
        raise CognitoError("PasswordResetRequiredException", "Password reset required for the user")
