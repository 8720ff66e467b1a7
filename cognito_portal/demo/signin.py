"""InitiateAuth and RespondToAuthChallenge: from a password to tokens, question by question.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
"""

from collections.abc import Mapping

from cognito_portal.demo import attributes, passwords
from cognito_portal.demo.directory import Client, User
from cognito_portal.demo.factors import FACTOR_STEPS, Factors
from cognito_portal.demo.sessions import ChallengeSession
from cognito_portal.demo.srp import SrpRounds
from cognito_portal.demo.state import Handler, State, Turn, required, signed_in
from cognito_portal.demo.wire import (
    Body,
    CognitoError,
    bad_credentials,
    invalid_parameter,
    invalid_session,
    not_authorized,
)

NEW_PASSWORD_REQUIRED = "NEW_PASSWORD_REQUIRED"
_PASSWORD_FLOWS = {
    "USER_PASSWORD_AUTH": ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
    "ADMIN_USER_PASSWORD_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    "ADMIN_NO_SRP_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
}
_REFRESH_FLOWS = frozenset({"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"})


class SignIn:
    """The operations that sign a user in."""

    def __init__(self, state: State, factors: Factors) -> None:
        self._state = state
        self._factors = factors
        self._srp = SrpRounds(state)

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
        return self._initiate(self._state.directory.client(body["ClientId"]), body, admin=False)

    def admin_initiate_auth(self, body: Body) -> Body:
        client = self._state.directory.client(body["ClientId"], pool_id=body["UserPoolId"])
        if body["AuthFlow"] == "USER_PASSWORD_AUTH":
            raise invalid_parameter("Initiate Auth method not supported")
        return self._initiate(client, body, admin=True)

    def respond_to_auth_challenge(self, body: Body) -> Body:
        return self._respond(self._state.directory.client(body["ClientId"]), body)

    def admin_respond_to_auth_challenge(self, body: Body) -> Body:
        return self._respond(self._state.directory.client(body["ClientId"], pool_id=body["UserPoolId"]), body)

    def _initiate(self, client: Client, body: Body, *, admin: bool) -> Body:
        flow = body["AuthFlow"]
        parameters = body.get("AuthParameters") or {}
        if flow in _PASSWORD_FLOWS:
            named = "Auth" if admin else flow
            client.check_flow(*_PASSWORD_FLOWS[flow], message=f"{named} flow not enabled for this client")
            return self._by_password(client, flow, parameters)
        if flow == "USER_SRP_AUTH":
            return self._by_srp(client, parameters)
        if flow in _REFRESH_FLOWS:
            return self._by_refresh_token(client, parameters)
        raise invalid_parameter("Auth flow not enabled for this client")

    def _by_password(self, client: Client, flow: str, parameters: Mapping[str, str]) -> Body:
        name = required(parameters, "USERNAME")
        password = required(parameters, "PASSWORD")
        client.check_secret_hash(name, parameters.get("SECRET_HASH"))
        user = self._signing_in(client, name)
        account = self._state.account(user)
        with account.lock:
            self._check_may_sign_in(user)
            answer = self._check_password(client, user, flow, password)
            account.password_lockout.clear()
            return self._password_accepted(Turn(self._state, client, user), answer)

    def _signing_in(self, client: Client, name: str) -> User:
        user = self._state.directory.find_signing_in(client.pool_id, name)
        if user is not None:
            return user
        if client.hides_users:
            raise bad_credentials()
        raise CognitoError("UserNotFoundException", "User does not exist.")

    def _check_may_sign_in(self, user: User) -> None:
        # Refused before the password is looked at, right or wrong.
        self._state.account(user).password_lockout.check(self._state.clock.now())
        if not user.enabled:
            raise not_authorized("User is disabled.")
        if user.status == "UNCONFIRMED":
            raise CognitoError("UserNotConfirmedException", "User is not confirmed.")

    def _check_password(self, client: Client, user: User, flow: str, password: str) -> Body:
        parameters = {"USERNAME": user.username, "PASSWORD": password}
        if client.secret:
            parameters["SECRET_HASH"] = client.secret_hash(user.username)
        request = {"AuthFlow": flow, "ClientId": client.client_id, "AuthParameters": parameters}
        try:
            if flow == "USER_PASSWORD_AUTH":
                return self._state.upstream.unsigned("InitiateAuth", request)
            return self._state.upstream.signed("AdminInitiateAuth", {"UserPoolId": client.pool_id, **request})
        except CognitoError as error:
            if error.code == "NotAuthorizedException":
                self._state.account(user).password_lockout.fail(self._state.clock.now())
                raise bad_credentials() from error
            raise

    def _by_srp(self, client: Client, parameters: Mapping[str, str]) -> Body:
        client.check_flow("ALLOW_USER_SRP_AUTH", message="USER_SRP_AUTH is not enabled for the client.")
        name = required(parameters, "USERNAME")
        srp_a = required(parameters, "SRP_A")
        client.check_secret_hash(name, parameters.get("SECRET_HASH"))
        user = self._state.directory.find_signing_in(client.pool_id, name)
        if user is not None:
            self._check_may_sign_in(user)
        elif not client.hides_users:
            raise CognitoError("UserNotFoundException", "User does not exist.")
        return self._srp.start(client, user, name=name, srp_a=srp_a)

    def _by_refresh_token(self, client: Client, parameters: Mapping[str, str]) -> Body:
        client.check_flow(
            "ALLOW_REFRESH_TOKEN_AUTH", message="REFRESH_TOKEN_AUTH flow not enabled for this client"
        )
        required(parameters, "REFRESH_TOKEN")
        request = {
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "ClientId": client.client_id,
            "AuthParameters": dict(parameters),
        }
        try:
            return signed_in(self._state.upstream.unsigned("InitiateAuth", request)["AuthenticationResult"])
        except CognitoError as error:
            if error.message.startswith("Unable to verify secret hash"):
                raise not_authorized(
                    f"SecretHash does not match for the client: {client.client_id}"
                ) from error
            raise

    def _password_accepted(self, turn: Turn, answer: Body) -> Body:
        """Turn the emulator's answer to a right password into the next question, or tokens."""
        # Amplify's issue 6461: a new sign-in replaces the chain of setting a second factor up.
        turn.state.sessions.drop(pool_id=turn.user.pool_id, sub=turn.user.sub, steps=FACTOR_STEPS)
        if answer.get("ChallengeName") != NEW_PASSWORD_REQUIRED:
            return self._factors.next_step(turn, answer["AuthenticationResult"])
        passwords.check_not_expired(turn.pool, turn.account, self._state.clock)
        parameters = attributes.challenge_parameters(turn.pool, turn.user)
        return turn.challenge(NEW_PASSWORD_REQUIRED, parameters, upstream_session=answer.get("Session"))

    def _respond(self, client: Client, body: Body) -> Body:
        challenge = body["ChallengeName"]
        responses = body.get("ChallengeResponses") or {}
        name = required(responses, "USERNAME")
        if challenge == "PASSWORD_VERIFIER":
            return self._prove_password(client, responses)
        session = self._state.sessions.find(body.get("Session"), client_id=client.client_id)
        with self._state.accounts.of(session.pool_id, session.sub).lock:
            self._state.sessions.check_alive(session)
            client.check_secret_hash(session.username, responses.get("SECRET_HASH"))
            turn = Turn(self._state, client, self._owner(session, name))
            if challenge != session.step:
                raise invalid_session()
            if challenge == NEW_PASSWORD_REQUIRED:
                answer = self._set_new_password(turn, session, responses)
            else:
                answer = self._factors.answer(turn, session, responses)
            session.used = True
            return answer

    def _owner(self, session: ChallengeSession, name: str) -> User:
        """Return the Session's user, if the answer names that user and the question is still theirs."""
        user = self._state.directory.find_signing_in(session.pool_id, name)
        if user is None or user.sub != session.sub:
            raise invalid_session()
        if self._state.account(user).password_serial != session.password_serial:
            raise invalid_session()
        if (session.step == NEW_PASSWORD_REQUIRED) != (user.status == "FORCE_CHANGE_PASSWORD"):
            raise invalid_session()
        if user.status == "RESET_REQUIRED":
            raise CognitoError("PasswordResetRequiredException", "Password reset required for the user")
        if not user.enabled:
            raise not_authorized("User is disabled.")
        return user

    def _set_new_password(self, turn: Turn, session: ChallengeSession, responses: Mapping[str, str]) -> Body:
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

    def _prove_password(self, client: Client, responses: Mapping[str, str]) -> Body:
        client.check_secret_hash(responses["USERNAME"], responses.get("SECRET_HASH"))
        user = self._srp.owner(client, responses)
        account = self._state.account(user)
        with account.lock:
            self._check_may_sign_in(user)
            answer = self._srp.prove(client, user, responses)
            account.password_lockout.clear()
            return self._password_accepted(Turn(self._state, client, user), answer)
