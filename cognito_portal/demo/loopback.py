"""An HTTP/1.1 server for this machine only: binds loopback, and answers only requests addressed to it."""

import ipaddress
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class LoopbackServer(ThreadingHTTPServer):
    """A threaded server with keep-alive; ``close()`` also ends the connections that are still open."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, handler: type["LoopbackHandler"]) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the embedded Cognito listens on loopback only, not on {host}")
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._thread: threading.Thread | None = None
        super().__init__((host, port), handler)

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def start(self) -> None:
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name=self.url, daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up; requests hold passwords and are never logged."""


class LoopbackHandler(BaseHTTPRequestHandler):
    """Answers in one write, and knows whether the request was meant for this machine."""

    protocol_version = "HTTP/1.1"
    server_version = "EmbeddedCognito"
    sys_version = ""
    # One packet an answer, sent at once.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 120

    def is_for_loopback(self) -> bool:
        """Tell whether the Host header names loopback: a rebound DNS name must reach nothing."""
        host = self.headers.get("Host") or ""
        name = host[1 : host.find("]")] if host.startswith("[") else host.rpartition(":")[0] or host
        return name.lower() in LOOPBACK_NAMES

    def reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Keep the terminal quiet."""
