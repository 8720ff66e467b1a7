"""One method per Cognito operation, named as AWS names it, typed in and out."""

from collections.abc import Mapping
from typing import Any

from cognito_portal.cognito import replies
from cognito_portal.cognito.errors import InvalidInput, NoCredentials
from cognito_portal.cognito.secret_hash import secret_hash
from cognito_portal.cognito.transport import Reply, RequestSigner, Timeouts, Transport
from cognito_portal.cognito.types import Answer, AuthFlow, ClientSettings, PoolSettings

USERNAME_CAP = 128
PASSWORD_CAP = 256
ATTRIBUTE_CAP = 2048
VALUE_CAP = 131_072

_PASSWORDS = frozenset({"PASSWORD", "NEW_PASSWORD"})
_NEVER_WRITABLE = frozenset(
    {"userAttributes.sub", "userAttributes.email_verified", "userAttributes.phone_number_verified"}
)
# These have operations of their own: AdminInitiateAuth and GetTokensFromRefreshToken.
_NOT_FOR_INITIATE_AUTH = frozenset({AuthFlow.ADMIN_USER_PASSWORD_AUTH, AuthFlow.REFRESH_TOKEN_AUTH})


class CognitoClient:
    """The API of one user pool, seen from one app client. Safe to share between threads.

    Every method raises `CognitoRefused` (Cognito said no), `CognitoUnavailable` (no usable answer) or
    `InvalidInput` (outside Cognito's limits, no call made). Names and passwords go out as they came in.
    """

    def __init__(
        self,
        *,
        transport: Transport,
        pool_id: str,
        client_id: str,
        client_secret: str | None = None,
        signer: RequestSigner | None = None,
    ) -> None:
        self.pool_id = pool_id
        self.client_id = client_id
        self._transport = transport
        self._client_secret = client_secret
        self._signer = signer

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
        values = dict(parameters or {})
        if password is not None:
            values["PASSWORD"] = password
        return self._answer(
            "InitiateAuth",
            {
                "AuthFlow": flow.value,
                "ClientId": self.client_id,
                "AuthParameters": self._named("InitiateAuth", username, values),
            },
        )

    def respond_to_auth_challenge(
        self, *, challenge: str, session: str | None, username: str, responses: Mapping[str, str]
    ) -> Answer:
        """Answer a challenge. `username` is the challenge's canonical one; it and SECRET_HASH are added.

        For NEW_PASSWORD_REQUIRED, `responses` holds NEW_PASSWORD and `userAttributes.<name>` for each
        required attribute. Raises ValueError for attributes that nobody may write. Sent once, never again.
        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
        """
        if forbidden := _NEVER_WRITABLE.intersection(responses):
            raise ValueError(f"Never writable by a client: {sorted(forbidden)}")
        operation = "RespondToAuthChallenge"
        payload: dict[str, Any] = {
            "ClientId": self.client_id,
            "ChallengeName": challenge,
            "ChallengeResponses": self._named(operation, username, dict(responses)),
        }
        if session is not None:
            payload["Session"] = _within(operation, "Session", session, replies.SESSION_CAP)
        return self._answer(operation, payload)

    def revoke_token(self, *, refresh_token: str) -> None:
        """End the session that this refresh token belongs to, with all its tokens.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeToken.html
        """
        token = _within("RevokeToken", "Token", refresh_token, replies.TOKEN_CAP)
        payload = {"Token": token, "ClientId": self.client_id}
        # This operation takes the secret itself, not a hash.
        if self._client_secret is not None:
            payload["ClientSecret"] = self._client_secret
        self._transport.call("RevokeToken", payload)

    def describe_user_pool(self, *, timeouts: Timeouts | None = None) -> PoolSettings:
        """Read the pool's settings, allow-listed. Raises `NoCredentials` where there is nothing to sign with.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html
        """
        operation = "DescribeUserPool"
        reply = self._signed_call(operation, {"UserPoolId": self.pool_id}, timeouts)
        return replies.pool_settings(reply.payload, operation=operation, request_id=reply.request_id)

    def describe_user_pool_client(self, *, timeouts: Timeouts | None = None) -> ClientSettings:
        """Read the app client's settings, allow-listed, without its secret. Raises `NoCredentials`.

        https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPoolClient.html
        """
        operation = "DescribeUserPoolClient"
        payload = {"UserPoolId": self.pool_id, "ClientId": self.client_id}
        reply = self._signed_call(operation, payload, timeouts)
        return replies.client_settings(reply.payload, operation=operation, request_id=reply.request_id)

    def _named(self, operation: str, username: str, values: dict[str, str]) -> dict[str, str]:
        """Check every value, then set USERNAME and the hash over exactly that username.

        Both come last: no value of the caller's may stand in for them.
        """
        for name, value in values.items():
            _within(operation, name, value, _cap_of(name))
        values.pop("SECRET_HASH", None)
        values["USERNAME"] = _within(operation, "USERNAME", username, USERNAME_CAP)
        if self._client_secret is not None:
            values["SECRET_HASH"] = secret_hash(
                username=username, client_id=self.client_id, client_secret=self._client_secret
            )
        return values

    def _answer(self, operation: str, payload: Mapping[str, Any]) -> Answer:
        reply = self._transport.call(operation, payload)
        return replies.answer(reply.payload, operation=operation, request_id=reply.request_id)

    def _signed_call(self, operation: str, payload: Mapping[str, Any], timeouts: Timeouts | None) -> Reply:
        if self._signer is None:
            raise NoCredentials(operation=operation)
        return self._transport.call(operation, payload, signer=self._signer, timeouts=timeouts)


def _cap_of(name: str) -> int:
    if name in _PASSWORDS:
        return PASSWORD_CAP
    return ATTRIBUTE_CAP if name.startswith("userAttributes.") else VALUE_CAP


def _within(operation: str, field: str, value: str, cap: int) -> str:
    """Return `value` if it has 1 to `cap` characters that UTF-8 can carry and no NUL."""
    if 1 <= len(value) <= cap and "\0" not in value:
        try:
            value.encode()
        except UnicodeEncodeError:
            pass
        else:
            return value
    raise InvalidInput(operation=operation, field=field)
