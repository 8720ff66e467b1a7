"""NEW_PASSWORD_REQUIRED: a temporary password is replaced, and missing attributes are given.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

from collections.abc import Mapping

from cognito_portal.demo import attributes, passwords
from cognito_portal.demo.factors import Factors
from cognito_portal.demo.first_factor import NEW_PASSWORD_REQUIRED
from cognito_portal.demo.sessions import ChallengeSession
from cognito_portal.demo.state import State, Turn, required
from cognito_portal.demo.wire import Body


class NewPassword:
    """The answer to NEW_PASSWORD_REQUIRED."""

    def __init__(self, state: State, factors: Factors) -> None:
        self._state = state
        self._factors = factors

    def answer(self, turn: Turn, session: ChallengeSession, responses: Mapping[str, str]) -> Body:
        """Set the password and the attributes; return the second factor's question, or tokens."""
        password = required(responses, "NEW_PASSWORD")
        passwords.check_new(turn.pool, turn.account, password)
        given = attributes.answered(turn.pool, turn.client, turn.user, responses)
        if given:
            pairs = [{"Name": name, "Value": value} for name, value in given.items()]
            request = {"UserPoolId": turn.user.pool_id, "Username": turn.user.username}
            self._state.upstream.signed("AdminUpdateUserAttributes", {**request, "UserAttributes": pairs})
        answer = {"USERNAME": turn.user.username, "NEW_PASSWORD": password}
        if turn.client.secret:
            answer["SECRET_HASH"] = turn.client.secret_hash(turn.user.username)
        result = self._state.upstream.unsigned(
            "RespondToAuthChallenge",
            {
                "ClientId": turn.client.client_id,
                "ChallengeName": NEW_PASSWORD_REQUIRED,
                "Session": session.state["upstream_session"],
                "ChallengeResponses": answer,
            },
        )
        turn.account.password_was_set(password, temporary=False, now=self._state.clock.now())
        return self._factors.next_step(turn, result["AuthenticationResult"])
