"""The real site over real HTTP: gunicorn in processes of its own."""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from cognito_portal.demo.server import EmbeddedCognito

ROOT = Path(__file__).resolve().parent.parent
START_S = 20


@dataclass
class LiveSite:
    """A running site; `log` is the file that holds everything it printed."""

    url: str
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    log: Path

    def manage(self, *arguments: str, check: bool = True) -> str:
        """Run a management command beside the site and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=check,
        )
        return done.stdout


@dataclass
class Visitor:
    """A browser without JavaScript over real HTTP. `address` needs a site that trusts one proxy."""

    site: LiveSite
    address: str = ""
    http: requests.Session = field(default_factory=requests.Session)
    page: requests.Response | None = None

    def headers(self) -> dict[str, str]:
        return {"X-Forwarded-For": self.address} if self.address else {}

    def get(self, path: str) -> requests.Response:
        self.page = self.http.get(self.site.url + path, headers=self.headers(), timeout=30)
        return self.page

    def hidden(self, name: str) -> str:
        """The value of a hidden input on the page that was shown last."""
        assert self.page is not None
        found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', self.page.text)
        return found[1] if found else ""

    def post(self, path: str, **fields: str) -> requests.Response:
        """Send a form of the page that was shown last, hidden inputs included; redirects are followed."""
        hidden = {name: self.hidden(name) for name in ("csrfmiddlewaretoken", "attempt", "turn")}
        data = {name: value for name, value in hidden.items() if value} | fields
        self.page = self.http.post(self.site.url + path, data=data, headers=self.headers(), timeout=30)
        return self.page

    def sign_in(self, username: str, password: str) -> requests.Response:
        self.get("/sign-in/")
        return self.post("/sign-in/", username=username, password=password)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment_for(cognito: EmbeddedCognito, *, database_url: str, **more: str) -> dict[str, str]:
    """The environment of a site on this pool and database, in debug mode so that plain HTTP will do."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return inherited | {
        "DEBUG": "1",
        "SECRET_KEY": secrets.token_urlsafe(40),
        "DATABASE_URL": database_url,
        "AWS_REGION": cognito.region,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": cognito.endpoint,
        "COGNITO_USER_POOL_ID": cognito.user_pool_id,
        "COGNITO_CLIENT_ID": cognito.client_id,
        "COGNITO_ISSUER": cognito.issuer,
        "AWS_ACCESS_KEY_ID": cognito.access_key_id,
        "AWS_SECRET_ACCESS_KEY": cognito.secret_access_key,
        "HELP_CONTACT": "help@example.com",
        "PYTHONUNBUFFERED": "1",
        # As in tests/settings.py: a test that is about the second step says so.
        "STAFF_MFA_REQUIRED": "none",
        **more,
    }


@contextmanager
def live_site(
    environment: dict[str, str], *, log: Path, workers: int = 1, threads: int = 8
) -> Iterator[LiveSite]:
    """Serve the site with gunicorn on a free port until the block ends. The database is migrated already."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "cognito_portal.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(workers), "--threads", str(threads), "--worker-class", "gthread"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    site = LiveSite(f"http://localhost:{port}", process, environment, log)
    try:
        _wait_until_it_answers(site)
        yield site
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_it_answers(site: LiveSite) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert site.process.poll() is None, site.log.read_text()
        try:
            if requests.get(site.url + "/healthz", timeout=2).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
    raise TimeoutError(site.log.read_text())
