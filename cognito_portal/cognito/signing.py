"""Signature Version 4 for the operations that AWS authorises by IAM, with botocore's credential chain."""

import importlib
import threading
import time
from collections.abc import Mapping
from typing import Any

from cognito_portal.cognito.errors import NoCredentials

SERVICE = "cognito-idp"
# Off AWS the chain ends by asking an address that never answers, which takes a second each time.
ABSENT_S = 300.0
_ADDED = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")


class AwsSigner:
    """Signs requests for one region with whatever credentials the environment, profile or role gives.

    botocore finds them at the first signature and renews temporary ones by itself; where it finds none, it
    is asked again after five minutes. `session` is a `botocore.session.Session`, by default a new one.
    """

    def __init__(self, region: str, *, session: Any = None) -> None:
        self._region = region
        self._session = session
        self._lock = threading.Lock()
        self._absent_until = float("-inf")

    def headers_for(self, *, url: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers to add: Authorization, X-Amz-Date, and a token for temporary credentials.

        `url`, `body` and `headers` must be sent as given. Raises `NoCredentials` when the chain has none,
        or fails.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
        """
        credentials = self._find_credentials()
        if credentials is None:
            raise NoCredentials(operation=headers.get("X-Amz-Target", "").rpartition(".")[2])
        auth = importlib.import_module("botocore.auth")
        awsrequest = importlib.import_module("botocore.awsrequest")
        request = awsrequest.AWSRequest(method="POST", url=url, data=body, headers=dict(headers))
        auth.SigV4Auth(credentials, SERVICE, self._region).add_auth(request)
        return {name: request.headers[name] for name in _ADDED if name in request.headers}

    def _find_credentials(self) -> Any:
        # Importing botocore takes longer than all the rest of this room, and a portal without AWS
        # credentials never signs: so it is loaded when first needed.
        exceptions = importlib.import_module("botocore.exceptions")
        # The chain is not safe to walk from two threads, and its metadata calls are slow: one at a time.
        with self._lock:
            if time.monotonic() < self._absent_until:
                return None
            try:
                if self._session is None:
                    self._session = importlib.import_module("botocore.session").get_session()
                credentials = self._session.get_credentials()
                if credentials is not None:
                    return credentials.get_frozen_credentials()
            except (exceptions.BotoCoreError, exceptions.ClientError):
                # The second is a role that may not be assumed: AWS answered, and said no.
                pass
            self._absent_until = time.monotonic() + ABSENT_S
            return None
