"""Another Cognito: as much of it as the walk and the account page need, over real HTTP, and each answer in
one of many forms.

It shares no code with the portal or with the embedded Cognito; its parts stand in tests/stub. `Ways` says in
which of the forms that AWS's pages, its service model and other implementations allow it answers; tests vary
them at random.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.stub.model import (
    CLIENT_ID,
    MESSAGES,
    POOL_ID,
    Body,
    Received,
    Refusal,
    StubUser,
    Ways,
)
from tests.stub.operations import OPERATIONS, is_signed
from tests.stub.pool import Pool

__all__ = ["CLIENT_ID", "MESSAGES", "POOL_ID", "Received", "Refusal", "StubCognito", "StubUser", "Ways"]


@dataclass(frozen=True)
class _Planned:
    operation: str
    challenge: str
    refusal: Refusal


class StubCognito(Pool):
    """The pool, its users and a server on a free loopback port. `calls` holds every call in its order."""

    def __init__(self, *, client_secret: str = "") -> None:
        super().__init__(client_secret=client_secret)
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
            self.clear(ways)
            self.calls: list[Received] = []
            self.latency_s = 0.0
            self.keys_down = False
            self.faults: list[Callable[[], tuple[int, bytes]]] = []
            self._planned: list[_Planned] = []

    @property
    def keys_url(self) -> str:
        return self.url + self.ways.keys_path

    # --- what a test prepares

    def invite(self, username: str = "", **more: Any) -> StubUser:
        """Make a user with a temporary password; a user of that name starts anew."""
        name = username or "u" + secrets.token_hex(6)
        user = StubUser(name, "Temporary-1-pass", alias=f"{name}@example.test", sub=secrets.token_hex(16))
        for key, value in more.items():
            if not hasattr(user, key):
                raise AttributeError(key)
            setattr(user, key, value)
        with self._lock:
            self.users[name] = user
        return user

    def reinvite(self, user: StubUser) -> None:
        """Give somebody a temporary password again, as AdminCreateUser with RESEND does."""
        with self._lock:
            user.password, user.is_temporary, user.lacks = "Temporary-1-pass", True, ("name",)

    def confirm(self, username: str = "", *, password: str = "Confirmed-1-pass", **more: Any) -> StubUser:
        """Make a user who has chosen a password already; `script` is what is asked for after it."""
        return self.invite(username, password=password, is_temporary=False, lacks=(), **more)

    def refuse_next(
        self, operation: str, code: str, message: str = "", *, challenge: str = "", status: int | None = None
    ) -> None:
        """Have the next call of this operation, or its next answer to this challenge, refused so."""
        with self._lock:
            self._planned.append(_Planned(operation, challenge, Refusal(code, message, status=status)))

    def expire_sessions(self) -> None:
        """Every Session given out so far is too old from now on."""
        with self._lock:
            for issued in self.sessions.values():
                issued.expires_at = 0.0

    def revoke_tokens(self, user: StubUser) -> None:
        """Every token of theirs is void, as after GlobalSignOut elsewhere."""
        with self._lock:
            for family in self.families:
                family.is_revoked |= family.user is user

    # --- what a test asks afterwards

    @property
    def planned(self) -> int:
        """How many refusals of `refuse_next` nobody has met."""
        return len(self._planned)

    def count(self, operation: str) -> int:
        with self._lock:
            return sum(call.operation == operation for call in self.calls)

    def sent(self, operation: str) -> list[Received]:
        with self._lock:
            return [call for call in self.calls if call.operation == operation]

    # --- the server's half

    def answer(
        self, operation: str, body: Body, is_authorized: bool = False
    ) -> tuple[int, bytes, dict[str, str]]:
        """(status, body, headers) of one call."""
        time.sleep(self.latency_s)
        with self._lock:
            known = self._known(operation, body)
            # Settings are read in the background, whenever that is.
            if self.faults and not operation.startswith(("Describe", "GetUserPool")):
                status, content = self.faults.pop(0)()
                self.calls.append(Received(operation, body, refused="fault", **known))
                return status, content, {}
            try:
                payload = self._act(operation, body, is_authorized)
            except Refusal as refusal:
                self.calls.append(Received(operation, body, refused=refusal.code, **known))
                return self._error(refusal)
            granted = payload.pop("__granted", "")
            asked = payload.get("ChallengeName", "")
            self.calls.append(
                Received(operation, body, granted, payload.get("Session", ""), asked=asked, **known)
            )
        if not payload and self.ways.empty_void:
            return 200, b"", {}
        if payload and self.ways.extra_fields:
            surprise = {"Surprise": {"deep": [1, None, {"er": "x"}]}, "AvailableChallenges": ["PASSWORD"]}
            payload = surprise | payload
        return 200, json.dumps(payload).encode(), {}

    def _known(self, operation: str, body: Body) -> dict[str, Any]:
        """What the call itself tells, right or wrong."""
        given = body.get("AuthParameters") or body.get("ChallengeResponses") or {}
        username = given.get("USERNAME") or body.get("Username") or ""
        issued = self.sessions.get(body.get("Session") or "")
        family = self.access_tokens.get(body.get("AccessToken") or "")
        holder = issued or family
        user = holder.user if holder else self.find(username)
        sent = given.get("SECRET_HASH", body.get("SecretHash"))
        return {
            "challenge": body.get("ChallengeName", ""),
            "username": username,
            "user": user.username if user else "",
            "session_sent": body.get("Session", ""),
            "hash_ok": self.hash_is_right(sent, username) if username else None,
        }

    def _act(self, operation: str, body: Body, is_authorized: bool) -> Body:
        if operation not in OPERATIONS:
            raise Refusal("UnknownOperationException")
        if is_authorized != is_signed(operation):
            raise Refusal(
                "MissingAuthenticationTokenException" if is_signed(operation) else "Signed by mistake"
            )
        for planned in self._planned:
            if planned.operation == operation and planned.challenge in ("", body.get("ChallengeName")):
                self._planned.remove(planned)
                raise planned.refusal
        return OPERATIONS[operation](self, body)

    def _error(self, refusal: Refusal) -> tuple[int, bytes, dict[str, str]]:
        code, message, form = refusal.code, refusal.message, self.ways.error_form
        status = refusal.status or self.ways.error_status
        if self.ways.reworded and message in MESSAGES.values():
            message = "Hier ist etwas schiefgegangen: " + secrets.token_hex(4)
        if form == "header":
            headers = {"x-amzn-errortype": f"{code}:http://internal.example/", "x-amzn-ErrorMessage": message}
            return status, b"", headers
        written = {
            "namespace": f"com.amazonaws.cognito.identity.idp.model#{code}",
            "url": f"{code}:http://internal.example/coral/",
        }.get(form, code)
        name = "Message" if form == "namespace" else "message"
        return status, json.dumps({"__type": written, name: message}).encode(), {}


def _handler(stub: StubCognito) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            is_authorized = self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 ")
            self._send(*stub.answer(operation, json.loads(content), is_authorized))

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
