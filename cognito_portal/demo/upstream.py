"""The emulator behind the front, spoken to over HTTP and only in Cognito's public JSON API."""

import json
from collections.abc import Callable
from typing import cast

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cognito_portal.demo.wire import CONTENT_TYPE, TARGET_PREFIX, Body, CognitoError

READ_TIMEOUT_S = 30.0


class Upstream:
    """One emulator's endpoint. ``credentials`` yields (access key id, secret access key) for signed calls."""

    def __init__(self, url: str, *, region: str, credentials: Callable[[], tuple[str, str]]) -> None:
        self._url = url.rstrip("/") + "/"
        self._region = region
        self._credentials = credentials
        self._pool = urllib3.PoolManager(maxsize=32, retries=False, timeout=READ_TIMEOUT_S)

    def signed(self, operation: str, body: Body) -> Body:
        """Call an operation that needs AWS credentials; return its output or raise CognitoError."""
        return self._call(operation, body, signed=True)

    def unsigned(self, operation: str, body: Body) -> Body:
        """Call an operation that a user may call; return its output or raise CognitoError."""
        return self._call(operation, body, signed=False)

    def get(self, path: str) -> tuple[int, bytes]:
        """Fetch a public document, the key set for one; return status and content."""
        answer = self._pool.request("GET", self._url + path.lstrip("/"))
        return answer.status, answer.data

    def close(self) -> None:
        self._pool.clear()

    def _call(self, operation: str, body: Body, *, signed: bool) -> Body:
        content = json.dumps(body).encode()
        headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET_PREFIX + operation}
        if signed:
            headers = self._sign(headers, content)
        try:
            answer = self._pool.request("POST", self._url, body=content, headers=headers)
            reply = json.loads(answer.data or b"{}")
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise CognitoError(
                "InternalErrorException", "The emulator did not answer.", status=500
            ) from error
        if answer.status == 200:
            return cast(Body, reply)
        raise _error(reply, answer.status)

    def _sign(self, headers: dict[str, str], content: bytes) -> dict[str, str]:
        request = AWSRequest("POST", self._url, headers=headers, data=content)
        SigV4Auth(Credentials(*self._credentials()), "cognito-idp", self._region).add_auth(request)
        return dict(request.headers.items())


def _error(reply: Body, status: int) -> CognitoError:
    code = str(reply.get("__type", "InternalErrorException")).rpartition("#")[2]
    # An operation of Cognito's that this emulator lacks.
    if code == "InvalidAction":
        code = "UnknownOperationException"
    message = str(reply.get("message") or reply.get("Message") or "")
    return CognitoError(code, message, status=500 if status >= 500 else 400)
