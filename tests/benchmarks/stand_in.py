"""A stand-in for Cognito that answers at once, over TLS, from a process of its own.

It knows nothing: each operation has one canned answer, so that what is measured is the client. The tokens are
really signed, and their key set is at `/{pool}/.well-known/jwks.json`.

    with StandIn() as stand_in:
        Transport(stand_in.url, ca_file=stand_in.ca_file)
"""

import asyncio
import json
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import jwt
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

POOL_ID = "eu-west-1_StandIn01"
CLIENT_ID = "1example23456789"
SUB = "11111111-2222-3333-4444-555555555555"
START_LIMIT_S = 20.0


class StandIn:
    """Starts and stops the process. `url`, `ca_file` and `issuer` are set while it runs."""

    url: str
    ca_file: str
    issuer: str

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.stand_in", self._folder.name],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]
        self.ca_file = str(Path(self._folder.name) / "ca.pem")
        self.issuer = f"{self.url}/{POOL_ID}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(START_LIMIT_S)
        self._folder.cleanup()

    def connections(self) -> int:
        """Return how many TLS handshakes it has completed, this question's own not counted."""
        context = ssl.create_default_context(cafile=self.ca_file)
        with urllib.request.urlopen(f"{self.url}/connections", context=context) as answer:
            return int(json.load(answer)["connections"]) - 1


def signed_tokens(key: rsa.RSAPrivateKey, issuer: str) -> dict[str, Any]:
    """Return an AuthenticationResult as Cognito writes it, good for a day."""
    now = int(time.time())
    common = {
        "sub": SUB,
        "iss": issuer,
        "iat": now,
        "exp": now + 86_400,
        "auth_time": now,
        "jti": "j",
        "origin_jti": "o",
    }
    groups = ["staff"]
    access = {
        **common,
        "token_use": "access",
        "client_id": CLIENT_ID,
        "username": SUB,
        "cognito:groups": groups,
        "scope": "aws.cognito.signin.user.admin",
    }
    identity = {
        **common,
        "token_use": "id",
        "aud": CLIENT_ID,
        "cognito:username": SUB,
        "cognito:groups": groups,
        "email": "alice@example.com",
        "email_verified": True,
    }
    return {
        "AccessToken": jwt.encode(access, key, "RS256", {"kid": "access-key"}),
        "IdToken": jwt.encode(identity, key, "RS256", {"kid": "id-key"}),
        "RefreshToken": "r" * 1_785,
        "ExpiresIn": 3600,
        "TokenType": "Bearer",
    }


def key_set(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """Return the public key under both key ids, as a JWKS."""
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {
        "keys": [{**public, "kid": kid, "use": "sig", "alg": "RS256"} for kid in ("access-key", "id-key")]
    }


def _canned(issuer: str) -> dict[bytes, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    challenge = {
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": "s" * 1_550,
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": SUB,
            "requiredAttributes": '["userAttributes.name"]',
            "userAttributes": '{"email":"alice@example.com"}',
        },
    }
    tokens = {"AuthenticationResult": signed_tokens(key, issuer), "ChallengeParameters": {}}
    return {
        b".InitiateAuth": _response(challenge),
        b".RespondToAuthChallenge": _response(tokens),
        b".RevokeToken": _response({}),
        b"/.well-known/jwks.json": _response(key_set(key)),
    }


def _response(payload: dict[str, Any]) -> bytes:
    body = json.dumps(payload).encode()
    head = (
        "HTTP/1.1 200 OK\r\nDate: Mon, 02 Nov 2026 08:05:09 GMT\r\n"
        f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n"
        "Connection: keep-alive\r\n"
        "x-amzn-RequestId: 5d0c1d1e-7f0b-4b0e-9a52-0123456789ab\r\n\r\n"
    )
    return head.encode() + body


class _Protocol(asyncio.Protocol):
    made = 0
    canned: ClassVar[dict[bytes, bytes]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        _Protocol.made += 1
        self._transport: Any = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        _, found, length = head.lower().partition(b"content-length: ")
        if found and len(body) < int(length.split(b"\r\n", 1)[0]):
            return
        self._received = b""
        self._transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        if head.startswith(b"GET /connections"):
            return _response({"connections": self.made})
        return next((answer for key, answer in self.canned.items() if key in head), _response({}))


async def _serve(folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Protocol, "127.0.0.1", 0, ssl=context, backlog=512)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    _Protocol.canned = _canned(f"{url}/{POOL_ID}")
    print(json.dumps({"url": url}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
