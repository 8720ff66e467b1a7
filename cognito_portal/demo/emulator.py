"""ministack in a thread of this process, on a free loopback port, with its state in memory.

ministack keeps its state in module globals, so a process has at most one; several users of it share it, each
with pools of its own. Its settings are read when it is imported, so they are in the environment for just
that long. Its lifespan hook is not run: it would look for Docker containers and start-up scripts.
"""

import asyncio
import atexit
import importlib
import logging
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework

HOST = "127.0.0.1"
STOP_TIMEOUT_S = 5.0
# ministack's own names for its loggers; they tell of every user and every mail.
_CHATTY_LOGGERS = ("ministack", "cognito", "ses", "hypercorn.error")

_lock = threading.Lock()
_users = 0
_running: "_Server | None" = None


def credentials() -> tuple[str, str]:
    """Return ministack's key for its root user: ``test``, with the environment's secret if there is one."""
    return "test", os.environ.get("AWS_SECRET_ACCESS_KEY", "test")


def acquire() -> str:
    """Start ministack unless it runs already; return its URL."""
    global _users, _running
    with _lock:
        if _running is None:
            _running = _Server(_load())
        _users += 1
        return _running.url


def release() -> None:
    """Stop ministack when its last user lets go."""
    global _users, _running
    with _lock:
        _users -= 1
        if _users == 0 and _running is not None:
            _running.stop()
            _running = None


class _Server:
    def __init__(self, app: ASGIFramework) -> None:
        listener = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{listener.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._config = Config()
        # hypercorn closes the descriptor it is given.
        self._config.bind = [f"fd://{listener.detach()}"]
        self._config.loglevel = "WARNING"
        self._config.graceful_timeout = 0.2
        self._thread = threading.Thread(target=self._run, args=(app,), name="ministack", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(STOP_TIMEOUT_S)

    def _run(self, app: ASGIFramework) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(serve(app, self._config, shutdown_trigger=self._stopping.wait))
        self._loop.close()


def _load() -> ASGIFramework:
    """Import ministack with the settings it needs, and wrap its application."""
    # By default it takes a well-known directory, which any user of the machine could fill with keys.
    state = tempfile.mkdtemp(prefix="embedded-cognito-")
    atexit.register(shutil.rmtree, state, ignore_errors=True)
    settings = {"AUTH": "true", "BIND_HOST": HOST, "SERVICES": "cognito-idp,ses", "STATE_DIR": state}
    for name in _CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    with _environment({**settings, "PERSIST_STATE": "0", "LOG_LEVEL": "WARNING"}), _root_logger_kept():
        application = importlib.import_module("ministack.app").app
        importlib.import_module("ministack.services.cognito")
    return _without_lifespan(application)


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _root_logger_kept() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _without_lifespan(application: ASGIFramework) -> ASGIFramework:
    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await application(scope, receive, send)
            return
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    return wrapped
