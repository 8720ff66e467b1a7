"""Another Cognito: as little of it as the walk needs, over real HTTP, and each answer in one of many forms.

It shares no code with the portal or with the embedded Cognito. `Ways` says in which of the forms that AWS's
pages, its service model and other implementations allow it answers; tests vary them at random.
"""

import base64
import hashlib
import hmac
import json
import secrets
import string
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

POOL_ID = "eu-west-1_Stub00001"
CLIENT_ID = "1stubexample23456789"
SESSION_S = 180.0
SESSION_ALPHABET = string.ascii_letters + string.digits + "-_"

MESSAGES = {
    "credentials": "Incorrect username or password.",
    "session": "Invalid session for the user.",
    "used": "Invalid session for the user, session can only be used once.",
    "expired": "Invalid session for the user, session is expired.",
    "policy": "Password did not conform with policy: Password not long enough",
    "secret": f"Unable to verify secret hash for client {CLIENT_ID}",
}


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How this Cognito answers. The defaults are AWS's own ways."""

    names: str = "USER_ID_FOR_SRP"  # USERNAME, USER_ID_FOR_SRP, both, neither
    canonical: str = "username"  # username, sub
    required: str = "prefixed"  # prefixed, bare, missing, empty, null, refusal: told only by refusing
    user_attributes: bool = True
    session_chars: int = 1_560
    reworded: bool = False
    error_form: str = "type"  # type, namespace, url, header
    error_status: int = 400
    extra_fields: bool = False
    empty_void: bool = False
    parameters: bool = True  # whether tokens come beside an empty ChallengeParameters
    refresh_token: bool = True
    keys: int = 2
    issuer: str = "https://issuer.example.test/" + POOL_ID
    keys_path: str = "/keys/of/its/own.json"
    request_id: bool = True
    then: str = ""  # a further challenge after the new password


@dataclass
class StubUser:
    """Somebody in the stub's pool; `lacks` is what the pool requires and this person has not."""

    username: str
    password: str
    alias: str = ""
    sub: str = ""
    is_temporary: bool = True
    lacks: tuple[str, ...] = ("name",)
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Issued:
    """A Session that was given out."""

    user: StubUser
    name: str
    expires_at: float
    is_used: bool = False


@dataclass(frozen=True)
class Received:
    """One call as it arrived, whom its answer granted tokens to, and the Session it gave out."""

    operation: str
    body: dict[str, Any]
    granted: str = ""
    session: str = ""
    refused: str = ""


