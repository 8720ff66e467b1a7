"""``manage.py demo`` whole: portal, embedded Cognito and outbox come up, and go down again."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Running:
    """A running demo: its process, what it printed, and where its portal is."""

    process: subprocess.Popen[str]
    printed: str
    port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def start(port: int, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "manage.py"), "demo", "--no-open", "--port", str(port), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def printed_by(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Press Ctrl-C"):
            return "".join(lines)
    assert process.stderr is not None
    pytest.fail(f"the demo ended: {process.stderr.read()}")


@pytest.fixture(scope="module")
def demo() -> Iterator[Running]:
    port = free_port()
    with start(port) as process:
        yield Running(process, printed_by(process), port)
        process.send_signal(signal.SIGTERM)


def test_portal_answers_when_the_table_is_printed(demo: Running) -> None:
    assert requests.get(demo.url + "/sign-in/", timeout=20).status_code == 200


def test_outbox_is_where_the_table_says(demo: Running) -> None:
    found = re.search(r"^Outbox +(\S+)$", demo.printed, re.MULTILINE)
    assert found
    assert requests.get(found[1] + "messages.json", timeout=20).json()


def test_database_is_migrated_and_has_the_staff(demo: Running) -> None:
    with sqlite3.connect(ROOT / ".demo" / str(demo.port) / "db.sqlite3") as database:
        rows = database.execute(
            "SELECT u.username, u.is_staff, u.is_superuser, g.name FROM auth_user u"
            " JOIN auth_user_groups m ON m.user_id = u.id JOIN auth_group g ON g.id = m.group_id ORDER BY u.id"
        ).fetchall()
    assert rows == [
        ("helpdesk", 1, 0, "ops"),
        ("auditor", 1, 0, "auditors"),
        ("admin", 1, 0, "admins"),
    ]


def send_code(
    demo: Running, browser: requests.Session, page: requests.Response, username: str
) -> requests.Response:
    """The page after the second step. A code that was used before is not taken: then the next one is."""
    where = re.search(r"^Codes +(\S+)$", demo.printed, re.MULTILINE)
    assert where
    codes = {each["staff"]: each for each in requests.get(f"{where[1]}codes.json", timeout=20).json()}
    for which in ("now", "next"):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "code": codes[username][which]}
        page = browser.post(page.url, data=form, headers={"Referer": page.url}, timeout=20)
        if page.ok:
            break
    return page


def page_of_staff(demo: Running, username: str, url: str) -> requests.Response:
    """A page after signing in with the printed password, and the code that the printed page shows."""
    found = re.search(rf"^{username} +(\S+) ", demo.printed, re.MULTILINE)
    assert found
    with requests.Session() as browser:
        page = browser.get(demo.url + "/staff/sign-in/", timeout=20)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        form = {"csrfmiddlewaretoken": token[1], "username": username, "password": found[1]}
        answer = browser.post(page.url, data=form, headers={"Referer": page.url}, timeout=20)
        assert "sessionid" in browser.cookies
        if answer.url.endswith("/staff/second-step/"):
            answer = send_code(demo, browser, answer, username)
        assert "/staff/" not in answer.url
        return browser.get(demo.url + url, timeout=20)


def test_auditor_signs_in_with_the_printed_password(demo: Running) -> None:
    assert page_of_staff(demo, "auditor", "/audit/").ok


def test_help_desk_signs_in_with_the_printed_password_and_begins_at_the_desk(demo: Running) -> None:
    assert page_of_staff(demo, "helpdesk", "/ops/").ok


@pytest.mark.parametrize(("username", "adds"), [("admin", True), ("auditor", False)])
def test_admin_and_nobody_else_is_offered_to_add_a_webhook(demo: Running, username: str, adds: bool) -> None:
    page = page_of_staff(demo, username, "/audit/pushes/")
    assert ('name="target"' in page.text) is adds


def test_worker_runs_beside_the_portal(demo: Running) -> None:
    with sqlite3.connect(ROOT / ".demo" / str(demo.port) / "db.sqlite3") as database:
        deadline = time.monotonic() + 20
        while not database.execute("SELECT 1 FROM worker_lease WHERE holder <> ''").fetchall():
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.parametrize("name", ["The log", "Is it whole"])
def test_the_printed_commands_read_and_verify_the_log(demo: Running, name: str) -> None:
    found = re.search(rf"^{name}: (.+)$", demo.printed, re.MULTILINE)
    assert found
    # A shell of one's own, without what the tests have set.
    env = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        found[1], shell=True, cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def worker_of(port: int) -> list[str]:
    """The ids of the processes that are a worker of the demo on this port."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (directory / "cmdline").read_bytes(), (directory / "environ").read_bytes()
        except OSError:
            continue
        if command.endswith(b"manage.py\0worker\0") and f"/.demo/{port}/".encode() in environment:
            found.append(directory.name)
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_stopping_ends_the_worker_too() -> None:
    port = free_port()
    with start(port) as process:
        printed_by(process)
        assert len(worker_of(port)) == 1
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert worker_of(port) == []


def test_stopping_ends_everything() -> None:
    port = free_port()
    with start(port, "--with-secret") as process:
        printed = printed_by(process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    outbox = re.search(r"^Outbox +(\S+)$", printed, re.MULTILINE)
    assert outbox
    assert process.returncode == 0, errors
    assert not (ROOT / ".demo" / str(port)).exists()
    for url in (f"http://127.0.0.1:{port}/", outbox[1]):
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=2)


def test_taken_port_is_refused_before_anything_is_wiped() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, start(taken.getsockname()[1]) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "cannot listen on localhost" in errors
    assert "Traceback" not in errors
