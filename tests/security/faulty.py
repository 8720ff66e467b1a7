"""A stand-in Cognito that fails on demand, over real HTTP: every fault a client can meet, under one name each.

Unless told otherwise it asks for a new password and then gives tokens that verify.
"""

import contextlib
import json
import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

from tests.cognito.servers import Connection, Server, response

POOL_ID, CLIENT_ID = "us-east-1_FaultY001", "1faulty23456789"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL_ID}"
SUB = "5e1f0000-1111-2222-3333-444455556666"
# Whatever Cognito says, people never read it.
RAW = "RAW-COGNITO-WORDS <b>pool stack trace</b>"
CANONICAL = "mary"

Play = Callable[[Connection], None]
Body = dict[str, Any]


@cache
def signing_key(name: str = "k1") -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


# Made beforehand: two threads that ask for it at once would each get a key of their own.
signing_key()


def key_set() -> Body:
    public = RSAAlgorithm.to_jwk(signing_key().public_key(), as_dict=True)
    return {"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}


def token(use: str, *, key: RSAPrivateKey | None = None, kid: str = "k1", **claims: Any) -> str:
    """A token of this pool and client, with any claim replaced."""
    now = int(time.time())
    common = {"sub": SUB, "iss": ISSUER, "iat": now, "exp": now + 3600, "auth_time": now, "token_use": use}
    named = {"username": CANONICAL, "client_id": CLIENT_ID}
    if use == "id":
        named = {"cognito:username": CANONICAL, "aud": CLIENT_ID}
    return jwt.encode(common | named | claims, key or signing_key(), "RS256", headers={"kid": kid})


def tokens(**changes: Any) -> Body:
    """A whole AuthenticationResult; None takes a field away."""
    result = {
        "AccessToken": token("access"),
        "IdToken": token("id"),
        "RefreshToken": "refresh-token-of-the-stand-in",
        "ExpiresIn": 3600,
        "TokenType": "Bearer",
    } | changes
    return {"AuthenticationResult": {name: value for name, value in result.items() if value is not None}}


def claiming(**claims: Any) -> Body:
    """Tokens that both carry these claims."""
    return tokens(AccessToken=token("access", **claims), IdToken=token("id", **claims))


def someone_else() -> Body:
    return tokens(
        AccessToken=token("access", username="eve", sub="eve-sub"),
        IdToken=token("id", **{"cognito:username": "eve", "sub": "eve-sub"}),
    )


def challenge(name: Any = "NEW_PASSWORD_REQUIRED", **changes: Any) -> Body:
    """A challenge; None takes a field away."""
    parameters = {"USER_ID_FOR_SRP": CANONICAL, "requiredAttributes": "[]", "userAttributes": "{}"}
    body = {
        "ChallengeName": name,
        "Session": f"challenge-session-{time.monotonic_ns()}",
        "ChallengeParameters": parameters,
    } | changes
    return {key: value for key, value in body.items() if value is not None}


def says(body: Body | bytes, *, status: int = 200, **headers: str) -> Play:
    """Answer with this; underscores in the names of headers stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda connection: connection.send(response(body, status=status, headers=named))


def refuses(code: str, message: str = RAW, *, status: int = 400) -> Play:
    return says({"__type": code, "message": message}, status=status)


def silent(connection: Connection) -> None:
    """Read the request, say nothing."""
    connection.server.stopping.wait(30)


def late(seconds: float, body: Callable[[], Body]) -> Play:
    def play(connection: Connection) -> None:
        connection.server.stopping.wait(seconds)
        connection.send(response(body()))

    return play


def dripping(every_s: float) -> Play:
    """A good answer, one byte at a time."""
    return lambda connection: connection.drip(response(challenge()), every_s=every_s)


def reset(connection: Connection) -> None:
    connection.reset()


def half_closed(connection: Connection) -> None:
    connection.sock.shutdown(socket.SHUT_WR)


def cut_short(connection: Connection) -> None:
    """Half of a good answer, then the end."""
    whole = response(tokens())
    connection.send(whole[: len(whole) // 2])
    connection.reset()


def endless(connection: Connection) -> None:
    """A body without length that has grown past every cap and is not over yet."""
    connection.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n\r\n{"a":"')
    connection.send(b"a" * 600_000)
    connection.server.stopping.wait(30)


def deaf(connection: Connection) -> None:
    """Speak something that is no HTTP."""
    connection.send(b"220 mail.example.com ESMTP\r\n\r\n")
    connection.reset()


def as_bytes(body: Body) -> bytes:
    return json.dumps(body).encode()


@dataclass
class FaultyCognito:
    """Plays one script per operation; `calls` are the operations and bodies that arrived."""

    plays: dict[str, Play] = field(default_factory=dict)
    calls: list[tuple[str, Body]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self.server = Server(self._serve)
        self.endpoint = self.server.url

    def play(self, operation: str, play: Play) -> None:
        self.plays[operation] = play

    def count(self, operation: str) -> int:
        return sum(1 for name, _ in self.calls if name == operation)

    def _serve(self, connection: Connection) -> None:
        self._sockets.append(connection.sock)
        while body := connection.read_request():
            head = connection.server.requests[-1].partition(b"\r\n\r\n")[0]
            if head.startswith(b"GET "):
                connection.send(response(key_set()))
                continue
            target = re.search(rb"(?i)x-amz-target: [\w]+\.(\w+)", head)
            operation = target[1].decode() if target else ""
            # The pool's settings are read beside the walk, at any time; only what a person causes is counted.
            if not operation.startswith(("Describe", "GetUserPool")):
                self.calls.append((operation, json.loads(body)))
            self.plays.get(operation, GOOD.get(operation, NOT_ALLOWED))(connection)

    def stop(self) -> None:
        self.server.stop()

    def disappear(self) -> None:
        """Refuse every connection from now on, and drop those that are open."""
        host, _, port = self.endpoint.removeprefix("http://").partition(":")
        self.server.stop()
        with contextlib.suppress(OSError):
            # The accept() that is waiting still takes one.
            socket.create_connection((host, int(port)), timeout=1).close()
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


NOT_ALLOWED = refuses("AccessDeniedException")
GOOD: Mapping[str, Play] = {
    "InitiateAuth": lambda connection: connection.send(response(challenge())),
    "RespondToAuthChallenge": lambda connection: connection.send(response(tokens())),
    "RevokeToken": says({}),
    "GetUser": says({"Username": CANONICAL, "UserAttributes": []}),
    "ListWebAuthnCredentials": says({"Credentials": []}),
    "ListDevices": says({"Devices": []}),
}

# What is no answer of Cognito's at all: name, what is played, and the audit log's word for it.
BROKEN: Mapping[str, tuple[Play, str]] = {
    "silence": (silent, "unknown"),
    "drip": (dripping(0.05), "unknown"),
    "reset": (reset, "unknown"),
    "half closed": (half_closed, "unknown"),
    "cut short": (cut_short, "unknown"),
    "endless": (endless, "garbage"),
    "no http": (deaf, "garbage"),
    "500": (says(RAW.encode(), status=500), "server_error"),
    "502": (says(b"<html>Bad gateway</html>", status=502, Content_Type="text/html"), "server_error"),
    "503": (says(b"", status=503, Retry_After="1"), "server_error"),
    "504": (says(b"", status=504), "server_error"),
    "500 InternalErrorException": (refuses("InternalErrorException", status=500), "server_error"),
    "redirect": (says(b"", status=302, Location="http://127.0.0.1:1/"), "garbage"),
    "garbage": (says(b"\x00\xff\xfe\x80 none of JSON"), "garbage"),
    "half of a JSON": (says(as_bytes(challenge())[:-9]), "garbage"),
    "huge": (says(b'{"a":"' + b"a" * 300_000 + b'"}'), "garbage"),
    "gzip": (says(b"\x1f\x8b\x08\x00", Content_Encoding="gzip"), "garbage"),
    "NaN": (says(b'{"ChallengeName":NaN}'), "garbage"),
    "duplicate keys": (
        says(b'{"ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"s","Session":"t"}'),
        "garbage",
    ),
    "array": (says(b"[]"), "garbage"),
    "null": (says(b"null"), "garbage"),
    "string": (says(b'"AuthenticationResult"'), "garbage"),
    "empty": (says(b""), "garbage"),
    "byte order mark": (says(b"\xef\xbb\xbf" + as_bytes(challenge())), "garbage"),
    "nested 10,000 deep": (says(b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}"), "garbage"),
    "a page": (
        says(b"<!doctype html><title>Log in to the wifi</title>", Content_Type="text/html"),
        "garbage",
    ),
}

# Status 200, JSON, and still nobody may be signed in by it.
ODD: Mapping[str, tuple[Callable[[], Body], str]] = {
    "nothing": (lambda: {}, "garbage"),
    "an empty result": (lambda: {"AuthenticationResult": {}}, "garbage"),
    "a result that is a list": (lambda: {"AuthenticationResult": [tokens()]}, "garbage"),
    "a result that is a text": (lambda: {"AuthenticationResult": "granted"}, "garbage"),
    "tokens and a challenge": (lambda: tokens() | challenge(), "garbage"),
    "no ID token": (lambda: tokens(IdToken=None), "garbage"),
    "no access token": (lambda: tokens(AccessToken=None), "garbage"),
    "an access token that is a number": (lambda: tokens(AccessToken=7), "garbage"),
    "a token with a line break": (lambda: tokens(RefreshToken="a\r\nb"), "garbage"),
    "a lifetime of 0": (lambda: tokens(ExpiresIn=0), "garbage"),
    "a lifetime that is true": (lambda: tokens(ExpiresIn=True), "garbage"),
    "another token type": (lambda: tokens(TokenType="mac"), "garbage"),
    "a challenge without a Session": (lambda: challenge(Session=None), "garbage"),
    "a challenge with an empty Session": (lambda: challenge(Session=""), "garbage"),
    "a Session of 70,000": (lambda: challenge(Session="s" * 70_000), "garbage"),
    "a challenge that is a number": (lambda: challenge(12), "garbage"),
    "a challenge with a blank": (lambda: challenge("NEW PASSWORD"), "garbage"),
    "parameters that are a list": (lambda: challenge(ChallengeParameters=[]), "garbage"),
    "parameters that are numbers": (lambda: challenge(ChallengeParameters={"USERNAME": 5}), "garbage"),
    "expired tokens": (lambda: claiming(exp=int(time.time()) - 3600), "token_refused"),
    "tokens of another pool": (lambda: claiming(iss=ISSUER + "x"), "token_refused"),
    "tokens of another client": (lambda: claiming(client_id="other", aud="other"), "token_refused"),
    "two tokens of one kind": (lambda: tokens(IdToken=token("access")), "token_refused"),
    "an ID token of someone else": (
        lambda: tokens(IdToken=token("id", **{"cognito:username": "eve", "sub": "eve-sub"})),
        "token_refused",
    ),
    "a token by another key": (
        lambda: tokens(AccessToken=token("access", key=signing_key("stolen"))),
        "token_refused",
    ),
    "a token by an unknown key": (
        lambda: tokens(AccessToken=token("access", key=signing_key("stolen"), kid="k2")),
        "token_refused",
    ),
    "an unsigned token": (
        lambda: tokens(AccessToken=jwt.encode({"sub": SUB}, None, "none", headers={"kid": "k1"})),
        "token_refused",
    ),
    "tokens that are words": (lambda: tokens(AccessToken="granted", IdToken="granted"), "token_refused"),
}
