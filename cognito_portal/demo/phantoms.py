"""Sign-ins under names that nobody has, where the app client hides its users.

They are led like a user who never gets an answer right.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
"""

from collections.abc import Mapping

from cognito_portal.demo.choice import PASSWORD, PASSWORD_SRP, SELECT_CHALLENGE, offer
from cognito_portal.demo.codes import delivery_details
from cognito_portal.demo.custom_auth import CUSTOM_CHALLENGE, check_may_fail_again, public, wanted_srp
from cognito_portal.demo.directory import Client
from cognito_portal.demo.factors import EMAIL_OTP, shown_delivery, wrong_code
from cognito_portal.demo.sessions import ChallengeSession
from cognito_portal.demo.srp import PASSWORD_VERIFIER, SrpRounds
from cognito_portal.demo.state import Opening, State, required
from cognito_portal.demo.wire import Body, bad_credentials, invalid_parameter, invalid_session


class Phantoms:
    """Answers in place of users that do not exist. Their Sessions have no sub."""

    def __init__(self, state: State, srp: SrpRounds) -> None:
        self._state = state
        self._srp = srp

    def choose(self, opening: Opening) -> Body:
        """Return what USER_AUTH would answer to somebody with a verified mail address."""
        client, available = opening.client, self._available(opening.client)
        preferred = opening.parameters.get("PREFERRED_CHALLENGE")
        if preferred in available:
            return self._put(client, opening.name, preferred, opening.parameters)
        return offer(self._issue(client, opening.name, SELECT_CHALLENGE), available)

    def question(self, opening: Opening) -> Body:
        """Return what CUSTOM_AUTH would answer to anybody."""
        srp_a = wanted_srp(opening)
        if srp_a:
            return self._start_srp(opening.client, opening.name, srp_a)
        return self._question(opening.client, opening.name, failures=0)

    def answer(
        self, client: Client, session: ChallengeSession, challenge: str, responses: Mapping[str, str]
    ) -> Body:
        """Refuse the answer, or lead on."""
        name = required(responses, "USERNAME")
        client.check_secret_hash(name, responses.get("SECRET_HASH"))
        if challenge != session.step or name != session.username:
            raise invalid_session()
        answer = self._next(client, session, responses)
        session.used = True
        return answer

    def _next(self, client: Client, session: ChallengeSession, responses: Mapping[str, str]) -> Body:
        if session.step == SELECT_CHALLENGE:
            chosen = required(responses, "ANSWER")
            if chosen not in self._available(client):
                raise invalid_parameter("Selected challenge is not available.")
            if chosen != EMAIL_OTP:
                required(responses, {PASSWORD: "PASSWORD", PASSWORD_SRP: "SRP_A"}[chosen])
            return self._put(client, session.username, chosen, responses)
        if session.step == PASSWORD_SRP:
            return self._start_srp(client, session.username, required(responses, "SRP_A"))
        if session.step == EMAIL_OTP:
            required(responses, "EMAIL_OTP_CODE")
            raise wrong_code()
        if session.step == CUSTOM_CHALLENGE:
            required(responses, "ANSWER")
            check_may_fail_again(session)
            return self._question(client, session.username, failures=session.state["failures"] + 1)
        required(responses, "PASSWORD")
        raise bad_credentials()

    def _available(self, client: Client) -> list[str]:
        allowed = self._state.directory.pool(client.pool_id).first_factors
        passwords = [PASSWORD_SRP, PASSWORD] if PASSWORD in allowed else []
        return [*passwords, *([EMAIL_OTP] if EMAIL_OTP in allowed else [])]

    def _put(self, client: Client, name: str, challenge: str, given: Mapping[str, str]) -> Body:
        if challenge == PASSWORD and given.get("PASSWORD"):
            raise bad_credentials()
        if challenge == PASSWORD_SRP and given.get("SRP_A"):
            return self._start_srp(client, name, given["SRP_A"])
        parameters: dict[str, str] = {}
        if challenge == EMAIL_OTP:
            address = name if "@" in name else f"{name}@{name}"
            parameters = shown_delivery(delivery_details("email", address))
        return self._challenge(client, name, challenge, parameters)

    def _start_srp(self, client: Client, name: str, srp_a: str) -> Body:
        answer = self._srp.pretend(client, name=name, srp_a=srp_a)
        return {**answer, "Session": self._issue(client, name, PASSWORD_VERIFIER)}

    def _question(self, client: Client, name: str, *, failures: int) -> Body:
        return self._challenge(client, name, CUSTOM_CHALLENGE, public(0), failures=failures)

    def _challenge(
        self, client: Client, name: str, challenge: str, parameters: Mapping[str, str], **kept: object
    ) -> Body:
        return {
            "ChallengeName": challenge,
            "Session": self._issue(client, name, challenge, **kept),
            "ChallengeParameters": {**parameters, "USER_ID_FOR_SRP": name},
        }

    def _issue(self, client: Client, name: str, step: str, **kept: object) -> str:
        return self._state.sessions.issue(
            ChallengeSession(
                pool_id=client.pool_id,
                client_id=client.client_id,
                sub="",
                username=name,
                step=step,
                expires_at=self._state.clock.now() + client.session_s,
                password_serial=0,
                state=dict(kept),
            )
        )
