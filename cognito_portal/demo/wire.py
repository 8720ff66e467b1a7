"""The AWS JSON 1.1 wire form: what an error looks like, and how a body is written.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/CommonErrors.html
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any, Protocol

CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET_PREFIX = "AWSCognitoIdentityProviderService."

Body = dict[str, Any]


class Headers(Protocol):
    """A request's headers, looked up without regard to case."""

    def get(self, name: str, /) -> str | None: ...


class CognitoError(Exception):
    """A refusal in Cognito's own words: code (``__type``), message, HTTP status."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def not_authorized(message: str) -> CognitoError:
    return CognitoError("NotAuthorizedException", message)


def invalid_parameter(message: str) -> CognitoError:
    return CognitoError("InvalidParameterException", message)


def bad_credentials() -> CognitoError:
    return not_authorized("Incorrect username or password.")


def invalid_session() -> CognitoError:
    return not_authorized("Invalid session for the user.")


@dataclass(frozen=True)
class Reply:
    """One HTTP answer: status, headers, body bytes."""

    status: int
    headers: dict[str, str]
    content: bytes


def success(body: Body) -> Reply:
    return Reply(200, _headers(), _encode(body))


def refusal(error: CognitoError) -> Reply:
    headers = _headers() | {"x-amzn-errortype": error.code}
    return Reply(error.status, headers, _encode({"__type": error.code, "message": error.message}))


def _headers() -> dict[str, str]:
    return {"Content-Type": CONTENT_TYPE, "x-amzn-requestid": str(uuid.uuid4())}


def _encode(body: Body) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
