"""One method per Cognito operation, named as AWS names it, typed in and out: here those of the sign-in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cognito_portal.cognito import replies
from cognito_portal.cognito.administration import AdministrationCalls
from cognito_portal.cognito.calls import within
from cognito_portal.cognito.devices import DeviceCalls
from cognito_portal.cognito.errors import CognitoRefused
from cognito_portal.cognito.factors import FactorCalls
from cognito_portal.cognito.groups import GroupCalls
from cognito_portal.cognito.passkeys import PasskeyCalls
from cognito_portal.cognito.recovery import RecoveryCalls
from cognito_portal.cognito.self_service import NEVER_WRITABLE, SelfServiceCalls
from cognito_portal.cognito.settings_calls import SettingsCalls
from cognito_portal.cognito.token_calls import TokenCalls
from cognito_portal.cognito.types import Answer, AuthFlow
from cognito_portal.cognito.update_commands import UpdateCommandCalls
from cognito_portal.cognito.user_records import UserRecordCalls

_NEVER_ANSWERED = frozenset(f"userAttributes.{name}" for name in NEVER_WRITABLE)
# Signed, or with an answer of another kind: `admin_initiate_auth` and `refresh_token_auth`.
_NOT_FOR_INITIATE_AUTH = frozenset({AuthFlow.ADMIN_USER_PASSWORD_AUTH, AuthFlow.REFRESH_TOKEN_AUTH})


class CognitoClient(
    RecoveryCalls,
    TokenCalls,
    SelfServiceCalls,
    FactorCalls,
    PasskeyCalls,
    DeviceCalls,
    SettingsCalls,
    UpdateCommandCalls,
    AdministrationCalls,
    GroupCalls,
    UserRecordCalls,
):
    """The API of one user pool, seen from one app client. Safe to share between threads.

    Every method raises `CognitoRefused` (Cognito said no), `CognitoUnavailable` (no usable answer) or
    `InvalidInput` (outside Cognito's limits, no call made), the signed ones also `NoCredentials`. Names and
    passwords go out as they came in.
    """

    def initiate_auth(
        self,
        *,
        username: str,
        password: str | None = None,
        flow: AuthFlow = AuthFlow.USER_PASSWORD_AUTH,
        parameters: Mapping[str, str] | None = None,
    ) -> Answer:
        """Begin a sign-in. `parameters` are further AuthParameters of the flow (SRP_A, DEVICE_KEY, ...).

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
        """
        if flow in _NOT_FOR_INITIATE_AUTH:
            raise ValueError(f"{flow} is no flow of InitiateAuth")
        payload = self._begin("InitiateAuth", flow, username, password, parameters)
        return self._call("InitiateAuth", payload, replies.answer)

    def respond_to_auth_challenge(
        self, *, challenge: str, session: str | None, username: str, responses: Mapping[str, str]
    ) -> Answer:
        """Answer a challenge. `username` is the challenge's canonical one; it and SECRET_HASH are added.

        For NEW_PASSWORD_REQUIRED, `responses` holds NEW_PASSWORD and `userAttributes.<name>` for each
        required attribute. Raises ValueError for attributes that nobody may write. Sent once, never again.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
        """
        operation = "RespondToAuthChallenge"
        payload = self._response(operation, challenge, session, username, responses)
        with _answering(challenge):
            return self._call(operation, payload, replies.answer)

    def admin_initiate_auth(
        self, *, username: str, password: str, parameters: Mapping[str, str] | None = None
    ) -> Answer:
        """Begin a sign-in by the portal's own AWS rights (ADMIN_USER_PASSWORD_AUTH). Never sent again.

        Cognito tracks no device in this flow.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminInitiateAuth.html
        """
        operation = "AdminInitiateAuth"
        flow = AuthFlow.ADMIN_USER_PASSWORD_AUTH
        payload = self._begin(operation, flow, username, password, parameters)
        return self._signed_call(operation, {"UserPoolId": self.pool_id, **payload}, replies.answer)

    def admin_respond_to_auth_challenge(
        self, *, challenge: str, session: str | None, username: str, responses: Mapping[str, str]
    ) -> Answer:
        """Answer a challenge of a sign-in begun by `admin_initiate_auth`, as `respond_to_auth_challenge` does.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRespondToAuthChallenge.html
        """
        operation = "AdminRespondToAuthChallenge"
        payload = self._response(operation, challenge, session, username, responses)
        with _answering(challenge):
            return self._signed_call(operation, {"UserPoolId": self.pool_id, **payload}, replies.answer)

    def _begin(
        self,
        operation: str,
        flow: AuthFlow,
        username: str,
        password: str | None,
        parameters: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        values = dict(parameters or {})
        if password is not None:
            values["PASSWORD"] = password
        return {
            "AuthFlow": flow.value,
            "ClientId": self.client_id,
            "AuthParameters": self._named(operation, username, values),
        }

    def _response(
        self,
        operation: str,
        challenge: str,
        session: str | None,
        username: str,
        responses: Mapping[str, str],
    ) -> dict[str, Any]:
        if forbidden := _NEVER_ANSWERED.intersection(responses):
            raise ValueError(f"Never writable by a client: {sorted(forbidden)}")
        payload: dict[str, Any] = {
            "ClientId": self.client_id,
            "ChallengeName": challenge,
            "ChallengeResponses": self._named(operation, username, dict(responses)),
        }
        if session is not None:
            payload["Session"] = within(operation, "Session", session, replies.SESSION_CAP)
        return payload


@contextmanager
def _answering(challenge: str) -> Iterator[None]:
    """Have a refusal know which challenge it was for: the same words mean another thing for each."""
    try:
        yield
    except CognitoRefused as error:
        error.challenge = challenge
        raise