class Refusal(Exception):
    """One of Cognito's errors."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


# Made beforehand: the key set is asked for while a token is being signed, and both must have the same key.
_KEYS = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(4)]


def _key(number: int) -> rsa.RSAPrivateKey:
    return _KEYS[number]


class StubCognito:
    """The pool, its users and a server on a free loopback port. `calls` holds every call in its order."""

    def __init__(self, *, client_secret: str = "") -> None:
        self.client_secret = client_secret
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.request_queue_size = 256
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.reset()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reset(self, ways: Ways | None = None) -> None:
        """Forget everybody and everything, and answer in these ways from now on."""
        with self._lock:
            self.ways = ways or Ways()
            self.users: dict[str, StubUser] = {}
            self.sessions: dict[str, Issued] = {}
            self.calls: list[Received] = []
            self.latency_s = 0.0
            self.keys_down = False
            self.faults: list[Callable[[], tuple[int, bytes]]] = []

    @property
    def keys_url(self) -> str:
        return self.url + self.ways.keys_path

    def invite(self, username: str = "", **more: Any) -> StubUser:
        """Make a user with a temporary password; a user of that name starts anew."""
        name = username or "u" + secrets.token_hex(6)
        user = StubUser(name, "Temporary-1-pass", alias=f"{name}@example.test", sub=secrets.token_hex(16))
        for key, value in more.items():
            setattr(user, key, value)
        with self._lock:
            self.users[name] = user
        return user

    def reinvite(self, user: StubUser) -> None:
        """Give somebody a temporary password again, as AdminCreateUser with RESEND does."""
        with self._lock:
            user.password, user.is_temporary, user.lacks = "Temporary-1-pass", True, ("name",)

    def confirm(self, username: str = "", *, password: str = "Confirmed-1-pass") -> StubUser:
        """Make a user who has chosen a password already."""
        return self.invite(username, password=password, is_temporary=False, lacks=())

    def count(self, operation: str) -> int:
        with self._lock:
            return sum(call.operation == operation for call in self.calls)

    def answer(self, operation: str, body: dict[str, Any]) -> tuple[int, bytes, dict[str, str]]:
        """(status, body, headers) of one call."""
        time.sleep(self.latency_s)
        with self._lock:
            if self.faults:
                status, content = self.faults.pop(0)()
                self.calls.append(Received(operation, body, refused="fault"))
                return status, content, {}
            try:
                payload = self._act(operation, body)
            except Refusal as refusal:
                self.calls.append(Received(operation, body, refused=refusal.code))
                return self._error(refusal)
            granted = payload.pop("__granted", "")
            self.calls.append(Received(operation, body, granted, payload.get("Session", "")))
        if not payload and self.ways.empty_void:
            return 200, b"", {}
        if payload and self.ways.extra_fields:
            payload |= {"Surprise": {"deep": [1, None, {"er": "x"}]}, "AvailableChallenges": ["PASSWORD"]}
        return 200, json.dumps(payload).encode(), {}

    def key_set(self) -> dict[str, Any]:
        published = []
        for number in range(self.ways.keys):
            public = RSAAlgorithm.to_jwk(_key(number).public_key(), as_dict=True)
            published.append({**public, "kid": f"kid-{number}", "use": "sig", "alg": "RS256"})
        return {"keys": published}

    def _act(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        if operation == "RevokeToken":
            return {}
        if operation not in ("InitiateAuth", "RespondToAuthChallenge"):
            raise Refusal("UnknownOperationException", "")
        if body["ClientId"] != CLIENT_ID:
            raise Refusal("ResourceNotFoundException", f"User pool client {body['ClientId']} does not exist.")
        return self._initiate(body) if operation == "InitiateAuth" else self._respond(body)

    def _initiate(self, body: dict[str, Any]) -> dict[str, Any]:
        given = body["AuthParameters"]
        self._check_secret(given)
        name = given["USERNAME"]
        user = next((user for user in self.users.values() if name in (user.username, user.alias)), None)
        if user is None or user.password != given["PASSWORD"]:
            raise Refusal("NotAuthorizedException", MESSAGES["credentials"])
        if not user.is_temporary:
            return self._tokens(user)
        return self._challenge("NEW_PASSWORD_REQUIRED", user, self._new_password_parameters(user), name)

    def _respond(self, body: dict[str, Any]) -> dict[str, Any]:
        given = body["ChallengeResponses"]
        self._check_secret(given)
        issued = self._session(body.get("Session", ""), given["USERNAME"])
        user = issued.user
        password = given["NEW_PASSWORD"]
        if len(password) < 8 or not any(character.isdigit() for character in password):
            raise Refusal("InvalidPasswordException", MESSAGES["policy"])
        for name in user.lacks:
            if not given.get(f"userAttributes.{name}"):
                raise Refusal("InvalidParameterException", f"Invalid attributes given, {name} is missing")
        sent = {name for name in given if name.startswith("userAttributes.")}
        if sent - {f"userAttributes.{name}" for name in user.lacks}:
            raise Refusal("NotAuthorizedException", "Cannot modify an already provided email")
        # A Session does not outlive the password it was given for.
        for other in self.sessions.values():
            other.is_used |= other.user is user
        user.attributes |= {name: given[f"userAttributes.{name}"] for name in user.lacks}
        user.password, user.is_temporary, user.lacks = password, False, ()
        return (
            self._challenge(self.ways.then, user, {}, issued.name) if self.ways.then else self._tokens(user)
        )

    def _session(self, token: str, name: str) -> Issued:
        issued = self.sessions.get(token)
        if issued is None:
            raise Refusal("NotAuthorizedException", MESSAGES["session"])
        if issued.is_used:
            raise Refusal("NotAuthorizedException", MESSAGES["used"])
        if time.time() >= issued.expires_at:
            raise Refusal("NotAuthorizedException", MESSAGES["expired"])
        if name != issued.name:
            raise Refusal("NotAuthorizedException", MESSAGES["session"])
        return issued

    def _challenge(self, name: str, user: StubUser, parameters: dict[str, Any], typed: str) -> dict[str, Any]:
        canonical = user.sub if self.ways.canonical == "sub" else user.username
        wanted = ("USERNAME", "USER_ID_FOR_SRP") if self.ways.names == "both" else (self.ways.names,)
        named = {} if self.ways.names == "neither" else dict.fromkeys(wanted, canonical)
        token = self._new_session()
        expires_at = time.time() + SESSION_S
        self.sessions[token] = Issued(user, canonical if named else typed, expires_at)
        return {"ChallengeName": name, "Session": token, "ChallengeParameters": named | parameters}

    def _new_session(self) -> str:
        while True:
            token = "".join(secrets.choice(SESSION_ALPHABET) for _ in range(self.ways.session_chars))
            if token not in self.sessions:
                return token

    def _new_password_parameters(self, user: StubUser) -> dict[str, str]:
        prefixed = [f"userAttributes.{name}" for name in user.lacks]
        required = {
            "prefixed": json.dumps(prefixed),
            "bare": json.dumps(list(user.lacks)),
            "empty": "",
            "null": "null",
            "refusal": "[]",
        }.get(self.ways.required)
        parameters = {} if required is None else {"requiredAttributes": required}
        if self.ways.user_attributes:
            parameters["userAttributes"] = json.dumps({"email": user.alias})
        return parameters

    def _tokens(self, user: StubUser) -> dict[str, Any]:
        # Not time.time(): tests move that one, and the portal's check of tokens does not go by it.
        now = int(datetime.now(UTC).timestamp())
        common = {"sub": user.sub, "iss": self.ways.issuer, "iat": now, "auth_time": now, "exp": now + 3600}
        access = {**common, "token_use": "access", "client_id": CLIENT_ID, "username": user.username}
        identity = {**common, "token_use": "id", "aud": CLIENT_ID, "cognito:username": user.username}
        result = {
            "AccessToken": self._signed(access, 0),
            "IdToken": self._signed(identity, self.ways.keys - 1),
            "ExpiresIn": 3600,
            "TokenType": "Bearer",
        }
        if self.ways.refresh_token:
            result["RefreshToken"] = secrets.token_urlsafe(800)
        payload = {"AuthenticationResult": result, "__granted": user.username}
        return payload | ({"ChallengeParameters": {}} if self.ways.parameters else {})

    def _signed(self, claims: dict[str, Any], key: int) -> str:
        return jwt.encode(claims, _key(key), "RS256", {"kid": f"kid-{key}"})

    def _check_secret(self, given: dict[str, str]) -> None:
        if not self.client_secret:
            return
        message = (given["USERNAME"] + CLIENT_ID).encode()
        digest = hmac.new(self.client_secret.encode(), message, hashlib.sha256).digest()
        if given.get("SECRET_HASH") != base64.b64encode(digest).decode():
            raise Refusal("NotAuthorizedException", MESSAGES["secret"])

    def _error(self, refusal: Refusal) -> tuple[int, bytes, dict[str, str]]:
        code, message, form = refusal.code, refusal.message, self.ways.error_form
        if self.ways.reworded and message in MESSAGES.values():
            message = "Hier ist etwas schiefgegangen: " + secrets.token_hex(4)
        if form == "header":
            headers = {"x-amzn-errortype": f"{code}:http://internal.example/", "x-amzn-ErrorMessage": message}
            return self.ways.error_status, b"", headers
        written = {
            "namespace": f"com.amazonaws.cognito.identity.idp.model#{code}",
            "url": f"{code}:http://internal.example/coral/",
        }.get(form, code)
        name = "Message" if form == "namespace" else "message"
        return self.ways.error_status, json.dumps({"__type": written, name: message}).encode(), {}


def _handler(stub: StubCognito) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            self._send(*stub.answer(operation, json.loads(content)))

        def do_GET(self) -> None:
            if self.path != stub.ways.keys_path or stub.keys_down:
                return self._send(503 if stub.keys_down else 404, b"{}", {})
            return self._send(200, json.dumps(stub.key_set()).encode(), {})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            if stub.ways.request_id:
                self.send_header("x-amzn-RequestId", secrets.token_hex(16))
            for name, value in {"Content-Type": "application/x-amz-json-1.1", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            return None

    return Handler
