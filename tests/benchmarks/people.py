"""The stand-in with people: `person-0042` is challenged, refused or granted tokens of that very person.

A password that holds `wrong` is refused; a right one brings NEW_PASSWORD_REQUIRED, and any answer to that brings
tokens. An SRP login goes straight through, since nobody checks its proof: what is measured is the caller.
"""

import asyncio
import json
import secrets
import ssl
import subprocess
import sys
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import Any, Self

import jwt
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.benchmarks.stand_in import CLIENT_ID, POOL_ID, StandIn, key_set, signed_tokens

NAMESPACE = uuid.UUID(int=1)
REFUSAL = {"__type": "NotAuthorizedException", "message": "Incorrect username or password."}
SETTINGS: dict[bytes, dict[str, Any]] = {
    b".DescribeUserPoolClient": {
        "UserPoolClient": {"UserPoolId": POOL_ID, "ClientId": CLIENT_ID, "AuthSessionValidity": 3}
    },
    b".DescribeUserPool": {
        "UserPool": {
            "Id": POOL_ID,
            "Policies": {
                "PasswordPolicy": {
                    "MinimumLength": 12,
                    "RequireUppercase": True,
                    "RequireLowercase": True,
                    "RequireNumbers": True,
                    "RequireSymbols": True,
                    "TemporaryPasswordValidityDays": 7,
                }
            },
            "SchemaAttributes": [
                {"Name": "name", "AttributeDataType": "String", "Mutable": True, "Required": True}
            ],
        }
    },
}


class People(StandIn):
    """Starts and stops the process, as StandIn does."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.people", self._folder.name],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]
        self.ca_file = str(Path(self._folder.name) / "ca.pem")
        self.issuer = f"{self.url}/{POOL_ID}"
        return self


def username(number: int) -> str:
    return f"person-{number:05}"


class _Answers:
    """What each operation is answered with."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._session = "s" * 1_550

    def to(self, head: bytes, body: bytes) -> tuple[int, dict[str, Any]]:
        for operation, described in SETTINGS.items():
            if operation in head:
                return 200, described
        if b".InitiateAuth" in head:
            return self._to_password(json.loads(body))
        if b".RespondToAuthChallenge" in head:
            name = json.loads(body)["ChallengeResponses"]["USERNAME"]
            return 200, {"AuthenticationResult": self._tokens(name), "ChallengeParameters": {}}
        return 200, key_set(self._key) if b"/jwks.json" in head else {}

    def _to_password(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        parameters = asked["AuthParameters"]
        name = parameters["USERNAME"]
        if asked["AuthFlow"] == "USER_SRP_AUTH":
            return 200, _verifier(name)
        if "wrong" in parameters["PASSWORD"]:
            return 400, REFUSAL
        return 200, {
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": self._session,
            "ChallengeParameters": {
                "USER_ID_FOR_SRP": name,
                "requiredAttributes": '["userAttributes.name"]',
                "userAttributes": json.dumps({"email": f"{name}@example.com"}),
            },
        }

    @cache  # noqa: B019 (one for the life of the process)
    def _tokens(self, name: str) -> dict[str, Any]:
        """The canned tokens, made out to this person. Signing is dear, so each is signed once."""
        result = signed_tokens(self._key, self._issuer)
        for kind, key_id in (("AccessToken", "access-key"), ("IdToken", "id-key")):
            claims = jwt.decode(result[kind], options={"verify_signature": False})
            claims["sub"] = str(uuid.uuid5(NAMESPACE, name))
            claims["username" if kind == "AccessToken" else "cognito:username"] = name
            result[kind] = jwt.encode(claims, self._key, "RS256", {"kid": key_id})
        return result


def _verifier(name: str) -> dict[str, Any]:
    return {
        "ChallengeName": "PASSWORD_VERIFIER",
        "Session": "s" * 1_550,
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": name,
            "USERNAME": name,
            "SALT": secrets.token_hex(16),
            "SRP_B": secrets.token_hex(384),
            "SECRET_BLOCK": "c2VjcmV0" * 150,
        },
    }


class _Protocol(asyncio.Protocol):
    def __init__(self, answers: _Answers) -> None:
        self._answers = answers
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        _, has_length, length = head.lower().partition(b"content-length: ")
        if not end or (has_length and len(body) < int(length.split(b"\r\n", 1)[0])):
            return
        self._received = b""
        status, payload = self._answers.to(head, body)
        encoded = json.dumps(payload).encode()
        top = (
            f"HTTP/1.1 {status} {'OK' if status == 200 else 'Bad Request'}\r\n"
            "Date: Mon, 02 Nov 2026 08:05:09 GMT\r\nContent-Type: application/x-amz-json-1.1\r\n"
            f"Content-Length: {len(encoded)}\r\nConnection: keep-alive\r\n"
            f"x-amzn-RequestId: {uuid.uuid4()}\r\n\r\n"
        )
        self._transport.write(top.encode() + encoded)


async def _serve(folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    loop = asyncio.get_running_loop()
    answers: list[_Answers] = []
    server = await loop.create_server(lambda: _Protocol(answers[0]), "127.0.0.1", 0, ssl=context, backlog=512)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    answers.append(_Answers(f"{url}/{POOL_ID}"))
    print(json.dumps({"url": url}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
