import gzip
import json
import socket
import threading
import time

import pytest
import trustme

from cognito_portal.cognito.errors import (
    CognitoRefused,
    CognitoUnavailable,
    NotAuthorizedError,
    TooManyRequestsError,
)
from cognito_portal.cognito.transport import Transport
from tests.cognito.conftest import SHORT, Serve, tls_context
from tests.cognito.servers import Connection, Script, answering, response

OK = response({"ok": True})
# How late a busy machine may wake; the servers would go on for 20 s and more.
MARGIN_S = 1.5
REFUSAL = {"__type": "NotAuthorizedException", "message": "Incorrect username or password."}


def unavailable(transport: Transport, operation: str = "RespondToAuthChallenge") -> CognitoUnavailable:
    with pytest.raises(CognitoUnavailable) as raised:
        transport.call(operation, {"ClientId": "c"})
    return raised.value


def test_request_is_in_the_json_protocol_of_aws(serve: Serve) -> None:
    server = serve(answering(OK))
    Transport(server.url).call("InitiateAuth", {"ClientId": "c"})
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"post / http/1.1"
    assert b"x-amz-target: awscognitoidentityproviderservice.initiateauth" in lines
    assert b"content-type: application/x-amz-json-1.1" in lines
    assert b"accept-encoding: identity" in lines
    assert json.loads(body) == {"ClientId": "c"}


def test_reply_carries_payload_request_id_and_duration(serve: Serve) -> None:
    reply = Transport(serve(answering(OK)).url).call("InitiateAuth", {})
    assert (reply.payload, reply.request_id, reply.status) == ({"ok": True}, "req-1", 200)
    assert 0 < reply.duration_ms < 5000


def test_reply_does_not_show_its_payload(serve: Serve) -> None:
    reply = Transport(serve(answering(response({"AccessToken": "canary"}))).url).call("InitiateAuth", {})
    assert "canary" not in repr(reply)


def test_empty_body_of_a_void_operation_is_an_empty_object(serve: Serve) -> None:
    assert Transport(serve(answering(response(b""))).url).call("RevokeToken", {}).payload == {}


@pytest.mark.parametrize(
    "headers, body",
    [
        ({}, REFUSAL),
        ({}, {**REFUSAL, "__type": "com.amazonaws.cognito#NotAuthorizedException"}),
        ({}, {**REFUSAL, "__type": "NotAuthorizedException:http://internal.amazon.com/"}),
        ({}, {"__type": "NotAuthorizedException", "Message": "Incorrect username or password."}),
        ({"X-Amzn-ErrorType": "NotAuthorizedException:", "x-amzn-errormessage": REFUSAL["message"]}, {}),
    ],
)
def test_every_form_of_an_error_reads_the_same(
    serve: Serve, headers: dict[str, str], body: dict[str, str]
) -> None:
    server = serve(answering(response(body, status=400, headers=headers)))
    with pytest.raises(NotAuthorizedError) as raised:
        Transport(server.url).call("InitiateAuth", {})
    error = raised.value
    assert (error.code, error.message, error.request_id) == (
        "NotAuthorizedException",
        "Incorrect username or password.",
        "req-1",
    )


def test_error_without_a_readable_code_falls_back_to_the_status(serve: Serve) -> None:
    server = serve(answering(response(b"<html>forbidden</html>", status=403)))
    with pytest.raises(CognitoRefused) as raised:
        Transport(server.url).call("InitiateAuth", {})
    assert raised.value.code == "403"
    assert raised.value.meaning.restart


def test_known_code_decides_even_under_status_503(serve: Serve) -> None:
    server = serve(answering(response({"__type": "TooManyRequestsException"}, status=503)))
    with pytest.raises(TooManyRequestsError):
        Transport(server.url).call("InitiateAuth", {})


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_5xx_is_a_server_error_and_is_not_repeated(serve: Serve, status: int) -> None:
    server = serve(answering(response(b"oops", status=status)))
    assert unavailable(Transport(server.url), "InitiateAuth").kind == "server_error"
    assert len(server.requests) == 1


def test_internal_error_is_a_server_error_under_status_400(serve: Serve) -> None:
    server = serve(answering(response({"__type": "InternalErrorException"}, status=400)))
    assert unavailable(Transport(server.url)).kind == "server_error"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_never_followed(serve: Serve, status: int) -> None:
    elsewhere = serve(answering(OK))
    server = serve(answering(response(b"", status=status, headers={"Location": elsewhere.url})))
    assert unavailable(Transport(server.url)).kind == "garbage"
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    "body",
    [
        b"<html>200 but no JSON</html>",
        b"[]",
        b"null",
        b'"text"',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\u0000"}',
        b'{"a": ' + b"[" * 20 + b"]" * 20 + b"}",
        b'{"a": ' + b"[" * 60_000 + b"]" * 60_000 + b"}",
        b'{"a": 1',
        b"{} {}",
    ],
)
def test_strange_json_is_garbage(serve: Serve, body: bytes) -> None:
    server = serve(answering(response(body)))
    assert unavailable(Transport(server.url)).kind == "garbage"


