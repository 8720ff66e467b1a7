"""Several calls of one act end together (decision D7)."""

import threading
import time

import pytest

from cognito_portal.cognito.deadline import ends_at, left_s, one_act
from cognito_portal.cognito.errors import CognitoUnavailable
from cognito_portal.cognito.settings_cache import SettingsCache
from cognito_portal.cognito.transport import Transport
from tests.cognito.conftest import Serve
from tests.cognito.servers import Connection, answering, response

MARGIN_S = 0.5
NEVER = float("inf")


def test_calls_of_one_act_share_its_time(serve: Serve) -> None:
    def script(connection: Connection) -> None:
        while connection.read_request():
            connection.server.stopping.wait(0.4)
            connection.send(response())

    server = serve(script)
    transport, started = Transport(server.url), time.monotonic()
    with one_act(0.6):
        transport.call("RespondToAuthChallenge", {})
        with pytest.raises(CognitoUnavailable) as caught:
            transport.call("RespondToAuthChallenge", {})
    assert caught.value.kind == "unknown"
    assert time.monotonic() - started < 0.6 + MARGIN_S


@pytest.mark.parametrize("operation", ["InitiateAuth", "RespondToAuthChallenge", "DescribeUserPool"])
def test_nothing_is_sent_when_no_time_is_left(serve: Serve, operation: str) -> None:
    server = serve(answering(response()))
    transport = Transport(server.url)
    # The connection is open, so that nothing but the time stands in the way.
    transport.call("DescribeUserPool", {})
    with one_act(0), pytest.raises(CognitoUnavailable) as caught:
        transport.call(operation, {})
    assert (caught.value.kind, len(server.requests)) == ("not_sent", 1)


def test_an_act_within_an_act_has_no_more_time() -> None:
    with one_act(5):
        outer = ends_at()
        with one_act(60):
            assert ends_at() == outer
        with one_act(1):
            assert ends_at() < outer
        assert ends_at() == outer
    assert (ends_at(), left_s(3)) == (NEVER, 3)


def test_a_thread_beside_an_act_has_its_own_time() -> None:
    seen: list[float] = []
    with one_act(0):
        thread = threading.Thread(target=lambda: seen.append(ends_at()))
        thread.start()
        thread.join()
    assert seen == [NEVER]


def test_a_value_that_there_is_no_time_to_read_is_read_by_the_next_who_needs_it() -> None:
    cache = SettingsCache(lambda: "read")
    with one_act(0), pytest.raises(CognitoUnavailable):
        cache.get()
    assert cache.get() == "read"


def test_somebody_elses_read_is_waited_for_no_longer_than_the_act_lasts() -> None:
    reading, go_on = threading.Event(), threading.Event()

    def load() -> str:
        reading.set()
        go_on.wait(10)
        return "read"

    cache = SettingsCache(load)
    thread = threading.Thread(target=cache.get)
    thread.start()
    assert reading.wait(10)
    started = time.monotonic()
    with one_act(0.2):
        with pytest.raises(CognitoUnavailable):
            cache.get()
        assert cache.get_soon(wait_s=5) is None
    assert time.monotonic() - started < 0.2 + MARGIN_S
    go_on.set()
    thread.join()
