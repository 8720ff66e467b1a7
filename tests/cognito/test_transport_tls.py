import ssl
from datetime import datetime

import pytest
import requests
import trustme

from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.cognito.transport import Transport
from tests.cognito.conftest import Serve, tls_context
from tests.cognito.servers import Server, answering, response


def kind_of_failure(server: Server, ca_file: str | None) -> str:
    with pytest.raises(CognitoUnavailable) as raised:
        Transport(server.url, ca_file=ca_file).call("InitiateAuth", {"ClientId": "c"})
    return raised.value.kind


def test_known_authority_and_host_are_accepted(serve: Serve, authority: trustme.CA, ca_file: str) -> None:
    server = serve(answering(response()), tls=tls_context(authority))
    assert Transport(server.url, ca_file=ca_file).call("InitiateAuth", {}).status == 200


def test_unknown_authority_is_refused_before_a_byte_is_sent(serve: Serve, ca_file: str) -> None:
    server = serve(answering(response()), tls=tls_context(trustme.CA()))
    assert kind_of_failure(server, ca_file) == "tls"
    assert server.requests == []


def test_own_authority_is_unknown_without_the_setting(serve: Serve, authority: trustme.CA) -> None:
    server = serve(answering(response()), tls=tls_context(authority))
    assert kind_of_failure(server, None) == "tls"
    assert server.requests == []


def test_wrong_host_is_refused(serve: Serve, authority: trustme.CA, ca_file: str) -> None:
    server = serve(answering(response()), tls=tls_context(authority, "elsewhere.example"))
    assert kind_of_failure(server, ca_file) == "tls"
    assert server.requests == []


def test_expired_certificate_is_refused(serve: Serve, authority: trustme.CA, ca_file: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", not_after=datetime(2020, 1, 1)).configure_cert(context)
    assert kind_of_failure(serve(answering(response()), tls=context), ca_file) == "tls"


def test_environment_cannot_change_proxy_or_authorities(
    serve: Serve, authority: trustme.CA, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(answering(response()))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    server = serve(answering(response()), tls=tls_context(authority))
    assert Transport(server.url, ca_file=ca_file).call("InitiateAuth", {}).status == 200
    assert proxy.connections == 0


def test_given_session_is_told_to_ignore_the_environment() -> None:
    session = requests.Session()
    Transport("https://cognito.invalid", session=session)
    assert not session.trust_env


def test_netrc_is_not_read(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(answering(response()))
    Transport(server.url).call("InitiateAuth", {})
    assert b"authorization" not in server.requests[0].lower()


def test_given_proxy_is_used_for_https_by_connect(serve: Serve, ca_file: str) -> None:
    proxy = serve(answering(response(b"", status=403)))
    transport = Transport("https://cognito.invalid", ca_file=ca_file, proxies={"https": proxy.url})
    with pytest.raises(CognitoUnavailable) as raised:
        transport.call("RespondToAuthChallenge", {"secret": "canary"})
    assert raised.value.kind == "not_sent"
    assert proxy.requests[0].startswith(b"CONNECT cognito.invalid:443")