def test_nesting_of_twenty_is_read(serve: Serve) -> None:
    body = b'{"a": ' + b"[" * 19 + b"]" * 19 + b"}"
    assert "a" in Transport(serve(answering(response(body))).url).call("InitiateAuth", {}).payload


def test_body_of_exactly_the_cap_is_read(serve: Serve) -> None:
    body = b'{"a": "' + b"x" * 91 + b'"}'
    server = serve(answering(response(body)))
    assert Transport(server.url, body_cap_bytes=100).call("InitiateAuth", {}).payload["a"] == "x" * 91


def test_body_over_the_cap_is_garbage(serve: Serve) -> None:
    server = serve(answering(response(b'{"a": "' + b"x" * 92 + b'"}')))
    assert unavailable(Transport(server.url, body_cap_bytes=100)).kind == "garbage"


def test_endless_chunked_body_is_cut_at_the_cap(serve: Serve) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not connection.server.stopping.is_set():
            connection.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    assert unavailable(Transport(serve(script).url)).kind == "garbage"


def test_announced_compression_is_refused_whatever_the_body(serve: Serve) -> None:
    server = serve(answering(response(b"{}", headers={"Content-Encoding": "gzip"})))
    assert unavailable(Transport(server.url)).kind == "garbage"


def test_gzip_bomb_is_refused_unread(serve: Serve) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    server = serve(answering(response(bomb, headers={"Content-Encoding": "gzip"})))
    assert unavailable(Transport(server.url)).kind == "garbage"


def test_chunked_reply_is_read_and_its_connection_kept(serve: Serve) -> None:
    chunked = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{"a":1}\r\n0\r\n\r\n'
    server = serve(answering(chunked))
    transport = Transport(server.url)
    assert [transport.call("InitiateAuth", {}).payload["a"] for _ in range(2)] == [1, 1]
    assert server.connections == 1


def hang(connection: Connection) -> None:
    connection.read_request()
    connection.server.stopping.wait(20)


def drip_headers(connection: Connection) -> None:
    connection.read_request()
    connection.drip(OK, every_s=0.05)


def drip_body(connection: Connection) -> None:
    connection.read_request()
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    connection.drip(b" " * 1000, every_s=0.05)


@pytest.mark.parametrize("script", [hang, drip_headers, drip_body])
def test_slow_answer_ends_at_the_deadline_as_unknown(serve: Serve, script: Script) -> None:
    server = serve(script)
    started = time.monotonic()
    error = unavailable(Transport(server.url, timeouts=SHORT), "InitiateAuth")
    assert (error.kind, error.sent, len(server.requests)) == ("unknown", True, 1)
    assert time.monotonic() - started < SHORT.total_s + MARGIN_S


def test_hanging_handshake_ends_by_the_connect_timeout_as_not_sent(serve: Serve, ca_file: str) -> None:
    server = serve(lambda connection: connection.server.stopping.wait(20) and None)
    transport = Transport(
        server.url.replace("http://127.0.0.1", "https://localhost"), ca_file=ca_file, timeouts=SHORT
    )
    started = time.monotonic()
    assert unavailable(transport).kind == "not_sent"
    assert time.monotonic() - started < SHORT.connect_s + MARGIN_S


def test_answer_after_a_pause_is_taken(serve: Serve) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.server.stopping.wait(0.2)
        connection.send(OK)

    assert Transport(serve(script).url).call("InitiateAuth", {}).status == 200


@pytest.mark.parametrize("operation", ["InitiateAuth", "RespondToAuthChallenge"])
def test_reset_after_sending_is_unknown_and_not_repeated(serve: Serve, operation: str) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.reset()

    server = serve(script)
    assert unavailable(Transport(server.url), operation).kind == "unknown"
    assert len(server.requests) == 1


def test_body_cut_short_is_unknown(serve: Serve) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}")

    assert unavailable(Transport(serve(script).url)).kind == "unknown"


def test_answer_that_is_no_http_is_garbage(serve: Serve) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")

    assert unavailable(Transport(serve(script).url)).kind == "garbage"


def refused_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_refused_connection_is_not_sent() -> None:
    error = unavailable(Transport(refused_address()))
    assert (error.kind, error.sent) == ("not_sent", False)


def test_unknown_host_is_not_sent() -> None:
    assert unavailable(Transport("https://cognito.invalid")).kind == "not_sent"


