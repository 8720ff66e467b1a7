"""A caller of the JSON API with AWS credentials, for seeding."""

import json
from types import TracebackType
from typing import Any, Self

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from urllib3 import PoolManager

from cognito_portal.demo.wire import CONTENT_TYPE, TARGET_PREFIX, Body, CognitoError


class Api:
    """Signs every call, on one connection."""

    def __init__(self, endpoint: str, *, region: str, key: tuple[str, str]) -> None:
        self._url = endpoint + "/"
        self._signer = SigV4Auth(Credentials(*key), "cognito-idp", region)
        self._http = PoolManager(maxsize=1, retries=False, timeout=30.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.clear()

    def __call__(self, operation: str, **body: Any) -> Body:
        """Return the operation's output or raise CognitoError."""
        content = json.dumps(body).encode()
        headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET_PREFIX + operation}
        request = AWSRequest("POST", self._url, headers=headers, data=content)
        self._signer.add_auth(request)
        answer = self._http.request("POST", self._url, body=content, headers=dict(request.headers.items()))
        reply: Body = json.loads(answer.data)
        if answer.status != 200:
            raise CognitoError(reply["__type"], reply["message"], status=answer.status)
        return reply
