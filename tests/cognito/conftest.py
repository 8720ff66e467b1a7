import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.transport import Timeouts, Transport
from tests.cognito.servers import Script, Server

SHORT = Timeouts(connect_s=0.4, read_s=0.3, total_s=0.6)
POOL_ID = "eu-west-1_ExAmPlE12"
CLIENT_ID = "1example23456789"

Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers by their script; they stop with the test."""
    servers: list[Server] = []

    def start(script: Script, *, tls: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(script, tls=tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def tls_context(authority: trustme.CA, host: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host, key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return context


def client_for(server: Server, *, client_secret: str | None = None) -> CognitoClient:
    return CognitoClient(
        transport=Transport(server.url), pool_id=POOL_ID, client_id=CLIENT_ID, client_secret=client_secret
    )
