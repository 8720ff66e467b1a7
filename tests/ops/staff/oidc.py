"""A small OpenID Connect provider over real HTTP, which a test may have lie in one way at a time."""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "staff-portal", "a-client-secret-of-the-staff"


@dataclass
class Ways:
    """How the provider answers. `claims` change the ID token; None takes a claim out of it."""

    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    kid: str = ""
    sign_with: Any = None
    algorithm: str = "RS256"
    token_status: int = 200
    token_body: bytes | None = None
    id_token: str | None = None


class Provider:
    """A provider on this machine; `groups` and `sub` are of whoever signs in there next."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.keys = [self.key]
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.issuer = f"http://{host}:{self.server.server_address[1]}"
        self.reset()

    def reset(self) -> None:
        self.ways, self.codes = Ways(), {}
        self.keys = [self.key]
        self.asked: list[str] = []
        self.person: dict[str, Any] = {"sub": "1234", "email": "jo@corp.example", "groups": ["helpdesk"]}

    def __enter__(self) -> "Provider":
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def authorize(self, url: str) -> str:
        """What a browser does there: somebody signs in and is sent back; the path and query to go to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256" and "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(20)
        self.codes[code] = asked
        back = urlsplit(asked["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': asked['state']})}"

    def token_for(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= self.person | self.ways.claims
        header = {"alg": self.ways.algorithm, "kid": self.ways.kid or "one"}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header, kept, self.ways.sign_with or self.key, algorithms=[self.ways.algorithm])

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        # A code is good for one exchange.
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        if base64.urlsafe_b64encode(challenge).decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        token = self.token_for(asked) if self.ways.id_token is None else self.ways.id_token
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": token}

    def published(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
            "verify": False,
        } | self.ways.metadata


def shared_key() -> OctKey:
    """The client's secret as a key: what an HS256 token of somebody who knows it is signed with."""
    return OctKey.import_key(CLIENT_SECRET)


def _handler_of(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            if self.path.startswith("/authorize?"):
                self.send_back()
            elif self.path == "/keys":
                keys = [key.as_dict(private=False) for key in provider.keys]
                self.answer(200, json.dumps({"keys": keys}).encode())
            else:
                self.answer(200, json.dumps(provider.published()).encode())

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status, answer = provider.exchange(form, self.headers.get("Authorization", ""))
            if provider.ways.token_body is not None:
                self.answer(provider.ways.token_status, provider.ways.token_body)
            else:
                self.answer(status, json.dumps(answer).encode())

        def send_back(self) -> None:
            back = parse_qs(urlsplit(self.path).query)["redirect_uri"][0]
            self.send_response(302)
            self.send_header("Location", urljoin(back, provider.authorize(self.path)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            if status in (302, 307):
                self.send_header("Location", f"{provider.issuer}/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Keep the tests quiet."""

    return Handler
