"""A browser without JavaScript in this process: it sends the forms that the pages show, and nothing else."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from cognito_portal.sessions import SessionStore
from cognito_portal.signin.attempt import Attempt
from tests.signin.stub import CLIENT_ID, POOL_ID

GOOD_PASSWORD = "Brand-new-1-pass"
_ROWS = "SELECT session_key, session_data FROM django_session"
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_ATTRIBUTE = re.compile(r'name="(userAttributes\.[^"]+)"')


class TlsClient(Client):
    """Django's test client, over TLS: it sets the scheme of each request by itself, so no default helps."""

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        return super().generic(*args, **{**kwargs, "secure": True})


def new_client(address: str = "192.0.2.1", **more: Any) -> Client:
    """A cookie jar at an address. CSRF tokens are not asked for unless `enforce_csrf_checks` is given."""
    return TlsClient(headers={"host": "localhost"}, REMOTE_ADDR=address, **more)


@dataclass
class Tab:
    """One tab of a browser: the page it shows, and the path it came from. Tabs may share a client."""

    client: Client = field(default_factory=new_client)
    page: HttpResponse | None = None
    path: str = ""

    @property
    def text(self) -> str:
        return "" if self.page is None else unescape(self.page.content.decode())

    @property
    def status(self) -> int:
        return 0 if self.page is None else self.page.status_code

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden inputs of the page's forms."""
        content = "" if self.page is None else self.page.content.decode()
        return {name: value for name, value in _HIDDEN.findall(content) if name in ("attempt", "turn")}

    @property
    def asked(self) -> list[str]:
        """The attribute inputs of the page's form."""
        return _ATTRIBUTE.findall("" if self.page is None else self.page.content.decode())

    @property
    def cookie(self) -> str:
        morsel = self.client.cookies.get(settings.SESSION_COOKIE_NAME)
        return morsel.value if morsel else ""

    def get(self, path: str) -> HttpResponse:
        return self._show(self.client.get(path, follow=True))

    def post(self, path: str, fields: dict[str, str]) -> HttpResponse:
        """Send exactly these fields."""
        return self._show(self.client.post(path, fields, follow=True))

    def _show(self, response: Any) -> HttpResponse:
        self.page, self.path = response, response.request["PATH_INFO"]
        return response

    def start(self, username: str, password: str) -> HttpResponse:
        self.get("/sign-in/")
        return self.post("/sign-in/", {**self.hidden, "username": username, "password": password})

    def answer(self, password: str = GOOD_PASSWORD, value: str = "Newton Hire") -> HttpResponse:
        """Fill in the new-password form that is shown, with `value` in every attribute that it asks for."""
        fields = {**self.hidden, **dict.fromkeys(self.asked, value), "new_password": password}
        return self.post("/sign-in/new-password/", fields)

    def renew(self, password: str) -> HttpResponse:
        """Renew in place as countdown.js does; the page shown stays as it is, with the new attempt and turn."""
        return self.client.post("/sign-in/renew/", {**self.hidden, "password": password})

    def session(self) -> dict[str, Any]:
        """What the server holds for this browser's cookie: nothing where it holds no such row."""
        return session_of(self.cookie)


def session_of(cookie: str) -> dict[str, Any]:
    """The content of a session row, as the site itself would read it."""
    return sessions(cookie).get(cookie, {}) if cookie else {}


def sessions(cookie: str = "") -> dict[str, dict[str, Any]]:
    """The contents of all session rows, or of this one, by their keys.

    Straight from the driver: the state machines read them before and after every request.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"{_ROWS} WHERE session_key = %s" if cookie else _ROWS, [cookie] if cookie else [])
        return {key: SessionStore().decode(data) for key, data in cursor.fetchall()}


@dataclass(frozen=True)
class Seen:
    """What the server holds for one browser at one moment."""

    cookie: str
    attempt: Attempt | None
    has_attempt: bool
    signed_in: str
    notice: str

    @classmethod
    def of(cls, tab: Tab) -> "Seen":
        held = session_of(tab.cookie)
        attempt = Attempt.from_session(held.get("attempt"), pool_id=POOL_ID, client_id=CLIENT_ID)
        signed_in = (held.get("cognito_user") or {}).get("username", "")
        notice = (held.get("notice") or {}).get("username", "")
        return cls(tab.cookie, attempt, "attempt" in held, signed_in, notice)

    @property
    def names(self) -> set[str]:
        return {self.attempt.username if self.attempt else "", self.signed_in, self.notice} - {""}
