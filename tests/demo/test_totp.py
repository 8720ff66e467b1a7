"""Codes by the vectors of RFC 6238, appendix B (SHA-1), and the window they are taken in."""

import base64

import pytest

from cognito_portal.demo import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_rfc_6238_vector(at: int, code: str) -> None:
    assert totp.code_at_step(SECRET, at // 30, digits=8) == code


@pytest.mark.parametrize(("drift", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_code_is_taken_one_step_around_now(drift: int, taken: bool) -> None:
    code = totp.code_at_step(SECRET, 1000 + drift)
    assert (totp.matching_step(SECRET, code, now=30000.0) is not None) == taken


def test_code_of_another_secret_matches_no_step() -> None:
    assert totp.matching_step(totp.new_secret(), "000000x", now=30000.0) is None
