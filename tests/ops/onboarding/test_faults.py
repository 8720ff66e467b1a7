"""A Cognito that throttles, fails and loses answers in the middle of a list, over real HTTP."""

import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from cognito_portal import clients
from tests.audit.rows import stored
from tests.databases import Database
from tests.ops.onboarding.lists import again, item, names, started, states, table, work

PEOPLE = 80


class FlakyCognito:
    """A pool of names. Of four calls one is throttled, fails, or is carried out and its answer lost."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.users: dict[str, str] = {}
        self.mails: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.is_denied = self.is_faultless = False
        self.at = datetime.now(UTC)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "FlakyCognito":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        """(status, answer), or None where the connection breaks."""
        if operation == "DescribeUserPool":
            return 400, {"__type": "AccessDeniedException"}
        if self.is_denied:
            return 400, {"__type": "AccessDeniedException"}
        fault = "" if self.is_faultless else self.random.choice(["throttled", "failed", "lost", *[""] * 9])
        self.faults[fault] += 1
        if fault == "throttled":
            return 400, {"__type": "TooManyRequestsException", "message": "Rate exceeded"}
        if fault == "failed":
            return 500, {"__type": "InternalErrorException"}
        done = self._create(body) if operation == "AdminCreateUser" else self._get(body)
        return None if fault == "lost" else done

    def _create(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        name = body["Username"]
        if name in self.users:
            return 400, {"__type": "UsernameExistsException"}
        self.users[name] = f"sub-of-{name}"
        self.mails[name] += 1
        return 200, {"User": self._user(name, "Attributes")}

    def _get(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if body["Username"] not in self.users:
            return 400, {"__type": "UserNotFoundException"}
        return 200, self._user(body["Username"], "UserAttributes")

    def _user(self, name: str, attributes: str) -> dict[str, Any]:
        sub = [{"Name": "sub", "Value": self.users[name]}]
        status = {"UserStatus": "FORCE_CHANGE_PASSWORD", "Enabled": True}
        return {"Username": name, attributes: sub, "UserCreateDate": self.at.timestamp(), **status}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pool = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = pool.answer(self.headers["X-Amz-Target"].rpartition(".")[2], body)
                if answer is None:
                    self.close_connection = True
                    return
                content = json.dumps(answer[1]).encode()
                self.send_response(answer[0])
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return None

        return Handler


@pytest.fixture
def flaky(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlakyCognito]:
    with FlakyCognito(seed=4711) as cognito:
        settings.AWS_REGION = "eu-west-1"
        settings.AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER = cognito.url
        settings.COGNITO_USER_POOL_ID = "eu-west-1_Flaky0001"
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        clients.forget()
        yield cognito
        clients.forget()


def test_faults_in_the_middle_lose_nobody_and_double_nobody(database: Database, flaky: FlakyCognito) -> None:
    people = names(PEOPLE)
    job = started(table(people))
    for _ in range(20 * PEOPLE):
        if again(job).state == "finished":
            break
        work(flaky.at)
        # What the portal waits for passes at once, for it and for the pool.
        flaky.at = again(job).wait_until or flaky.at + timedelta(minutes=1)
    assert min(flaky.faults[fault] for fault in ("throttled", "failed", "lost")) >= 3
    assert (again(job).state, states(job)) == ("finished", {"done": PEOPLE})
    assert flaky.mails == dict.fromkeys(people, 1)
    begun = [row["call_id"] for row in stored() if row["phase"] == "begin"]
    ended = [row["call_id"] for row in stored() if row["phase"] == "end"]
    assert sorted(begun) == sorted(ended)


def test_right_that_is_taken_away_in_the_middle_is_named(sqlite: Database, flaky: FlakyCognito) -> None:
    flaky.random = random.Random(1)
    job = started(table(names(3)))
    flaky.is_denied = True
    work()
    assert (again(job).state, again(job).lacking) == ("paused", "cognito-idp:AdminCreateUser")
    assert item(job).problem == "AccessDeniedException"
