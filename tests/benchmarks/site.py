"""The portal as production runs it, in this process: its WSGI application called without a server.

SQLite in a file (WAL, synchronous=FULL), hashed static files, debug mode off, Cognito at a stand-in.
"""

import itertools
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection

from tests.benchmarks.stand_in import CLIENT_ID, POOL_ID, StandIn

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass
class Answer:
    """What the site answered."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def csrf_token(self) -> str:
        found = _TOKEN.search(self.body)
        return found[1].decode() if found else ""

    def cookies(self, earlier: str = "") -> str:
        """The Cookie header a browser would send after this answer."""
        jar = SimpleCookie(earlier)
        for name, value in self.headers:
            if name == "Set-Cookie":
                jar.load(value)
        return "; ".join(f"{key}={morsel.value}" for key, morsel in jar.items() if morsel.value)


class Site:
    """Sends requests, each from an address of its own, so that no counter of the throttle ever fills."""

    def __init__(self) -> None:
        self._application: Any = get_wsgi_application()
        self._numbers = itertools.count(1)

    def get(self, path: str, cookies: str = "") -> Answer:
        return self._send("GET", path, cookies, b"")

    def post(self, path: str, fields: dict[str, str], cookies: str) -> Answer:
        return self._send("POST", path, cookies, urlencode(fields).encode())

    def _send(self, method: str, path: str, cookies: str, body: bytes) -> Answer:
        answer = Answer("", [], b"")

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            answer.status, answer.headers = status, headers

        response = self._application(self._environ(method, path, cookies, body), start_response)
        answer.body = b"".join(response)
        response.close()
        return answer

    def _environ(self, method: str, path: str, cookies: str, body: bytes) -> dict[str, Any]:
        number = next(self._numbers)
        return {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": cookies,
            "HTTP_ORIGIN": "https://localhost",
            "HTTP_REFERER": "https://localhost/sign-in/",
            "HTTP_USER_AGENT": USER_AGENT,
            "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "HTTP_ACCEPT_LANGUAGE": "en-US,en;q=0.5",
            "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }


@contextmanager
def production_site(stand_in: StandIn) -> Iterator[Site]:
    """The site on a fresh database. Once in a process: Django can be set up only once."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="cognito_portal.settings",
            SECRET_KEY="the-benchmarks-own-secret-key-of-more-than-fifty-characters",
            AUDIT_KEYS="tests:dGhlLWtleS1vZi10aGUtdGVzdHMtd2l0aC0zMi1ieXRlcw",
            DEBUG="0",
            ALLOWED_HOSTS="localhost",
            DATABASE_URL=f"sqlite:///{folder}/portal.sqlite3",
            AWS_REGION="eu-west-1",
            AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
            AWS_SECRET_ACCESS_KEY="none",
            AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=stand_in.url,
            COGNITO_USER_POOL_ID=POOL_ID,
            COGNITO_CLIENT_ID=CLIENT_ID,
            COGNITO_CLIENT_SECRET="",
            COGNITO_ISSUER=stand_in.issuer,
            COGNITO_JWKS_URL="",
            COGNITO_CA_FILE=stand_in.ca_file,
            TRUSTED_PROXY_COUNT="0",
            HTTPS_PROXY="",
            LOG_LEVEL="WARNING",
            HELP_CONTACT="help@example.com",
        )
        # Logging is part of a step's cost; its lines are not part of the tables.
        with (Path(folder) / "log").open("w") as log:
            with redirect_stderr(log):
                django.setup()
                settings.STATIC_ROOT = Path(folder) / "static"
                call_command("migrate", verbosity=0)
                call_command("collectstatic", verbosity=0, interactive=False)
                site = Site()
            try:
                yield site
            finally:
                connection.close()
