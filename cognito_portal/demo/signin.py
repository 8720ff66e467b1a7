"""InitiateAuth and RespondToAuthChallenge: from a name to tokens, question by question.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

from collections.abc import Callable, Mapping

from cognito_portal.demo.choice import BEFORE_PASSWORD, WEB_AUTHN, Choice, Passkeys
from cognito_portal.demo.custom_auth import CUSTOM_CHALLENGE, CustomAuth
from cognito_portal.demo.devices import DEVICE_STEPS, Devices
from cognito_portal.demo.directory import Client, User
from cognito_portal.demo.factors import SMS_OTP, Factors
from cognito_portal.demo.first_factor import FORCE_CHANGE_PASSWORD, NEW_PASSWORD_REQUIRED, FirstFactor
from cognito_portal.demo.new_password import NewPassword
from cognito_portal.demo.phantoms import Phantoms
from cognito_portal.demo.renewal import Renewal
from cognito_portal.demo.sessions import ChallengeSession
from cognito_portal.demo.srp import PASSWORD_VERIFIER, SrpRounds
from cognito_portal.demo.state import Handler, Opening, State, Turn, required
from cognito_portal.demo.wire import (
    Body,
    CognitoError,
    bad_credentials,
    invalid_parameter,
    invalid_session,
    not_authorized,
)

ADMIN_NO_SRP_AUTH = "ADMIN_NO_SRP_AUTH"
_PASSWORD_FLOWS = {
    "USER_PASSWORD_AUTH": ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
    "ADMIN_USER_PASSWORD_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    "ADMIN_NO_SRP_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
}
_REFRESH_FLOWS = frozenset({"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"})
_BEFORE_PASSWORD = BEFORE_PASSWORD | {ADMIN_NO_SRP_AUTH}

Answer = Callable[[Turn, ChallengeSession, Mapping[str, str]], Body]


class SignIn:
    """The operations that sign a user in."""

    def __init__(
        self, state: State, factors: Factors, renewal: Renewal, passkeys: Passkeys, devices: Devices
    ) -> None:
        self._state = state
        self._factors = factors
        self._renewal = renewal
        self._srp = SrpRounds(state)
        self._first = FirstFactor(state, factors, self._srp)
        self._choice = Choice(state, self._first, factors, self._srp, passkeys)
        self._custom = CustomAuth(state, self._first, factors, self._srp)
        self._phantoms = Phantoms(state, self._srp)
        self._answers: dict[str, Answer] = {
            **dict.fromkeys([*BEFORE_PASSWORD, SMS_OTP, WEB_AUTHN], self._choice.answer),
            **dict.fromkeys(DEVICE_STEPS, devices.answer),
            ADMIN_NO_SRP_AUTH: self._answer_password,
            CUSTOM_CHALLENGE: self._custom.answer,
            NEW_PASSWORD_REQUIRED: NewPassword(state, factors).answer,
        }

    def operations(self) -> dict[str, Handler]:
        return {
            "InitiateAuth": self.initiate_auth,
            "AdminInitiateAuth": self.admin_initiate_auth,
            "RespondToAuthChallenge": self.respond_to_auth_challenge,
            "AdminRespondToAuthChallenge": self.admin_respond_to_auth_challenge,
        }

    def initiate_auth(self, body: Body) -> Body:
        if body["AuthFlow"].startswith("ADMIN_"):
            raise invalid_parameter("Initiate Auth method not supported")
        return self._initiate(_opening(self._state.directory.client(body["ClientId"]), body, admin=False))

    def admin_initiate_auth(self, body: Body) -> Body:
        client = self._state.directory.client(body["ClientId"], pool_id=body["UserPoolId"])
        if body["AuthFlow"] == "USER_PASSWORD_AUTH":
            raise invalid_parameter("Initiate Auth method not supported")
        return self._initiate(_opening(client, body, admin=True))

    def respond_to_auth_challenge(self, body: Body) -> Body:
        if body["ChallengeName"] == ADMIN_NO_SRP_AUTH:
            raise invalid_parameter("Challenge not supported by this operation")
        return self._respond(self._state.directory.client(body["ClientId"]), body)

    def admin_respond_to_auth_challenge(self, body: Body) -> Body:
        # Whether AWS takes a Session of the public operation here is not documented; both are taken.
        return self._respond(self._state.directory.client(body["ClientId"], pool_id=body["UserPoolId"]), body)

    def _initiate(self, opening: Opening) -> Body:
        flow = opening.flow
        if flow in _PASSWORD_FLOWS:
            return self._by_password(opening)
        if flow == "USER_SRP_AUTH":
            return self._by_srp(opening)
        if flow == "USER_AUTH":
            return self._choice.begin(opening) or self._phantoms.choose(opening)
        if flow == "CUSTOM_AUTH":
            return self._custom.begin(opening) or self._phantoms.question(opening)
        if flow in _REFRESH_FLOWS:
            return self._renewal.by_flow(opening.client, opening.parameters)
        raise invalid_parameter("Auth flow not enabled for this client")

    def _by_password(self, opening: Opening) -> Body:
        named = "Auth" if opening.admin else opening.flow
        message = f"{named} flow not enabled for this client"
        opening.client.check_flow(*_PASSWORD_FLOWS[opening.flow], message=message)
        name = opening.name
        asks = opening.admin and self._state.switches.admin_challenge_first
        password = "" if asks else required(opening.parameters, "PASSWORD")
        opening.check_secret_hash()
        user = self._first.find(opening.client, name)
        if user is None:
            raise bad_credentials()
        turn = opening.turn(self._state, user)
        return turn.challenge(ADMIN_NO_SRP_AUTH, {}) if asks else self._first.by_password(turn, password)

    def _answer_password(self, turn: Turn, _: ChallengeSession, responses: Mapping[str, str]) -> Body:
        return self._first.by_password(turn, required(responses, "PASSWORD"))

    def _by_srp(self, opening: Opening) -> Body:
        opening.client.check_flow(
            "ALLOW_USER_SRP_AUTH", message="USER_SRP_AUTH is not enabled for the client."
        )
        name = opening.name
        srp_a = required(opening.parameters, "SRP_A")
        opening.check_secret_hash()
        user = self._first.find(opening.client, name)
        if user is None:
            return self._srp.pretend(opening.client, name=name, srp_a=srp_a)
        self._first.check_may_sign_in(user)
        return self._srp.start(opening.turn(self._state, user), srp_a=srp_a)

    def _respond(self, client: Client, body: Body) -> Body:
        challenge = body["ChallengeName"]
        responses = body.get("ChallengeResponses") or {}
        name = required(responses, "USERNAME")
        if challenge == PASSWORD_VERIFIER:
            return self._prove_password(client, body.get("Session"), responses)
        session = self._state.sessions.find(body.get("Session"), client_id=client.client_id)
        if not session.sub:
            return self._phantoms.answer(client, session, challenge, responses)
        with self._state.accounts.of(session.pool_id, session.sub).lock:
            self._state.sessions.check_alive(session)
            # Until the user is found by a password, the caller may know no name but the one that was typed.
            hashed = name if session.step in _BEFORE_PASSWORD else session.username
            client.check_secret_hash(hashed, responses.get("SECRET_HASH"))
            user = self._owner(session, name)
            device_key = responses.get("DEVICE_KEY") or session.device_key
            turn = Turn(self._state, client, user, admin=session.admin, device_key=device_key)
            if challenge != session.step:
                raise invalid_session()
            answer = self._answering(session)(turn, session, responses)
            session.used = True
            return answer

    def _answering(self, session: ChallengeSession) -> Answer:
        # EMAIL_OTP is a first factor's question and a second one's.
        if session.state.get("first_factor"):
            return self._choice.answer
        return self._answers.get(session.step, self._factors.answer)

    def _owner(self, session: ChallengeSession, name: str) -> User:
        """Return the Session's user, if the answer names that user and the question is still theirs."""
        user = self._state.directory.find_signing_in(session.pool_id, name)
        if user is None or user.sub != session.sub:
            raise invalid_session()
        if self._state.account(user).password_serial != session.password_serial:
            raise invalid_session()
        if session.step not in _BEFORE_PASSWORD:
            if (session.step == NEW_PASSWORD_REQUIRED) != (user.status == FORCE_CHANGE_PASSWORD):
                raise invalid_session()
            if user.status == "RESET_REQUIRED":
                raise CognitoError("PasswordResetRequiredException", "Password reset required for the user")
        if not user.enabled:
            raise not_authorized("User is disabled.")
        return user

    def _prove_password(self, client: Client, token: str | None, responses: Mapping[str, str]) -> Body:
        client.check_secret_hash(responses["USERNAME"], responses.get("SECRET_HASH"))
        # USER_SRP_AUTH gives no Session; where one was given, it ends with the proof.
        session = self._state.sessions.find(token, client_id=client.client_id) if token else None
        begun = self._srp.find(client, responses)
        if session and (session.step, session.sub) != (PASSWORD_VERIFIER, begun.turn.user.sub):
            raise invalid_session()
        answer = self._first.by_proof(begun, responses) or self._custom.question(begun.turn)
        if session:
            session.used = True
        return answer


def _opening(client: Client, body: Body, *, admin: bool) -> Opening:
    return Opening(client, body["AuthFlow"], body.get("AuthParameters") or {}, admin)