@pytest.mark.parametrize("operation, connections", [("InitiateAuth", 2), ("RespondToAuthChallenge", 1)])
def test_only_initiate_auth_tries_again_where_nothing_was_sent(
    serve: Serve, ca_file: str, operation: str, connections: int
) -> None:
    # A reset in the handshake: connected, but no byte of the request went out.
    server = serve(Connection.reset)
    transport = Transport(server.url.replace("http://127.0.0.1", "https://localhost"), ca_file=ca_file)
    assert unavailable(transport, operation).kind == "not_sent"
    assert server.connections == connections


def test_connection_closed_while_pooled_is_replaced_before_anything_is_sent(serve: Serve) -> None:
    def script(connection: Connection) -> None:
        connection.read_request()
        connection.send(OK)

    server = serve(script)
    transport = Transport(server.url)
    for _ in range(3):
        assert transport.call("RespondToAuthChallenge", {}).status == 200
        time.sleep(0.05)
    assert len(server.requests) == 3


def test_reading_settings_is_repeated_after_throttling(serve: Serve) -> None:
    throttled = response({"__type": "TooManyRequestsException"}, status=400)
    server = serve(answering(throttled, OK))
    assert Transport(server.url).call("DescribeUserPool", {}).status == 200
    assert len(server.requests) == 2


def test_throttled_sign_in_is_not_repeated(serve: Serve) -> None:
    server = serve(answering(response({"__type": "TooManyRequestsException"}, status=400)))
    with pytest.raises(TooManyRequestsError):
        Transport(server.url).call("InitiateAuth", {})
    assert len(server.requests) == 1


def test_retries_of_a_read_end_within_the_total_deadline(serve: Serve) -> None:
    server = serve(hang)
    started = time.monotonic()
    unavailable(Transport(server.url, timeouts=SHORT), "DescribeUserPool")
    assert time.monotonic() - started < SHORT.total_s + MARGIN_S


def test_threads_share_connections_and_keep_them(serve: Serve, authority: trustme.CA, ca_file: str) -> None:
    server = serve(answering(OK), tls=tls_context(authority))
    transport = Transport(server.url, ca_file=ca_file)
    barrier = threading.Barrier(8)

    def work() -> None:
        for _ in range(3):
            barrier.wait(5)
            transport.call("InitiateAuth", {})

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.requests) == 24
    assert server.connections <= 8


def test_key_set_is_fetched_by_get_over_a_kept_connection(serve: Serve) -> None:
    server = serve(answering(OK, response({"keys": []}), OK))
    transport = Transport(server.url)
    transport.call("InitiateAuth", {"a": "b"})
    assert transport.get_json(f"{server.url}/pool/.well-known/jwks.json") == {"keys": []}
    transport.call("InitiateAuth", {"a": "b"})
    assert server.requests[1].startswith(b"GET /pool/.well-known/jwks.json HTTP/1.1")
    assert server.requests[2].endswith(b'{"a": "b"}')
    assert server.connections == 1


@pytest.mark.parametrize("status", [204, 302, 404, 500])
def test_key_set_with_another_status_is_unavailable(serve: Serve, status: int) -> None:
    server = serve(answering(response({"keys": []}, status=status)))
    with pytest.raises(CognitoUnavailable):
        Transport(server.url).get_json(server.url + "/jwks.json")


def test_head_and_body_leave_in_one_write(serve: Serve) -> None:
    pieces: list[bytes] = []

    def script(connection: Connection) -> None:
        pieces.append(connection.sock.recv(65536))
        connection.send(OK)

    Transport(serve(script).url).call("InitiateAuth", {"a": "b"})
    assert pieces[0].endswith(b'\r\n\r\n{"a": "b"}')


def test_logs_hold_no_body(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(answering(response({"__type": "NotAuthorizedException", "message": "canary"}, status=400)))
    with caplog.at_level("DEBUG"), pytest.raises(NotAuthorizedError):
        Transport(server.url).call("InitiateAuth", {"PASSWORD": "canary"})
    assert "NotAuthorizedException request_id=req-1" in caplog.text
    assert "canary" not in caplog.text


def test_cookies_are_not_kept(serve: Serve) -> None:
    server = serve(answering(response({}, headers={"Set-Cookie": "who=alice; Path=/"})))
    transport = Transport(server.url)
    transport.call("InitiateAuth", {})
    transport.call("InitiateAuth", {})
    assert b"cookie" not in server.requests[1].lower()


def test_request_id_with_strange_characters_is_dropped(serve: Serve) -> None:
    server = serve(answering(response({}, headers={"x-amzn-RequestId": "<script>"})))
    assert Transport(server.url).call("InitiateAuth", {}).request_id is None
