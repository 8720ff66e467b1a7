"""Webhooks, signed as Standard Webhooks has it (https://www.standardwebhooks.com).

The receiver checks `webhook-signature`: `v1,` and the base64 of HMAC-SHA256, keyed with the bytes behind
`whsec_`, over `webhook-id`, `webhook-timestamp` and the body, joined by dots. The id of a batch stays the same
when it is sent again.
"""

import hashlib
import hmac
import json
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Sequence
from urllib.parse import urlsplit

import requests
from django.conf import settings

from cognito_portal import encryption
from cognito_portal.audit.pushes.ecs import Document
from cognito_portal.audit.pushes.failing import NotTaken

PREFIX = "whsec_"
SECRET_BYTES = 32
PURPOSE = "portal/webhook/v1"
TIMEOUT_S = (2.0, 5.0)
GONE = 410
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def new_secret() -> str:
    """What a receiver checks deliveries with, to be shown once."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sealed(secret: str, *, target: str) -> str:
    """The secret, encrypted and bound to its receiver."""
    return encryption.seal({"secret": secret}, purpose=PURPOSE, bound_to=target)


def fault_of(target: str) -> str | None:
    """What is wrong with a receiver's address, in a word for the page, or None. Only https leaves this host."""
    parts = urlsplit(target)
    if parts.username or parts.password:
        return "credentials"
    if not parts.hostname:
        return "address"
    if parts.scheme == "https" or (settings.DEBUG and parts.scheme == "http" and parts.hostname in LOOPBACK):
        return None
    return "https"


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256)
    return f"v1,{b64encode(digest).decode()}"


def deliver(*, target: str, sealed_secret: str, message_id: str, documents: Sequence[Document]) -> int:
    """Send one batch and return the HTTP status, 2xx. Raises NotTaken.

    No redirect is followed, no proxy of the environment and no .netrc is used, and the answer is not read.
    """
    opened = encryption.unseal(sealed_secret, purpose=PURPOSE, bound_to=target)
    if opened is None:
        raise NotTaken("The secret cannot be read any more: remove this webhook and add it anew.")
    body = json.dumps(
        {"type": "audit.rows", "data": {"rows": list(documents)}}, separators=(",", ":")
    ).encode()
    now = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "cognito-portal",
        "webhook-id": message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(opened["secret"], message_id=message_id, timestamp=now, body=body),
    }
    status = _post(target, body, headers)
    if not 200 <= status < 300:
        raise NotTaken(f"It answered with HTTP status {status}.", status=status, is_gone=status == GONE)
    return status


def _post(target: str, body: bytes, headers: dict[str, str]) -> int:
    with requests.Session() as session:
        session.trust_env = False
        if settings.HTTPS_PROXY:
            session.proxies = {"https": settings.HTTPS_PROXY}
        try:
            answer = session.post(
                target, data=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, stream=True
            )
        except requests.exceptions.SSLError:
            raise NotTaken("Its TLS certificate was not accepted.") from None
        except requests.Timeout:
            raise NotTaken("It did not answer in time.") from None
        except (requests.RequestException, ValueError):
            raise NotTaken("It cannot be reached.") from None
        answer.close()
        return answer.status_code
