import json
import re
import socket
import threading
from pathlib import Path

import pytest
from pytest_django import Settings

from cognito_portal.audit.models import Push
from cognito_portal.audit.pushes import sending, streams
from tests.audit.pushes.rows import seal_rows
from tests.audit.rows import noted, somebody
from tests.databases import Database

SYSLOG = re.compile(rb"<(\d+)>1 (\S+Z) \S+ cognito-portal \d+ audit - (\{.*\})", re.DOTALL)


def two_rows_to(settings: Settings, target: str) -> None:
    settings.AUDIT_STREAM = target
    sending.send_all()
    noted(person=somebody("ann"))
    noted(person=somebody("bob"))
    seal_rows()
    sending.send_all()


def names(messages: list[bytes]) -> list[str]:
    found = [SYSLOG.fullmatch(message) for message in messages]
    assert all(found)
    assert {match[1] for match in found if match} == {b"108"}
    return [json.loads(match[3])["user"]["name"] for match in found if match]


def test_every_row_is_a_line_on_standard_output(
    database: Database, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    two_rows_to(settings, "stdout")
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["user"]["name"] for line in lines] == ["ann", "bob"]


def test_every_row_is_a_datagram_to_syslog(sqlite: Database, settings: Settings) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        two_rows_to(settings, f"syslog://127.0.0.1:{server.getsockname()[1]}")
        assert names([server.recv(65536), server.recv(65536)]) == ["ann", "bob"]


def test_every_row_goes_to_the_local_syslog(sqlite: Database, settings: Settings, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "log"))
        server.settimeout(5)
        two_rows_to(settings, f"syslog://{tmp_path / 'log'}")
        assert names([server.recv(65536), server.recv(65536)]) == ["ann", "bob"]


def test_messages_over_tcp_are_framed_by_their_length(sqlite: Database, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        got = bytearray()

        def take() -> None:
            connection, _ = server.accept()
            with connection:
                while part := connection.recv(65536):
                    got.extend(part)

        taking = threading.Thread(target=take)
        taking.start()
        two_rows_to(settings, f"syslog+tcp://127.0.0.1:{server.getsockname()[1]}")
        taking.join(5)
    messages, rest = [], bytes(got)
    while rest:
        length, _, rest = rest.partition(b" ")
        messages.append(rest[: int(length)])
        rest = rest[int(length) :]
    assert names(messages) == ["ann", "bob"]


def test_a_stream_that_fails_is_tried_again(sqlite: Database, settings: Settings, tmp_path: Path) -> None:
    two_rows_to(settings, f"syslog://{tmp_path / 'nobody'}")
    push = Push.objects.get()
    assert (push.kind, push.failures, push.next_leaf) == ("stream", 1, 0)


def test_another_setting_ends_the_stream_before(sqlite: Database, settings: Settings) -> None:
    for target in ("stdout", "syslog://127.0.0.1:9", ""):
        settings.AUDIT_STREAM = target
        sending.follow_setting()
        assert list(Push.objects.values_list("target", flat=True)) == ([target] if target else [])


@pytest.mark.parametrize(
    ("target", "is_known"),
    [
        ("stdout", True),
        ("syslog://siem.example:514", True),
        ("syslog+tls://siem.example", True),
        ("syslog:///dev/log", True),
        ("syslog+tcp:///dev/log", False),
        ("stderr", False),
        ("https://siem.example", False),
        ("syslog://[", False),
    ],
)
def test_only_known_forms_are_streams(target: str, is_known: bool) -> None:
    assert streams.is_stream(target) is is_known
