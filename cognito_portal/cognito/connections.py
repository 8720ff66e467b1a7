"""Pooled connections whose every wait ends at one deadline, and which know whether a request has left.

A socket timeout bounds one wait: a server that sends a byte a second never meets it. Here each connect,
handshake and read waits for what is left of the exchange that its thread is in. (The name look-up alone
follows the resolver's own limit.)
"""

import io
import socket
import threading
from http.client import HTTPResponse
from time import monotonic
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Exchange:
    """One request and its answer. Times are monotonic seconds; `sent` turns True before its first byte."""

    __slots__ = ("connect_s", "deadline", "read_s", "sent")

    def __init__(self, *, connect_s: float, read_s: float, deadline: float) -> None:
        self.connect_s = connect_s
        self.read_s = read_s
        self.deadline = deadline
        self.sent = False

    def left(self, at_most_s: float) -> float:
        """Return the seconds the next wait may take; raise TimeoutError when there are none."""
        left_s = self.deadline - monotonic()
        if left_s <= 0:
            raise TimeoutError("total deadline")
        return min(at_most_s, left_s)


class _Current(threading.local):
    exchange: Exchange


# urllib3 hands a connection no more than numbers; the exchange of a thread reaches it through here.
current = _Current()


class _DeadlineReader(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket, exchange: Exchange) -> None:
        self._raw = raw
        self._sock = sock
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._exchange.left(self._exchange.read_s))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineSocket:
    """As much of a socket as `http.client.HTTPResponse` asks for."""

    __slots__ = ("_sock",)

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        raw = self._sock.makefile("rb", buffering=0)
        return io.BufferedReader(_DeadlineReader(raw, self._sock, current.exchange))


class _DeadlineResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(_DeadlineSocket(sock), *args, **kwargs)  # type: ignore[arg-type]


class _DeadlineMixin:
    """The behaviour both kinds of connection share."""

    response_class = _DeadlineResponse
    sock: socket.socket | None
    port: int
    _dns_host: str
    _method: str
    _holding = False
    _held = b""

    def _new_conn(self) -> socket.socket:
        exchange = current.exchange
        failure: OSError = OSError("no address")
        connect_by = exchange.left(exchange.connect_s) + monotonic()
        for family, kind, proto, _, address in socket.getaddrinfo(
            self._dns_host, self.port, type=socket.SOCK_STREAM
        ):
            sock = socket.socket(family, kind, proto)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(max(connect_by - monotonic(), 0.001))
                sock.connect(address)
                sock.settimeout(exchange.left(exchange.connect_s))
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure

    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
        # A plain connection would connect inside the first send: connect first, so that only what may have
        # left counts as sent.
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        current.exchange.sent = True
        self._holding = self._method == "POST"
        super().endheaders(message_body, encode_chunked=encode_chunked)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        # Head and body of a POST go out as one TLS record: a second write costs as much as all of JSON.
        if self._holding:
            self._holding = False
            self._held = data
            return
        held, self._held = self._held, b""
        super().send(held + data)  # type: ignore[misc]


class _PlainConnection(_DeadlineMixin, HTTPConnection):  # type: ignore[misc]
    pass


class _TLSConnection(_DeadlineMixin, HTTPSConnection):  # type: ignore[misc]
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


POOL_CLASSES = {"http": _PlainPool, "https": _TLSPool}
