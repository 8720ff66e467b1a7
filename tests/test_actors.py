import random

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from cognito_portal.actors import client_address, visitor

PEER = "192.0.2.1"


def address(forwarded: str | None) -> str:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=PEER))


@pytest.mark.parametrize("forwarded", [None, "203.0.113.9", "203.0.113.9, 198.51.100.1", "garbage"])
def test_without_a_proxy_the_peer_counts(settings: Settings, forwarded: str | None) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    assert address(forwarded) == PEER


@pytest.mark.parametrize(
    ("count", "expected"), [(1, "198.51.100.3"), (2, "198.51.100.2"), (3, "198.51.100.1"), (4, PEER)]
)
def test_the_entry_of_the_outermost_trusted_proxy_counts(
    settings: Settings, count: int, expected: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = count
    assert address("198.51.100.1, 198.51.100.2, 198.51.100.3") == expected


@pytest.mark.parametrize(
    "forwarded", ["", ",", "unknown", "1.2.3", "999.1.1.1", "_hidden", "é", "1" * 2_000, "<script>", "::g"]
)
def test_what_is_no_address_leaves_the_peer(settings: Settings, forwarded: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert address(forwarded) == PEER


@pytest.mark.parametrize("private", ["10.0.0.8", "127.0.0.1", "2001:db8::8", "fd00::8"])
def test_a_private_address_is_an_address(settings: Settings, private: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert address(f"198.51.100.1, {private}") == private


def test_a_thousand_forged_headers_choose_nothing(settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    source = random.Random(7)
    for _ in range(1_000):
        forged = ", ".join(f"{source.randrange(256)}.1.1.{source.randrange(256)}" for _ in range(3))
        assert address(f"{forged}, 198.51.100.7") == "198.51.100.7"


def test_a_visitor_is_nobody_of_the_staff() -> None:
    by = visitor(RequestFactory().get("/", headers={"user-agent": "Firefox"}, REMOTE_ADDR=PEER))
    assert (by.actor, by.address, by.user_agent) == ("visitor", PEER, "Firefox")
