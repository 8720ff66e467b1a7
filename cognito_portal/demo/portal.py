"""The portal and its worker as child processes, pointed at the embedded Cognito by nothing but their environment."""

import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from cognito_portal.demo.server import EmbeddedCognito

START_TIMEOUT_S = 30.0
GRACEFUL_S = 3
STOP_TIMEOUT_S = 6.0
THREADS = 8
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
# What the machine's own environment says of these must not reach the demo.
_DROPPED = (
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "COGNITO_CA_FILE",
    "COGNITO_CLIENT_SECRET_FILE",
    "COGNITO_FIPS",
    "COGNITO_SESSION_MINUTES",
    "DATABASE_URL_FILE",
    "SECRET_KEY_FILE",
)


# Where a server that listens everywhere can be asked from here.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not bound


class PortalError(Exception):
    """The portal, or a step before it, ended or did not answer in time."""


def environment(
    cognito: EmbeddedCognito, *, data: Path, host: str, port: int, with_secret: bool
) -> dict[str, str]:
    """Return the whole environment of the portal's processes. DEBUG is on only for a loopback host."""
    inherited = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    return inherited | {
        # This command waits for the database as commands do; the site behind it must not.
        "DATABASE_WAIT_SECONDS": "1.5",
        "DJANGO_SETTINGS_MODULE": "cognito_portal.settings",
        "DEBUG": "1" if host in LOOPBACK_HOSTS else "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "AUDIT_KEYS": f"demo:{secrets.token_urlsafe(32)}",
        "DATABASE_URL": f"sqlite:///{data / 'db.sqlite3'}",
        "HOST": host,
        "PORT": str(port),
        "ALLOWED_HOSTS": ",".join(sorted({host, "localhost", "127.0.0.1"}))
        if host in LOOPBACK_HOSTS
        else "*",
        # Off loopback the site is served for TLS only, which a proxy has to bring.
        "TRUSTED_PROXY_COUNT": "0" if host in LOOPBACK_HOSTS else "1",
        "AWS_REGION": cognito.region,
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": cognito.endpoint,
        "AWS_ACCESS_KEY_ID": cognito.access_key_id,
        "AWS_SECRET_ACCESS_KEY": cognito.secret_access_key,
        "COGNITO_USER_POOL_ID": cognito.user_pool_id,
        "COGNITO_CLIENT_ID": cognito.secret_client_id if with_secret else cognito.client_id,
        "COGNITO_CLIENT_SECRET": cognito.client_secret if with_secret else "",
        "COGNITO_AUTH_FLOW": os.environ.get("COGNITO_AUTH_FLOW") or "auto",
        "REMEMBER_DEVICES": os.environ.get("REMEMBER_DEVICES") or "1",
        "COGNITO_ISSUER": cognito.issuer,
        "POOL_INDEX_MINUTES": os.environ.get("POOL_INDEX_MINUTES") or "1",
        # The outbox takes as many as there are.
        "ONBOARDING_MAILS_PER_DAY": os.environ.get("ONBOARDING_MAILS_PER_DAY") or "0",
        "HELP_CONTACT": os.environ.get("HELP_CONTACT") or "help@example.com",
        "COGNITO_JWKS_URL": cognito.jwks_url,
        # The endpoint is on this machine, whatever proxy leads out of it.
        "HTTPS_PROXY": "",
    }


def check_port(host: str, port: int) -> None:
    """Raise PortalError if the portal could not listen there."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        socket.create_server(address[:2], family=family).close()
    except OSError as error:
        raise PortalError(f"cannot listen on {host}:{port}: {error.strerror}") from error


@contextmanager
def fresh_data(directory: Path) -> Iterator[Path]:
    """Yield an empty directory for the database that nobody else may read; remove it afterwards."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700, parents=True)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class Portal:
    """Migrates, makes the staff, serves beside one background worker, and ends both processes again.

    ``manage`` is the path of manage.py. All raise PortalError.
    """

    def __init__(self, manage: Path, *, host: str, port: int, env: dict[str, str]) -> None:
        self._manage = manage
        self._host = host
        # A browser that tries ::1 for localhost first goes on to this one.
        self._address = "127.0.0.1" if host == "localhost" else host
        self._port = port
        self._env = env
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self._port}"

    def prepare(self, *, staff_passwords: Sequence[str]) -> None:
        """Migrate the database and create the staff; collect static files where DEBUG is off."""
        self._run(["demo", "--prepare"], given="\n".join(staff_passwords))
        if self._env["DEBUG"] == "0":
            self._run(["collectstatic", "--noinput", "--verbosity", "0"])

    def start(self, stopping: threading.Event) -> None:
        """Serve, and return when the portal answers or when told to stop; the worker starts beside it."""
        bound = f"[{self._address}]" if ":" in self._address else self._address
        command = [sys.executable, "-m", "gunicorn", "cognito_portal.wsgi", "--bind", f"{bound}:{self._port}"]
        command += ["--worker-class", "gthread", "--threads", str(THREADS), "--log-level", "warning"]
        command += ["--graceful-timeout", str(GRACEFUL_S)]
        self._spawn(command, self._env)
        # It may wait for the database as commands do, and its seals are of no use after the demo.
        patient = {"DATABASE_WAIT_SECONDS": "20", "AUDIT_ANCHOR_STDOUT": "0", "LOG_LEVEL": "WARNING"}
        self._spawn([sys.executable, str(self._manage), "worker"], self._env | patient)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers() and not stopping.is_set():
            if self._has_ended():
                raise PortalError("the portal ended at once")
            if time.monotonic() > deadline:
                raise PortalError(f"the portal did not answer within {START_TIMEOUT_S:.0f} s")
            time.sleep(0.05)

    def wait(self, stopping: threading.Event) -> None:
        """Return when told to stop; raise if the portal ends by itself."""
        while not stopping.wait(0.2):
            if self._has_ended():
                raise PortalError("the portal or its worker ended by itself")

    def stop(self) -> None:
        running = [process for process in self._processes if process.poll() is None]
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                # The whole session, since a killed gunicorn leaves its workers behind.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _spawn(self, command: list[str], env: dict[str, str]) -> None:
        # A session of its own: Ctrl-C reaches the demo, which then ends the portal.
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            command, cwd=self._manage.parent, env=env, start_new_session=True
        )
        self._processes.append(process)

    def _has_ended(self) -> bool:
        return any(process.poll() is not None for process in self._processes)

    def _run(self, arguments: list[str], *, given: str = "") -> None:
        done = subprocess.run(  # noqa: S603 - the command is ours
            [sys.executable, str(self._manage), *arguments],
            cwd=self._manage.parent,
            env=self._env,
            input=given.encode(),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            raise PortalError(f"manage.py {' '.join(arguments)} ended with status {done.returncode}")

    def _answers(self) -> bool:
        """Tell whether this portal, and not something else on its port, says that it is up."""
        target = _EVERYWHERE.get(self._address, self._address)
        connection = http.client.HTTPConnection(target, self._port, timeout=2)
        try:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            healthy = connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return healthy and not self._has_ended()
