"""The first proof of who somebody is: a password as it is, over SRP, or something else in its place.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html
"""

from collections.abc import Mapping

from cognito_portal.demo import attributes, passwords
from cognito_portal.demo.directory import Client, User
from cognito_portal.demo.factors import FACTOR_STEPS, Factors
from cognito_portal.demo.srp import Round, SrpRounds
from cognito_portal.demo.state import State, Turn
from cognito_portal.demo.wire import Body, CognitoError, bad_credentials, not_authorized

NEW_PASSWORD_REQUIRED = "NEW_PASSWORD_REQUIRED"
FORCE_CHANGE_PASSWORD = "FORCE_CHANGE_PASSWORD"


class FirstFactor:
    """Who may sign in, whether the password is right, and what follows when it is."""

    def __init__(self, state: State, factors: Factors, srp: SrpRounds) -> None:
        self._state = state
        self._factors = factors
        self._srp = srp

    def find(self, client: Client, name: str) -> User | None:
        """Return whom this name signs in; None where nobody has it and the app client must not say so."""
        user = self._state.directory.find_signing_in(client.pool_id, name)
        if user is None and not client.hides_users:
            raise CognitoError("UserNotFoundException", "User does not exist.")
        return user

    def check_may_sign_in(self, user: User) -> None:
        """Refuse a user who is locked out, disabled or unconfirmed: before any password is looked at."""
        self._state.account(user).password_lockout.check(self._state.clock.now())
        if not user.enabled:
            raise not_authorized("User is disabled.")
        if user.status == "UNCONFIRMED":
            raise CognitoError("UserNotConfirmedException", "User is not confirmed.")

    def by_password(self, turn: Turn, password: str) -> Body:
        """Return what a right password leads to; count a wrong one and refuse it."""
        with turn.account.lock:
            self.check_may_sign_in(turn.user)
            try:
                answer = self._ask_emulator(turn, password)
            except CognitoError as error:
                if error.code == "NotAuthorizedException":
                    turn.account.password_lockout.fail(self._state.clock.now())
                    raise bad_credentials() from error
                raise
            turn.account.password_lockout.clear()
            return self._accepted(turn, answer)

    def by_proof(self, begun: Round, responses: Mapping[str, str]) -> Body | None:
        """Return what a right SRP proof leads to; None where custom questions are next."""
        turn = begun.turn
        with turn.account.lock:
            self.check_may_sign_in(turn.user)
            answer = self._srp.prove(turn.client, turn.user, responses)
            turn.account.password_lockout.clear()
            if begun.custom and turn.user.status != FORCE_CHANGE_PASSWORD:
                return None
            return self._accepted(turn, answer)

    def tokens(self, turn: Turn) -> Body:
        """Return tokens for a user who has proved themselves without the password."""
        tokens: Body = self._ask_emulator(turn, turn.account.password)["AuthenticationResult"]
        return tokens

    def _ask_emulator(self, turn: Turn, password: str) -> Body:
        parameters = {"USERNAME": turn.user.username, "PASSWORD": password}
        if turn.client.secret:
            parameters["SECRET_HASH"] = turn.client.secret_hash(turn.user.username)
        return self._state.upstream.unsigned(
            "InitiateAuth",
            {
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": turn.client.client_id,
                "AuthParameters": parameters,
            },
        )

    def _accepted(self, turn: Turn, answer: Body) -> Body:
        """Turn the emulator's answer to a right password into the next question, or tokens."""
        # Amplify's issue 6461: a new sign-in replaces the chain of setting a second factor up.
        turn.state.sessions.drop(pool_id=turn.user.pool_id, sub=turn.user.sub, steps=FACTOR_STEPS)
        if answer.get("ChallengeName") != NEW_PASSWORD_REQUIRED:
            return self._factors.next_step(turn, answer["AuthenticationResult"])
        passwords.check_not_expired(turn.pool, turn.account, self._state.clock)
        parameters = attributes.challenge_parameters(turn.pool, turn.user)
        return turn.challenge(NEW_PASSWORD_REQUIRED, parameters, upstream_session=answer.get("Session"))
