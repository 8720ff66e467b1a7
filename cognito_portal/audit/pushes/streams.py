"""JSON lines to standard output or to a syslog server, as the setting AUDIT_STREAM says.

`stdout`; `syslog://host:514` (UDP), `syslog+tcp://host:601`, `syslog+tls://host:6514`, or `syslog:///dev/log`.
Messages are RFC 5424's with facility 13 (log audit); over TCP and TLS they are framed by their length
(RFC 6587 section 3.4.1, RFC 5425).
"""

import json
import os
import socket
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from urllib.parse import SplitResult, urlsplit

from cognito_portal.audit.pushes.ecs import Document
from cognito_portal.audit.pushes.failing import NotTaken

FACILITY = 13
SEVERITIES = {"info": 6, "warn": 4}
PORTS = {"syslog": 514, "syslog+tcp": 601, "syslog+tls": 6514}
TIMEOUT_S = 5.0


def is_stream(target: str) -> bool:
    """Whether AUDIT_STREAM has one of the forms that are understood."""
    if target == "stdout":
        return True
    try:
        parts = urlsplit(target)
        return parts.scheme in PORTS and bool(parts.hostname or (parts.scheme == "syslog" and parts.path))
    except ValueError:
        return False


def deliver(target: str, documents: Sequence[Document]) -> None:
    """Write a batch, a line or message for each. Raises NotTaken; what was written before is written again."""
    lines = [json.dumps(document, separators=(",", ":")) for document in documents]
    try:
        if target == "stdout":
            sys.stdout.write("".join(f"{line}\n" for line in lines))
            sys.stdout.flush()
        else:
            _to_syslog(urlsplit(target), list(_messages(documents, lines)))
    except (OSError, ValueError):
        raise NotTaken("It cannot be reached.") from None


def _messages(documents: Sequence[Document], lines: Sequence[str]) -> Iterator[bytes]:
    host, process = socket.gethostname(), os.getpid()
    for document, line in zip(documents, lines, strict=True):
        priority = FACILITY * 8 + SEVERITIES[document["log"]["level"]]
        head = f"<{priority}>1 {document['@timestamp']} {host} cognito-portal {process} audit - "
        yield head.encode() + line.encode()


def _to_syslog(target: SplitResult, messages: Sequence[bytes]) -> None:
    if not target.hostname:
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as unix:
            unix.connect(target.path)
            for message in messages:
                unix.send(message)
        return
    address = (target.hostname, target.port or PORTS[target.scheme])
    if target.scheme == "syslog":
        family = socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0][0]
        with closing(socket.socket(family, socket.SOCK_DGRAM)) as udp:
            for message in messages:
                udp.sendto(message, address)
        return
    with socket.create_connection(address, timeout=TIMEOUT_S) as plain, _wrapped(plain, target) as tcp:
        tcp.sendall(b"".join(b"%d %s" % (len(message), message) for message in messages))


def _wrapped(plain: socket.socket, target: SplitResult) -> socket.socket:
    if target.scheme != "syslog+tls":
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=target.hostname)
